//! `repool advise`: which allocation sites are worth a pool, and what to do about each.

use std::io::Write;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, ValueHint};
use repool_pprof::advise::{Advice, AdviseSettings};

use crate::command_line::parse_positive;
use crate::profile_args::{self, BinaryArgs};
use crate::{Failure, costs, output};

const EXAMPLES: &str = "\
Examples:
  repool advise allocs.pb.gz
  repool advise --operations 100000 allocs.pb.gz  the profile is of so many requests
  repool advise --json allocs.pb.gz";

/// Say which call sites are worth a pool, or something simpler
///
/// Ranks the sites that allocate by what a pool would save, and says what to do about each: a
/// pool, a pool of buffers, room asked for in time, one buffer that is kept, or nothing. It
/// needs a profile that repool-prof wrote: others do not say what became of what was allocated.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct AdviseArgs {
    /// The profile, written by repool-prof, and one only; - is standard input
    #[arg(value_name = "PROFILE", value_hint = ValueHint::FilePath, required = true)]
    profiles: Vec<PathBuf>,
    #[command(flatten)]
    binaries: BinaryArgs,
    /// How many operations (requests, lines) it is of [default: what the profile says]
    #[arg(long, value_name = "N", value_parser = parse_positive::<NonZeroU64>)]
    #[arg(allow_negative_numbers = true)]
    operations: Option<NonZeroU64>,
    /// Show so many sites at most
    #[arg(short = 'n', long = "sites", value_name = "N", default_value = "10")]
    #[arg(allow_negative_numbers = true, value_parser = parse_positive::<NonZeroUsize>)]
    sites: NonZeroUsize,
    /// Keep the frames below the function that a thread or an executor's task runs
    ///
    /// Else stacks of Rust end at the root where RUST_BACKTRACE=1 ends.
    #[arg(long)]
    all_frames: bool,
    /// Print a JSON document, and nothing else
    #[arg(long)]
    json: bool,
}

impl AdviseArgs {
    /// Prints the advice, as text or as JSON.
    pub(super) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let [path] = &*self.profiles else {
            let problem =
                "advice is on one profile, for what became of blocks does not add up; name one";
            return Err(Failure::Input(problem.into()));
        };
        let profile = profile_args::open(path, &self.binaries)?;
        let settings = AdviseSettings {
            operations: self.operations.map(u64::from),
            most_sites: self.sites.into(),
            all_frames: self.all_frames,
            costs: costs::measured(),
        };
        let advice = Advice::of(&profile, &settings)
            .map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
        if self.json {
            output::text(out, &advice.to_json())
        } else {
            output::text(out, &advice.to_string())
        }
    }
}
