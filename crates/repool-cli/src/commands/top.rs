//! `repool top`: functions by value, as `go tool pprof -top` prints them.

use std::io::Write;

use clap::Args;

use crate::Failure;
use crate::profile_args::{self, ProfileArgs};

const EXAMPLES: &str = "\
Examples:
  repool top allocs.pb.gz                       all bytes that were allocated, or the profile's choice
  repool top --sample inuse_space allocs.pb.gz  what is alive
  repool top --cum -n 20 cpu.pb.gz              the 20 that took the most, callees included
  repool top monday.pb.gz tuesday.pb.gz         both, added up
  repool top --diff-base old.pb.gz new.pb.gz    what grew and what shrank
  repool top --binary app.unstripped app.pb.gz  names for the profile of a stripped program
  repool top --focus 'my_crate::' --unit kb --json allocs.pb.gz";

/// Rank functions by what they allocate: pprof's top
///
/// Prints what `go tool pprof -top` prints of the same file, or of the same files, which are added
/// up. Any profile in pprof's format will do: repool's, Go's, or another tool's. Which values are
/// shown is the profile's choice, unless --sample says it: all bytes that were allocated
/// (alloc_space) in files that repool-prof writes, what is alive (inuse_space) in heap profiles of
/// its http endpoint and of Go.
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
