//! `repool advise`: which lines allocate what could be reused, and what to do about each.

use std::io::Write;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, ValueHint};
use regex::Regex;
use repool_pprof::Sources;
use repool_pprof::advise::{Advice, AdviseSettings};

use crate::command_line::parse_positive;
use crate::failure::Failure;
use crate::profile_args::{self, BinaryArgs};
use crate::{costs, output};

const EXAMPLES: &str = "\
Examples:
  repool advise allocs.pb.gz
  repool advise --operations 100000 allocs.pb.gz  the profile covers 100000 requests
  REPOOL_OPERATIONS=100000 repool advise allocs.pb.gz  the same, for scripts
  repool advise --sites --focus parse allocs.pb.gz
  repool advise --own '^app' allocs.pb.gz              crates of yours that are in a registry
  repool advise --json allocs.pb.gz

JSON, version 2 (names do not change within a version; fields may be added):
  version, exact, lost_samples
  per, divisor        what figures are of (operation, second or total), and what divided the totals
  groups[]            your lines, the best first: function, file, line, source, sites (indices),
                      saves
  sites[]             function, file, line, crate, own_code, via (your line), allocations, bytes,
                      peak_live {value, upper, exact}, recommendations[], caveats[]
  recommendations[]   action, saves {allocations, bytes, ns, ns_low, ns_high}, reason
  action              pool, buf_pool, with_capacity, scratch, thread_local, pass_buffer, borrow,
                      none
A figure that is not known is null. A site with author_only is in no group's saves.";

/// The most lines or sites in a text.
const SHOWN: usize = 10;

/// Recommend a pool, or something simpler, for the lines that allocate
///
/// Ranks the lines of your own code by what a change there would save, and recommends for each a pool, a
/// pool of buffers, with_capacity, one reused buffer, a buffer that is passed to a dependency, borrowed
/// data, or no change. Code is your own unless it is of the standard library, or of a registry, a git
/// checkout or a folder of vendored crates. It needs a profile that repool-prof wrote, because other
/// profiles lack the blocks' lifetimes.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct AdviseArgs {
    /// The profile, one only, written by repool-prof; - is standard input
    #[arg(value_name = "PROFILE", value_hint = ValueHint::FilePath, required = true)]
    profiles: Vec<PathBuf>,
    #[command(flatten)]
    binaries: BinaryArgs,
    /// The number of operations (requests, lines) in the profile [default: the profile's own]
    ///
    /// Without it, and if the profile does not say it, figures are for each second.
    #[arg(long, value_name = "N", value_parser = parse_positive::<NonZeroU64>)]
    #[arg(
        allow_negative_numbers = true,
        env = "REPOOL_OPERATIONS",
        hide_env_values = true
    )]
    operations: Option<NonZeroU64>,
    /// Show at most this many lines, or sites [default: 10, or all with --json]
    #[arg(short = 'n', long = "nodes", value_name = "N")]
    #[arg(allow_negative_numbers = true, value_parser = parse_positive::<NonZeroUsize>)]
    nodes: Option<NonZeroUsize>,
    /// List the sites that allocate, in any crate, and not your lines that lead to them
    #[arg(long)]
    sites: bool,
    /// Only stacks with a function or file that matches this regular expression
    #[arg(long, value_name = "REGEX")]
    focus: Option<Regex>,
    /// Only stacks without a function or file that matches this regular expression
    #[arg(long, value_name = "REGEX")]
    ignore: Option<Regex>,
    /// Your own code is the functions whose name or file matches [default: by the file's path]
    #[arg(long, value_name = "REGEX")]
    own: Option<Regex>,
    /// Search the source in these folders, separated by : [default: the current one]
    #[arg(long, value_name = "FOLDERS", value_hint = ValueHint::DirPath)]
    source_path: Option<String>,
    /// Remove these prefixes, separated by :, from the profile's paths
    #[arg(long, value_name = "PREFIXES")]
    trim_path: Option<String>,
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
        let mut sources = Sources::new();
        sources.folders = self.source_path;
        sources.trim_prefixes = self.trim_path.unwrap_or_default();
        let default = if self.json { usize::MAX } else { SHOWN };
        let mut settings = AdviseSettings::new()
            .max_sites(self.nodes.map_or(default, usize::from))
            .by_site(self.sites)
            .all_frames(self.all_frames)
            .sources(sources)
            .costs(costs::measure());
        settings.operations = self.operations.map(u64::from);
        settings.focus = self.focus;
        settings.ignore = self.ignore;
        settings.own = self.own;
        let advice = Advice::of(&profile, &settings)
            .map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
        if self.json {
            output::text(out, &advice.to_json())
        } else {
            output::text(out, &advice.to_string())
        }
    }
}
