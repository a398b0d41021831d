//! `repool traces`: every stack with its values, as `go tool pprof -traces` prints them.

use std::io::Write;

use clap::Args;

use crate::failure::Failure;
use crate::profile_args::{self, ProfileArgs};

const EXAMPLES: &str = "\
Examples:
  repool traces --sample alloc_objects allocs.pb.gz
  repool traces --focus to_text allocs.pb.gz  only stacks with this function";

/// Show every stack with its values, as pprof's traces does
///
/// Prints what `go tool pprof -traces` prints for the same files.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct TracesArgs {
    #[command(flatten)]
    profile: ProfileArgs,
}

impl TracesArgs {
    /// Prints the table, as text or as JSON.
    pub(super) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let json = self.profile.view.json;
        profile_args::print(json, &profile_args::report(self.profile)?.traces(), out)
    }
}
