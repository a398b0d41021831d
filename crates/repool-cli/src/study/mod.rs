//! The study of Go's `sync.Pool`, repeated with repool: measures a workload without and with a pool,
//! profiles its allocations, and compares the advice's predictions with the measured savings.
//!
//! A run goes through `workloads` (the work) → `figures` (benchmarks) → `profiles` and `study_profile`
//! (allocations) → `verdicts` and `takeaways` (conclusions) → [`Outcome`], which `folder` writes.

mod figures;
mod folder;
mod input;
mod profiles;
mod progress;
mod retained;
mod study_profile;
mod takeaways;
mod verdicts;
mod workloads;

use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use repool_bench::Machine;

use self::folder::Folder;
use self::study_profile::StudyProfile;
use self::workloads::{Work, json, log, parse, tracing, zstd};
use crate::failure::Failure;
use crate::report;

pub use crate::outcome::{MachineFacts, Outcome, Retained, Saving, Variant, Verdict};
pub use workloads::Workload;

/// The settings of a study.
///
/// ```
/// use repool_cli::study::{Options, Workload};
///
/// let mut options = Options::default();
/// options.workload = Workload::Json;
/// assert_eq!(options.count.get(), 6);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The workload.
    pub workload: Workload,
    /// The file whose lines are the workload's records; `-` is standard input, and `None` the built-in
    /// sample.
    pub input: Option<PathBuf>,
    /// How long each measurement lasts. The default is half a second.
    pub time: Duration,
    /// The number of rounds, by default 6. A round measures every implementation once, so that a slow phase
    /// of the machine affects all of them.
    pub count: NonZeroU32,
    /// Whether to print the results as JSON instead of text.
    pub json: bool,
    /// The folder for the study's files. It is created if it does not exist.
    pub out: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            workload: Workload::default(),
            input: None,
            time: Duration::from_millis(500),
            count: NonZeroU32::new(6).unwrap(),
            json: false,
            out: Self::OUT.into(),
        }
    }
}

impl Options {
    /// The default of [`out`](Self::out).
    pub const OUT: &'static str = "repool-study";
}

/// Runs a study: writes its files, and prints the results to `out`. Progress is shown on standard error
/// if that is a terminal.
///
/// Profiles need [`ProfAlloc`](repool_prof::ProfAlloc) as the global allocator, and a system that the
/// profiler supports. Without them, a takeaway says why there are no profiles.
///
/// # Errors
///
/// [`Failure::Input`] if the input cannot be read or is not the workload's, or the folder cannot be
/// created; [`Failure::Output`] if `out` or a file cannot be written.
///
/// # Panics
///
/// If the implementations write different output, because their figures could not be compared.
///
/// ```
/// use repool_cli::study::{Options, Outcome, run};
/// use repool_prof::ProfAlloc;
/// use std::{num::NonZeroU32, time::Duration};
///
/// #[global_allocator]
/// static ALLOC: ProfAlloc = ProfAlloc::new();
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = std::env::temp_dir().join(format!("repool-study-{}", std::process::id()));
/// let mut options = Options::default();
/// options.time = Duration::from_millis(1);
/// options.count = NonZeroU32::MIN;
/// options.json = true;
/// options.out = folder.clone();
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

/// The study of one workload.
fn study<R: Sync>(
    options: &Options,
    work: Result<Work<R>, String>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let work = work.map_err(Failure::Input)?;
    let mut folder = Folder::open(&options.out)?;
    work.assert_same_output();
    // Grows the pooled objects to their final size before the measurement.
    let object_bytes = (work.warm)(&work.records);

    // With --json, one document is printed at the end.
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
        retained: retained::retained(object_bytes),
        ..Outcome::default()
    };
    put_benchmarks(&work, &machine, &outcome, &mut folder)?;
    profile_all(&work, &mut outcome, &mut folder, &mut print)?;
    print(&takeaways::text(&outcome)).map_err(Failure::Output)?;
    folder.put(Outcome::FILE, outcome.to_json().as_bytes())?;
    // The report reads the files that were just written.
    report::write(folder.path())?;
    folder.add(report::FILE);
    print(&listing(&folder)).map_err(Failure::Output)?;
    if options.json {
        let document = outcome.to_json();
        out.write_all(document.as_bytes())
            .and_then(|()| out.flush())
            .map_err(Failure::Output)?;
    }
    Ok(())
}

/// Profiles every implementation, prints its top, after the first the advice, and at the end the
/// predicted and the measured savings.
fn profile_all<R: Sync>(
    work: &Work<R>,
    outcome: &mut Outcome,
    folder: &mut Folder,
    print: &mut dyn FnMut(&str) -> io::Result<()>,
) -> Result<(), Failure> {
    let made = |problem: String| Failure::Output(io::Error::other(problem));
    let mut advice = None;
    for implementation in work.implementations {
        let mut variant = Variant {
            name: implementation.name.into(),
            about: implementation.about.into(),
            ..Variant::default()
        };
        match profiles::record(work, implementation) {
            Ok(snapshot) => {
                variant.operations = profiles::operations(work);
                let profiled = StudyProfile::of(&snapshot, variant.operations).map_err(made)?;
                variant.profile = format!("{}.pb.gz", implementation.name);
                folder.put(&variant.profile, &profiled.file)?;
                let title = format!("{}: {}", implementation.name, implementation.about);
                if let Some(svg) = profiled.flame(&title).map_err(made)? {
                    variant.flame = format!("{}.svg", implementation.name);
                    folder.put(&variant.flame, svg.as_bytes())?;
                }
                let top = profiled.top().map_err(made)?;
                print(&format!(
                    "\nWhat {} allocates, in {} operations\n\n{}",
                    implementation.name,
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
                implementation.name
            )),
        }
        outcome.variants.push(variant);
    }
    if let Some(advice) = advice {
        let implementations = work.implementations.iter();
        let costs: Vec<Saving> = implementations
            .map(|implementation| figures::cost(work, implementation, &outcome.benchmarks))
            .collect();
        outcome.verdicts = verdicts::verdicts(&advice, work.implementations, &costs);
        outcome
            .takeaways
            .extend(verdicts::unexplained(&outcome.verdicts));
        print(&verdicts::text(&outcome.verdicts)).map_err(Failure::Output)?;
    }
    Ok(())
}

/// Indents each line, so that none is taken for a key of Go's benchmark format.
fn indented(text: &str) -> String {
    let indented = text.lines().map(|line| match line {
        "" => "\n".to_string(),
        _ => format!("  {line}\n"),
    });
    indented.collect()
}

/// Writes the figures in Go's format: all of them into one file, and those without and with the pool into
/// two files under the same benchmark name, so that `compare` pairs them.
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

/// The list of the written files.
fn listing(folder: &Folder) -> String {
    let mut text = format!("\nFiles in {:?}\n", folder.path());
    for file in folder.files() {
        text.push_str(&format!("- {file}\n"));
    }
    text
}
