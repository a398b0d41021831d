//! The Go study of `sync.Pool`, done here: work that allocates is measured without a pool and with
//! one, what it allocates is looked at, and what the advice promised is held against what happened.

mod figures;
mod folder;
mod input;

mod profiled;
mod profiles;
mod progress;
mod retained;
mod takeaways;
mod verdicts;
mod workloads;

use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use repool_bench::Machine;

use self::folder::Folder;
use self::profiled::Profiled;
use self::workloads::{Work, json, log, parse, tracing, zstd};
use crate::{Failure, report};

pub use crate::outcome::{MachineFacts, Outcome, Retained, Saving, Variant, Verdict};
pub use workloads::Workload;

/// What to study.
#[derive(Clone, Debug)]
pub struct Options {
    /// The work that is studied.
    pub workload: Workload,
    /// The file that it is done on, line by line; `-` is standard input, and `None` the built-in
    /// sample.
    pub input: Option<PathBuf>,
    /// How long each measurement lasts.
    pub time: Duration,
    /// How many rounds are measured. A round measures every way once, so that a machine that
    /// slows down for a while slows all of them.
    pub count: NonZeroU32,
    /// Whether to print JSON instead of text.
    pub json: bool,
    /// The folder that the files go to. It is made if it is not there.
    pub out: PathBuf,
}

impl Options {
    /// The folder, unless another is named.
    pub const OUT: &'static str = "repool-study";
}

/// Does the study, writes its files, and prints what it finds to `out`, and progress to a
/// terminal's standard error.
///
/// Profiles need [`ProfAlloc`](repool_prof::ProfAlloc) as the global allocator and a system that
/// the profiler runs on; without, the study says why there are none.
///
/// # Errors
///
/// If the input cannot be read or is none, or `out` or the files cannot be written.
///
/// # Panics
///
/// If the ways do not produce the same, for then their figures could not be compared.
///
/// ```
/// use repool_cli::study::{Options, Outcome, Workload, run};
/// use repool_prof::ProfAlloc;
/// use std::{num::NonZeroU32, time::Duration};
///
/// #[global_allocator]
/// static ALLOC: ProfAlloc = ProfAlloc::new();
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = std::env::temp_dir().join(format!("repool-study-{}", std::process::id()));
/// let options = Options {
///     workload: Workload::Log,
///     input: None,
///     time: Duration::from_millis(1),
///     count: NonZeroU32::MIN,
///     json: true,
///     out: folder.clone(),
/// };
/// let mut out = Vec::new();
/// run(&options, &mut out)?;
/// assert!(String::from_utf8(out)?.contains("\"LogNoAlloc\""));
/// assert_eq!(Outcome::read(&folder)?.benchmarks.len(), 3);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
pub fn run(options: &Options, out: &mut dyn Write) -> Result<(), Failure> {
    let input = options.input.as_deref();
    match options.workload {
        Workload::Log => study(options, log::work(input), out),
        Workload::Json => study(options, json::work(input), out),
        Workload::Zstd => study(options, zstd::work(input), out),
        Workload::Parse => study(options, parse::work(input), out),
        Workload::Tracing => study(options, tracing::work(input), out),
    }
}

fn study<R: Sync>(
    options: &Options,
    work: Result<Work<R>, String>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let work = work.map_err(Failure::Input)?;
    let mut folder = Folder::open(&options.out)?;
    work.assert_same_output();
    // Also grows what is pooled to its final size before anything is measured.
    let held = (work.warm)(&work.records);

    // With --json there is one document, at the end.
    let mut print = |text: &str| match options.json {
        true => Ok(()),
        false => out.write_all(text.as_bytes()).and_then(|()| out.flush()),
    };
    let machine = Machine::here(Some("repool".into()));
    let benchmarks =
        figures::measure(options, &work, &machine, &mut print).map_err(Failure::Output)?;

    let mut outcome = Outcome {
        workload: work.workload.name().into(),
        operation: work.operation.into(),
        machine: MachineFacts::of(&machine, repool::backend()),
        takeaways: takeaways::sentences(&work, &benchmarks, repool::backend()),
        benchmarks,
        retained: retained::retained(held),
        ..Outcome::default()
    };
    put_benchmarks(&work, &machine, &outcome, &mut folder)?;
    look(&work, &mut outcome, &mut folder, &mut print)?;
    print(&takeaways::text(&outcome)).map_err(Failure::Output)?;
    folder.put(Outcome::FILE, outcome.to_json().as_bytes())?;
    // From the files that are there now.
    report::write(folder.path())?;
    folder.note(report::FILE);
    print(&listing(&folder)).map_err(Failure::Output)?;
    if options.json {
        let document = outcome.to_json();
        out.write_all(document.as_bytes())
            .and_then(|()| out.flush())
            .map_err(Failure::Output)?;
    }
    Ok(())
}

