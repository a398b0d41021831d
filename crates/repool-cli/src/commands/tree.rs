//! `repool tree`: each function with its callers and callees, as `go tool pprof -tree` prints them.

use std::io::Write;

use clap::Args;

use crate::failure::Failure;
use crate::profile_args::{self, ProfileArgs};

const EXAMPLES: &str = "\
Examples:
  repool tree allocs.pb.gz
  repool tree --focus serialize -n 10 allocs.pb.gz";

/// Show the callers and callees of functions, as pprof's tree does
///
/// Prints what `go tool pprof -tree` prints for the same files: each function between its callers and
/// its callees.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct TreeArgs {
    #[command(flatten)]
    profile: ProfileArgs,
}

impl TreeArgs {
    /// Prints the table, as text or as JSON.
    pub(super) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let json = self.profile.view.json;
        profile_args::print(json, &profile_args::report(self.profile)?.tree(), out)
    }
}
