use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::{BinaryArgs, parse_positive};

/// What to advise on.
#[derive(Args)]
pub(crate) struct AdviseArgs {
    /// The profile, written by repool-prof, and one only; - is standard input
    #[arg(value_name = "PROFILE", value_hint = ValueHint::FilePath, required = true)]
    pub(crate) profiles: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) binaries: BinaryArgs,
    /// How many operations (requests, lines) it is of [default: what the profile says]
    #[arg(long, value_name = "N", value_parser = parse_positive::<NonZeroU64>)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) operations: Option<NonZeroU64>,
    /// Show so many sites at most
    #[arg(short = 'n', long = "sites", value_name = "N", default_value = "10")]
    #[arg(allow_negative_numbers = true, value_parser = parse_positive::<NonZeroUsize>)]
    pub(crate) sites: NonZeroUsize,
    /// Keep the frames below the function that a thread or an executor's task runs
    ///
    /// Else stacks of Rust end at the root where RUST_BACKTRACE=1 ends.
    #[arg(long)]
    pub(crate) all_frames: bool,
    /// Print a JSON document, and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}
