use std::io::Write;

use repool_pprof::Sources;

use super::{output, profile};
use crate::Failure;
use crate::args::ListArgs;

/// Prints what `go tool pprof -list` prints.
pub(super) fn run(args: ListArgs, out: &mut dyn Write) -> Result<(), Failure> {
    let sources = Sources {
        folders: args.source_path,
        trim_prefixes: args.trim_path.unwrap_or_default(),
        current: None,
    };
    let json = args.profile.view.json;
    let names = profile::names(&args.profile.profiles);
    let report = profile::report(args.profile)?;
    let list = report.list(&args.functions, &sources).map_err(|_| {
        Failure::Input(format!(
            "{names}: no function that has samples matches {:?}; `repool top` lists them",
            args.functions.as_str()
        ))
    })?;
    for warning in list.warnings() {
        output::warn(&warning);
    }
    profile::print(json, &list, out)
}