/// Profiles every way and shows where it allocates, after the first what to do about that, and in
/// the end how it came out.
fn look<R: Sync>(
    work: &Work<R>,
    outcome: &mut Outcome,
    folder: &mut Folder,
    print: &mut dyn FnMut(&str) -> io::Result<()>,
) -> Result<(), Failure> {
    let made = |problem: String| Failure::Output(io::Error::other(problem));
    let mut advice = None;
    for way in work.ways {
        let mut variant = Variant {
            name: way.name.into(),
            about: way.about.into(),
            ..Variant::default()
        };
        match profiles::take(work, way) {
            Ok(snapshot) => {
                variant.operations = profiles::operations(work);
                let profiled = Profiled::of(&snapshot, variant.operations).map_err(made)?;
                variant.profile = format!("{}.pb.gz", way.name);
                folder.put(&variant.profile, &profiled.file)?;
                let title = format!("{}: {}", way.name, way.about);
                if let Some(svg) = profiled.flame(&title).map_err(made)? {
                    variant.flame = format!("{}.svg", way.name);
                    folder.put(&variant.flame, svg.as_bytes())?;
                }
                let top = profiled.top().map_err(made)?;
                print(&format!(
                    "\nWhat {} allocates, in {} operations\n\n{}",
                    way.name,
                    variant.operations,
                    indented(&top)
                ))
                .map_err(Failure::Output)?;
                if advice.is_none() {
                    let found = advice.insert(profiled.advice().map_err(made)?);
                    let text = format!("\nAdvice\n\n{}", indented(&found.to_string()));
                    print(&text).map_err(Failure::Output)?;
                }
            }
            Err(why) => outcome.takeaways.push(format!(
                "What {} allocates was not profiled: {why}.",
                way.name
            )),
        }
        outcome.variants.push(variant);
    }
    if let Some(advice) = advice {
        let ways = work.ways.iter();
        let costs: Vec<Saving> = ways
            .map(|way| figures::cost(work, way, &outcome.benchmarks))
            .collect();
        outcome.verdicts = verdicts::verdicts(&advice, work.ways, &costs);
        outcome
            .takeaways
            .extend(verdicts::beyond(&outcome.verdicts));
        print(&verdicts::text(&outcome.verdicts)).map_err(Failure::Output)?;
    }
    Ok(())
}

/// With blanks in front of each line, so that none is taken for a key of Go's format.
fn indented(text: &str) -> String {
    let indented = text.lines().map(|line| match line {
        "" => "\n".to_string(),
        _ => format!("  {line}\n"),
    });
    indented.collect()
}

/// The figures as Go's tools read them: all of them, and those without and with the pool by one
/// name, so that they can be compared.
fn put_benchmarks<R>(
    work: &Work<R>,
    machine: &Machine,
    outcome: &Outcome,
    folder: &mut Folder,
) -> Result<(), Failure> {
    let all = figures::text(machine, &outcome.benchmarks, str::to_string);
    folder.put("benchmarks.txt", all.as_bytes())?;
    let (before, after) = (work.before().name, work.after().name);
    let common = before.strip_suffix("NoPool").unwrap_or(before);
    for (file, name) in [("without-pool.txt", before), ("with-pool.txt", after)] {
        let own = outcome
            .benchmarks
            .iter()
            .filter(|record| record.name == name);
        let text = figures::text(machine, own, |_| common.to_string());
        folder.put(file, text.as_bytes())?;
    }
    Ok(())
}

/// What was written, a line each.
fn listing(folder: &Folder) -> String {
    let mut text = format!("\nFiles in {:?}\n", folder.path());
    for file in folder.files() {
        text.push_str(&format!("- {file}\n"));
    }
    text
}
