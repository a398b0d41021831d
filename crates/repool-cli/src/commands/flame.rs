//! `repool flame`: a flame graph as SVG, or folded stacks as text.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use repool_pprof::Profile;
use repool_pprof::flame::{self, FlameSettings};

use crate::profile_args::{self, BinaryArgs};
use crate::{Failure, browser, file, output};

const EXAMPLES: &str = "\
Examples:
  repool flame allocs.pb.gz -o allocs.svg --open       draw it, and look at it
  repool flame --diff old.pb.gz new.pb.gz -o diff.svg  red grew, blue shrank
  repool flame monday.pb.gz tuesday.pb.gz -o both.svg  both, added up
  repool flame --folded allocs.pb.gz -o -              folded stacks, for other tools";

/// Draw a flame graph, or how two profiles differ
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct FlameArgs {
    /// The profile, several to add up, or with --diff the earlier and the later one; - is standard input
    #[arg(value_name = "PROFILE", value_hint = ValueHint::FilePath, required = true)]
    profiles: Vec<PathBuf>,
    #[command(flatten)]
    binaries: BinaryArgs,
    /// Draw how the second profile differs from the first: red grew, blue shrank
    #[arg(long)]
    diff: bool,
    /// Where to write it; - is standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(default_value = "flame.svg")]
    output: PathBuf,
    /// Which values to draw: alloc_space, say, or their number from 0 on [default: the profile's]
    #[arg(long, value_name = "NAME|INDEX")]
    sample: Option<String>,
    /// Keep the frames below the function that a thread or an executor's task runs
    ///
    /// Else stacks of Rust end at the root where RUST_BACKTRACE=1 ends.
    #[arg(long)]
    all_frames: bool,
    /// Write the folded stacks as text, a line each, and draw nothing
    #[arg(long)]
    folded: bool,
    /// Open it in a browser
    #[arg(long, conflicts_with = "folded")]
    open: bool,
}

impl FlameArgs {
    /// Writes the flame graph or the folded stacks.
    pub(super) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        profile_args::once_only(&self.profiles)?;
        let drawing = match self.profiles.as_slice() {
            [old, new] if self.diff => self.draw_change(old, new)?,
            _ if self.diff => {
                let problem = "--diff needs two profiles; name both, the earlier one first";
                return Err(Failure::Input(problem.into()));
            }
            profiles => self.draw(profiles)?,
        };
        if self.output == Path::new("-") {
            return output::text(out, &drawing);
        }
        file::write(&self.output, drawing.as_bytes())?;
        output::line(out, &format!("wrote {}", self.output.display()))?;
        browser::open_if(self.open, &self.output)
    }

    fn draw(&self, paths: &[PathBuf]) -> Result<String, Failure> {
        let profile = profile_args::open_sum(paths, &self.binaries)?;
        let drawing = if self.folded {
            flame::folded(&profile, &self.settings(String::new()))
        } else {
            let title: Vec<String> = paths.iter().map(|path| name(path)).collect();
            flame::svg(&profile, &self.settings(title.join(" + ")))
        };
        drawing.map_err(|error| profile_args::unusable(paths, &error))
    }

    fn draw_change(&self, old: &Path, new: &Path) -> Result<String, Failure> {
        if self.folded {
            return Err(Failure::Input(
                "--folded is of one profile; leave out --diff".into(),
            ));
        }
        let open = |path| profile_args::open(path, &self.binaries);
        let profiles: [Profile; 2] = [open(old)?, open(new)?];
        let title = format!("{} beside {}", name(new), name(old));
        let drawing = flame::diff_svg(&profiles[0], &profiles[1], &self.settings(title));
        drawing.map_err(|error| {
            Failure::Input(format!(
                "{} beside {}: {error}",
                new.display(),
                old.display()
            ))
        })
    }

    fn settings(&self, title: String) -> FlameSettings {
        FlameSettings {
            sample: self.sample.clone(),
            title,
            all_frames: self.all_frames,
        }
    }
}

/// What the file is called, without its folder.
fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .display()
        .to_string()
}
