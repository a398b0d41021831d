//! Arguments that several commands share: which profiles to read, and how to look at their sum. Reads
//! them, and makes the report that `top`, `tree`, `traces` and `list` print.

use std::fmt::Display;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use regex::Regex;
use repool_pprof::{Base, Binary, Profile, Report, Settings};
use serde::Serialize;

use crate::command_line::parse_positive;
use crate::{Failure, output};

/// Profiles, and how to look at their sum.
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

/// Where the names of functions come from that a profile lacks.
#[derive(Args)]
pub(crate) struct BinaryArgs {
    /// Name functions by this program or library, as it was before it was stripped; may be repeated
    #[arg(long = "binary", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
}

/// How to look at a profile.
#[derive(Args)]
pub(crate) struct ViewArgs {
    /// Which values to show: alloc_space, say, or their number from 0 on [default: the profile's]
    #[arg(long, value_name = "NAME|INDEX")]
    pub(crate) sample: Option<String>,
    /// Sort by cumulative values, those of all that a function calls included
    #[arg(long)]
    pub(crate) cum: bool,
    /// Show so many functions at most
    #[arg(
        short = 'n',
        long = "nodes",
        value_name = "N",
        allow_negative_numbers = true
    )]
    #[arg(value_parser = parse_positive::<NonZeroUsize>)]
    pub(crate) nodes: Option<NonZeroUsize>,
    /// Only stacks with a function or file that this regular expression matches
    #[arg(long, value_name = "REGEX")]
    pub(crate) focus: Option<Regex>,
    /// Only stacks without one that this regular expression matches
    #[arg(long, value_name = "REGEX")]
    pub(crate) ignore: Option<Regex>,
    /// The unit of the values: kb, MB, ms… [default: what suits the smallest]
    #[arg(long, value_name = "UNIT")]
    pub(crate) unit: Option<String>,
    /// Count what was inlined for the function that it was inlined into
    #[arg(long)]
    pub(crate) no_inlines: bool,
    /// Keep the frames below the function that a thread or an executor's task runs
    ///
    /// Else stacks of Rust end at the root where RUST_BACKTRACE=1 ends. With it, tables are those of
    /// go tool pprof.
    #[arg(long)]
    pub(crate) all_frames: bool,
    /// Subtract this profile, and show shares of it; may be repeated
    #[arg(long, value_name = "OLD", value_hint = ValueHint::FilePath, conflicts_with = "base")]
    pub(crate) diff_base: Vec<PathBuf>,
    /// Subtract this profile: an earlier one of the same process; may be repeated
    #[arg(long, value_name = "OLD", value_hint = ValueHint::FilePath)]
    pub(crate) base: Vec<PathBuf>,
    /// Print a JSON document, and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Prints a table in one of its forms.
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

/// The sum of the profiles as it is to be looked at. What users should know besides is said.
pub(crate) fn report(args: ProfileArgs) -> Result<Report, Failure> {
    let ProfileArgs {
        profiles,
        binaries,
        view,
    } = args;
    let old = [&*view.diff_base, &*view.base].concat();
    once_only(profiles.iter().chain(&old))?;
    let base = match old.is_empty() {
        true => None,
        false => Some(Base {
            profile: open_sum(&old, &binaries)?,
            diff: !view.diff_base.is_empty(),
        }),
    };
    let settings = Settings {
        sample: view.sample,
        cum: view.cum,
        node_count: view.nodes.map(usize::from),
        focus: view.focus,
        ignore: view.ignore,
        unit: view.unit.unwrap_or(Settings::default().unit),
        no_inlines: view.no_inlines,
        all_frames: view.all_frames,
    };
    let report = Report::new(open_sum(&profiles, &binaries)?, base, &settings)
        .map_err(|error| unusable(&profiles, &error))?;
    for warning in report.warnings() {
        output::warn(&warning.to_string());
    }
    Ok(report)
}

/// Standard input is at its end when it has been read.
pub(crate) fn once_only<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<(), Failure> {
    if paths.into_iter().filter(|path| *path == "-").count() > 1 {
        let problem = "standard input can be read once only; write one of the profiles to a file";
        return Err(Failure::Input(problem.into()));
    }
    Ok(())
}

/// Reads a profile, and names what has no name. What users should know besides is said.
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
    for warning in profile.name_locations(&given) {
        output::warn(&warning.to_string());
    }
    Ok(profile)
}

/// Profiles that are in memory at once, as in pprof.
const AT_ONCE: usize = 128;

/// Reads profiles and adds them up: one at least.
pub(crate) fn open_sum(paths: &[PathBuf], binaries: &BinaryArgs) -> Result<Profile, Failure> {
    let mut sum: Option<Profile> = None;
    for paths in paths.chunks(AT_ONCE) {
        let opened = paths.iter().map(|path| open(path, binaries));
        let profiles: Result<Vec<Profile>, Failure> = opened.collect();
        let mut profiles = sum.take().into_iter().chain(profiles?);
        if let Some(first) = profiles.next() {
            let added = first.plus(profiles);
            sum = Some(added.map_err(|error| unusable(paths, &error))?);
        }
    }
    Ok(sum.unwrap_or_default())
}

/// Why there is nothing to show of these profiles.
pub(crate) fn unusable(paths: &[PathBuf], error: &dyn Display) -> Failure {
    Failure::Input(format!("{}: {error}", names(paths)))
}

/// The profiles' names, or those of the first and how many more there are.
pub(crate) fn names(paths: &[PathBuf]) -> String {
    match paths {
        [one] => one.display().to_string(),
        [one, other] => format!("{} and {}", one.display(), other.display()),
        [one, rest @ ..] => format!("{} and {} more", one.display(), rest.len()),
        [] => String::new(),
    }
}
