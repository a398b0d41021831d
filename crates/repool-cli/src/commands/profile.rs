//! The tables of pprof.

use std::fmt::Display;
use std::io::Write;
use std::path::Path;

use repool_report::{Base, Binary, Profile, Report, Settings};
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

/// The profile as it is to be looked at. What users should know besides is said.
pub(super) fn report(args: ProfileArgs) -> Result<Report, Failure> {
    let ProfileArgs {
        profile,
        binaries,
        view,
    } = args;
    let old = view.diff_base.as_deref().or(view.base.as_deref());
    once_only([Some(profile.as_path()), old])?;
    let open_old = |old: &Path| open(old, &binaries);
    let base = old.map(open_old).transpose()?.map(|profile| Base {
        profile,
        diff: view.diff_base.is_some(),
    });
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
    let report = Report::new(open(&profile, &binaries)?, base, &settings)
        .map_err(|error| Failure::Input(format!("{}: {error}", profile.display())))?;
    for warning in report.warnings() {
        output::warn(&warning.to_string());
    }
    Ok(report)
}

/// Standard input is at its end when it has been read.
pub(super) fn once_only(paths: [Option<&Path>; 2]) -> Result<(), Failure> {
    if paths == [Some(Path::new("-")); 2] {
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
