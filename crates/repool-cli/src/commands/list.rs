//! `repool list`: the source of functions with the values of each line, as `go tool pprof -list` prints
//! it.

use std::io::Write;

use clap::{Args, ValueHint};
use regex::Regex;
use repool_pprof::Sources;

use crate::profile_args::{self, ProfileArgs};
use crate::{Failure, output};

const EXAMPLES: &str = "\
Examples:
  repool list allocs.pb.gz 'Parser::parse'               that function, line by line
  repool list --sample alloc_objects allocs.pb.gz log
  repool list --source-path ../service allocs.pb.gz log  where the source is elsewhere now";

/// Show the source of functions, with the figures of each line: pprof's list
///
/// Prints what `go tool pprof -list` prints of the same files. The source is read from where the
/// profile says that it was when the program was built.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    profile: ProfileArgs,
    /// The functions whose names this regular expression matches
    #[arg(value_name = "REGEX")]
    functions: Regex,
    /// Look for the source in these folders, with : between them [default: the current one]
    #[arg(long, value_name = "FOLDERS", value_hint = ValueHint::DirPath)]
    source_path: Option<String>,
    /// Take these prefixes, with : between them, off the paths that the profile has
    #[arg(long, value_name = "PREFIXES")]
    trim_path: Option<String>,
}

impl ListArgs {
    /// Prints the listing, and a warning for each source file that cannot be read.
    pub(super) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let sources = Sources {
            folders: self.source_path,
            trim_prefixes: self.trim_path.unwrap_or_default(),
            current: None,
        };
        let json = self.profile.view.json;
        let names = profile_args::names(&self.profile.profiles);
        let report = profile_args::report(self.profile)?;
        let list = report.list(&self.functions, &sources).map_err(|_| {
            Failure::Input(format!(
                "{names}: no function that has samples matches {:?}; `repool top` lists them",
                self.functions.as_str()
            ))
        })?;
        for warning in list.warnings() {
            output::warn(&warning);
        }
        profile_args::print(json, &list, out)
    }
}
