//! `repool advise`: which allocation sites are worth a pool, and what to do about each.

use std::io::Write;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, ValueHint};
use repool_pprof::advise::{Advice, AdviseSettings};

use crate::command_line::parse_positive;
use crate::failure::Failure;
use crate::profile_args::{self, BinaryArgs};
use crate::{costs, output};

const EXAMPLES: &str = "\
Examples:
  repool advise allocs.pb.gz
  repool advise --operations 100000 allocs.pb.gz  the profile covers 100000 requests
  repool advise --json allocs.pb.gz";

/// Recommend a pool, or something simpler, for allocation sites
///
/// Ranks allocation sites by the saving of a pool, and recommends for each a pool, a pool of buffers,
/// with_capacity, one reused buffer, or no change. It needs a profile that repool-prof wrote, because
/// other profiles lack the blocks' lifetimes.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct AdviseArgs {
    /// The profile, one only, written by repool-prof; - is standard input
    #[arg(value_name = "PROFILE", value_hint = ValueHint::FilePath, required = true)]
    profiles: Vec<PathBuf>,
    #[command(flatten)]
    binaries: BinaryArgs,
    /// The number of operations (requests, lines) in the profile [default: as the profile says]
    #[arg(long, value_name = "N", value_parser = parse_positive::<NonZeroU64>)]
    #[arg(allow_negative_numbers = true)]
    operations: Option<NonZeroU64>,
    /// Show at most this many sites
    #[arg(short = 'n', long = "sites", value_name = "N", default_value = "10")]
    #[arg(allow_negative_numbers = true, value_parser = parse_positive::<NonZeroUsize>)]
    sites: NonZeroUsize,
    /// Keep the frames of the runtime below a thread's or task's function
    ///
    /// By default, stacks of Rust end where those of RUST_BACKTRACE=1 end.
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
                "advice needs one profile, because lifetimes of several cannot be added; name one";
            return Err(Failure::Input(problem.into()));
        };
        let profile = profile_args::open(path, &self.binaries)?;
        let mut settings = AdviseSettings::new()
            .max_sites(self.sites.into())
            .all_frames(self.all_frames)
            .costs(costs::measure());
        settings.operations = self.operations.map(u64::from);
        let advice = Advice::of(&profile, &settings)
            .map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
        if self.json {
            output::text(out, &advice.to_json())
        } else {
            output::text(out, &advice.to_string())
        }
    }
}
