use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::parse_positive;

/// Profiles, and how to look at their sum.
#[derive(Args)]
pub(crate) struct ProfileArgs {
    /// The profile, or several to add up; - is standard input
    #[arg(value_name = "PROFILE", value_hint = ValueHint::FilePath, required = true)]
    pub(crate) profiles: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) binaries: BinaryArgs,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

/// Where the names of functions come from that a profile lacks.
#[derive(Args)]
pub(crate) struct BinaryArgs {
    /// Name functions by this program or library, as it was before it was stripped; may be repeated
    #[arg(long = "binary", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
}

/// How to look at a profile.
#[derive(Args)]
pub(crate) struct ViewArgs {
    /// Which values to show: alloc_space, say, or their number from 0 on [default: the profile's]
    #[arg(long, value_name = "NAME|INDEX")]
    pub(crate) sample: Option<String>,
    /// Sort by cumulative values, those of all that a function calls included
    #[arg(long)]
    pub(crate) cum: bool,
    /// Show so many functions at most
    #[arg(
        short = 'n',
        long = "nodes",
        value_name = "N",
        allow_negative_numbers = true
    )]
    #[arg(value_parser = parse_positive::<NonZeroUsize>)]
    pub(crate) nodes: Option<NonZeroUsize>,
    /// Only stacks with a function or file that this regular expression matches
    #[arg(long, value_name = "REGEX")]
    pub(crate) focus: Option<regex::Regex>,
    /// Only stacks without one that this regular expression matches
    #[arg(long, value_name = "REGEX")]
    pub(crate) ignore: Option<regex::Regex>,
    /// The unit of the values: kb, MB, ms… [default: what suits the smallest]
    #[arg(long, value_name = "UNIT")]
    pub(crate) unit: Option<String>,
    /// Count what was inlined for the function that it was inlined into
    #[arg(long)]
    pub(crate) no_inlines: bool,
    /// Keep the frames below the function that a thread or an executor's task runs
    ///
    /// Else stacks of Rust end at the root where RUST_BACKTRACE=1 ends. With it, tables are those of
    /// go tool pprof.
    #[arg(long)]
    pub(crate) all_frames: bool,
    /// Subtract this profile, and show shares of it; may be repeated
    #[arg(long, value_name = "OLD", value_hint = ValueHint::FilePath, conflicts_with = "base")]
    pub(crate) diff_base: Vec<PathBuf>,
    /// Subtract this profile: an earlier one of the same process; may be repeated
    #[arg(long, value_name = "OLD", value_hint = ValueHint::FilePath)]
    pub(crate) base: Vec<PathBuf>,
    /// Print a JSON document, and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}
