//! Arguments that several commands share: which profiles to read, and which samples and values to show.
//! Reads the profiles, and makes the [`Analysis`] that `top`, `tree`, `traces` and `list` print.

use std::fmt::Display;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use regex::Regex;
use repool_pprof::{Analysis, Base, Binary, Profile, Settings};
use serde::Serialize;

use crate::command_line::parse_positive;
use crate::failure::Failure;
use crate::output;

/// The profiles to add up, and the selection of what to show.
#[derive(Args)]
pub(crate) struct ProfileArgs {
    /// The profile, or several to add up; - is standard input
    #[arg(value_name = "PROFILE", value_hint = ValueHint::FilePath, required = true)]
    pub(crate) profiles: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) binaries: BinaryArgs,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

/// Files that name the functions of a profile without names.
#[derive(Args)]
pub(crate) struct BinaryArgs {
    /// Name functions by this unstripped program or library; may be repeated
    #[arg(long = "binary", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
}

/// Which samples, values and rows of a profile to show, and how.
#[derive(Args)]
pub(crate) struct ViewArgs {
    /// The values to show, such as alloc_space, or their index from 0 on [default: the profile's]
    #[arg(long, value_name = "NAME|INDEX")]
    pub(crate) sample: Option<String>,
    /// Sort by cumulative values, which include a function's callees
    #[arg(long)]
    pub(crate) cum: bool,
    /// Show at most this many functions
    #[arg(
        short = 'n',
        long = "nodes",
        value_name = "N",
        allow_negative_numbers = true
    )]
    #[arg(value_parser = parse_positive::<NonZeroUsize>)]
    pub(crate) nodes: Option<NonZeroUsize>,
    /// Only stacks with a function or file that matches this regular expression
    #[arg(long, value_name = "REGEX")]
    pub(crate) focus: Option<Regex>,
    /// Only stacks without a function or file that matches this regular expression
    #[arg(long, value_name = "REGEX")]
    pub(crate) ignore: Option<Regex>,
    /// The unit of the values: kb, MB, ms… [default: one that suits the smallest value]
    #[arg(long, value_name = "UNIT")]
    pub(crate) unit: Option<String>,
    /// Attribute inlined functions to the function that they are inlined into
    #[arg(long)]
    pub(crate) no_inlines: bool,
    /// Keep the frames of the runtime below a thread's or task's function
    ///
    /// By default, stacks of Rust end where those of RUST_BACKTRACE=1 end. With this option, tables are
    /// those of go tool pprof.
    #[arg(long)]
    pub(crate) all_frames: bool,
    /// Subtract this profile, and show percentages of it; may be repeated
    #[arg(long, value_name = "OLD", value_hint = ValueHint::FilePath, conflicts_with = "base")]
    pub(crate) diff_base: Vec<PathBuf>,
    /// Subtract this earlier profile of the same process; may be repeated
    #[arg(long, value_name = "OLD", value_hint = ValueHint::FilePath)]
    pub(crate) base: Vec<PathBuf>,
    /// Print a JSON document, and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Prints a table as text, or as JSON if `json`.
pub(crate) fn print(
    json: bool,
    table: &(impl Display + Serialize),
    out: &mut dyn Write,
) -> Result<(), Failure> {
    if json {
        output::json(out, table)
    } else {
        output::text(out, &table.to_string())
    }
}

/// The analysis of the sum of the profiles. Prints the report's warnings to standard error.
pub(crate) fn report(args: ProfileArgs) -> Result<Analysis, Failure> {
    let ProfileArgs {
        profiles,
        binaries,
        view,
    } = args;
    let old = [&*view.diff_base, &*view.base].concat();
    check_stdin_once(profiles.iter().chain(&old))?;
    let base = match old.is_empty() {
        true => None,
        false => Some(Base::new(open_sum(&old, &binaries)?).diff(!view.diff_base.is_empty())),
    };
    let mut settings = Settings::new()
        .cum(view.cum)
        .no_inlines(view.no_inlines)
        .all_frames(view.all_frames);
    settings.sample = view.sample;
    settings.node_count = view.nodes.map(usize::from);
    settings.focus = view.focus;
    settings.ignore = view.ignore;
    settings.unit = view.unit.unwrap_or(settings.unit);
    let report = Analysis::new(open_sum(&profiles, &binaries)?, base, &settings)
        .map_err(|error| input_error(&profiles, &error))?;
    for warning in report.warnings() {
        output::warn(&warning.to_string());
    }
    Ok(report)
}

/// Refuses paths that name standard input (`-`) more than once: it can be read once only.
pub(crate) fn check_stdin_once<'a>(
    paths: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<(), Failure> {
    if paths.into_iter().filter(|path| *path == "-").count() > 1 {
        let problem = "standard input can be read once only; write one of the profiles to a file";
        return Err(Failure::Input(problem.into()));
    }
    Ok(())
}

/// Reads a profile, and names its functions by `binaries` and by the programs on disk. Prints a warning
/// for each program that does not fit.
pub(crate) fn open(path: &Path, binaries: &BinaryArgs) -> Result<Profile, Failure> {
    let mut given = Vec::with_capacity(binaries.files.len());
    for file in &binaries.files {
        given.push(Binary::open(file).map_err(|error| {
            let file = file.display();
            Failure::Input(format!(
                "cannot read {file}: {error}; name a program or a library with --binary"
            ))
        })?);
    }
    let mut profile = Profile::open(path).map_err(|error| Failure::Input(error.to_string()))?;
    for warning in profile.symbolize(&given) {
        output::warn(&warning.to_string());
    }
    Ok(profile)
}

/// The most profiles in memory at once: pprof's limit (`chunkedGrab` in its `internal/driver/fetch.go`).
const MOST_LOADED: usize = 128;

/// Reads one or more profiles and adds them up.
pub(crate) fn open_sum(paths: &[PathBuf], binaries: &BinaryArgs) -> Result<Profile, Failure> {
    let mut sum: Option<Profile> = None;
    for paths in paths.chunks(MOST_LOADED) {
        let opened = paths.iter().map(|path| open(path, binaries));
        let profiles: Result<Vec<Profile>, Failure> = opened.collect();
        let mut profiles = sum.take().into_iter().chain(profiles?);
        if let Some(first) = profiles.next() {
            let added = first.merge(profiles);
            sum = Some(added.map_err(|error| input_error(paths, &error))?);
        }
    }
    Ok(sum.unwrap_or_default())
}

/// A failure about these profiles together: no samples, or kinds that cannot be added.
pub(crate) fn input_error(paths: &[PathBuf], error: &dyn Display) -> Failure {
    Failure::Input(format!("{}: {error}", names(paths)))
}

/// The paths for a message: both of two, or the first of more and how many follow.
pub(crate) fn names(paths: &[PathBuf]) -> String {
    match paths {
        [one] => one.display().to_string(),
        [one, other] => format!("{} and {}", one.display(), other.display()),
        [one, rest @ ..] => format!("{} and {} more", one.display(), rest.len()),
        [] => String::new(),
    }
}
