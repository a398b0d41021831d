//! `repool top`: functions by value, as `go tool pprof -top` prints them.

use std::io::Write;

use clap::Args;

use crate::failure::Failure;
use crate::profile_args::{self, ProfileArgs};

const EXAMPLES: &str = "\
Examples:
  repool top allocs.pb.gz                       the profile's default: all allocated bytes
  repool top --sample inuse_space allocs.pb.gz  live memory
  repool top --cum -n 20 cpu.pb.gz              the 20 highest, with their callees
  repool top monday.pb.gz tuesday.pb.gz         the sum of both
  repool top --diff-base old.pb.gz new.pb.gz    what grew and what shrank
  repool top --binary app.unstripped app.pb.gz  names for the profile of a stripped program
  repool top --focus 'my_crate::' --unit kb --json allocs.pb.gz";

/// Rank functions by their values, as pprof's top does
///
/// Prints what `go tool pprof -top` prints for the same file, or for the sum of several files. It
/// reads every profile in pprof's format: repool's, Go's, and other tools'. --sample selects the
/// values; without it the profile's default is shown: all allocated bytes (alloc_space) for files
/// that repool-prof writes, live bytes (inuse_space) for heap profiles of its http endpoint and of
/// Go.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct TopArgs {
    #[command(flatten)]
    profile: ProfileArgs,
}

impl TopArgs {
    /// Prints the table, as text or as JSON.
    pub(super) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let json = self.profile.view.json;
        profile_args::print(json, &profile_args::report(self.profile)?.top(), out)
    }
}
