//! The tables of pprof.

use std::fmt::Display;
use std::io::Write;
use std::path::{Path, PathBuf};

use repool_pprof::{Base, Binary, Profile, Report, Settings};
use serde::Serialize;

use super::output;
use crate::Failure;
use crate::args::{BinaryArgs, ProfileArgs};

/// Prints what `go tool pprof -top` prints.
pub(super) fn top(args: ProfileArgs, out: &mut dyn Write) -> Result<(), Failure> {
    print(args.view.json, &report(args)?.top(), out)
}

/// Prints what `go tool pprof -tree` prints.
pub(super) fn tree(args: ProfileArgs, out: &mut dyn Write) -> Result<(), Failure> {
    print(args.view.json, &report(args)?.tree(), out)
}

/// Prints what `go tool pprof -traces` prints.
pub(super) fn traces(args: ProfileArgs, out: &mut dyn Write) -> Result<(), Failure> {
    print(args.view.json, &report(args)?.traces(), out)
}

/// Prints a table in one of its forms.
pub(super) fn print(
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
pub(super) fn report(args: ProfileArgs) -> Result<Report, Failure> {
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
pub(super) fn once_only<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<(), Failure> {
    if paths.into_iter().filter(|path| *path == "-").count() > 1 {
        let problem = "standard input can be read once only; write one of the profiles to a file";
        return Err(Failure::Input(problem.into()));
    }
    Ok(())
}

/// Reads a profile, and names what has no name. What users should know besides is said.
pub(super) fn open(path: &Path, binaries: &BinaryArgs) -> Result<Profile, Failure> {
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
pub(super) fn open_sum(paths: &[PathBuf], binaries: &BinaryArgs) -> Result<Profile, Failure> {
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
pub(super) fn unusable(paths: &[PathBuf], error: &dyn Display) -> Failure {
    Failure::Input(format!("{}: {error}", names(paths)))
}

/// The profiles' names, or those of the first and how many more there are.
pub(super) fn names(paths: &[PathBuf]) -> String {
    match paths {
        [one] => one.display().to_string(),
        [one, other] => format!("{} and {}", one.display(), other.display()),
        [one, rest @ ..] => format!("{} and {} more", one.display(), rest.len()),
        [] => String::new(),
    }
}
