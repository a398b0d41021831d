//! `repool list`: the source of functions with the values of each line, as `go tool pprof -list` prints
//! it.

use std::io::Write;

use clap::{Args, ValueHint};
use regex::Regex;
use repool_pprof::Sources;

use crate::failure::Failure;
use crate::output;
use crate::profile_args::{self, ProfileArgs};

const EXAMPLES: &str = "\
Examples:
  repool list allocs.pb.gz 'Parser::parse'               one function, line by line
  repool list --sample alloc_objects allocs.pb.gz log
  repool list --source-path ../service allocs.pb.gz log  if the source was moved";

/// Show functions' source with the values of each line, as pprof's list does
///
/// Prints what `go tool pprof -list` prints for the same files. The source is read from the paths that
/// the profile names: those of the build.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    profile: ProfileArgs,
    /// List the functions whose names match this regular expression
    #[arg(value_name = "REGEX")]
    functions: Regex,
    /// Search the source in these folders, separated by : [default: the current one]
    #[arg(long, value_name = "FOLDERS", value_hint = ValueHint::DirPath)]
    source_path: Option<String>,
    /// Remove these prefixes, separated by :, from the profile's paths
    #[arg(long, value_name = "PREFIXES")]
    trim_path: Option<String>,
}

impl ListArgs {
    /// Prints the listing, and a warning for each source file that cannot be read.
    pub(super) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let mut sources = Sources::new();
        sources.folders = self.source_path;
        sources.trim_prefixes = self.trim_path.unwrap_or_default();
        let json = self.profile.view.json;
        let names = profile_args::names(&self.profile.profiles);
        let report = profile_args::report(self.profile)?;
        let list = report.list(&self.functions, &sources).map_err(|_| {
            Failure::Input(format!(
                "{names}: no function with samples matches {:?}; `repool top` lists them",
                self.functions.as_str()
            ))
        })?;
        for warning in list.warnings() {
            output::warn(&warning);
        }
        profile_args::print(json, &list, out)
    }
}
