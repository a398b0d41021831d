use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::BinaryArgs;

/// What to draw.
#[derive(Args)]
pub(crate) struct FlameArgs {
    /// The profile, several to add up, or with --diff the earlier and the later one; - is standard input
    #[arg(value_name = "PROFILE", value_hint = ValueHint::FilePath, required = true)]
    pub(crate) profiles: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) binaries: BinaryArgs,
    /// Draw how the second profile differs from the first: red grew, blue shrank
    #[arg(long)]
    pub(crate) diff: bool,
    /// Where to write it; - is standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(default_value = "flame.svg")]
    pub(crate) output: PathBuf,
    /// Which values to draw: alloc_space, say, or their number from 0 on [default: the profile's]
    #[arg(long, value_name = "NAME|INDEX")]
    pub(crate) sample: Option<String>,
    /// Keep the frames below the function that a thread or an executor's task runs
    ///
    /// Else stacks of Rust end at the root where RUST_BACKTRACE=1 ends.
    #[arg(long)]
    pub(crate) all_frames: bool,
    /// Write the folded stacks as text, a line each, and draw nothing
    #[arg(long)]
    pub(crate) folded: bool,
    /// Open it in a browser
    #[arg(long, conflicts_with = "folded")]
    pub(crate) open: bool,
}
