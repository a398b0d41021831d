//! `repool flame`: a flame graph as SVG, or folded stacks as text.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use repool_pprof::Profile;
use repool_pprof::flame::{self, FlameSettings};

use crate::failure::Failure;
use crate::profile_args::{self, BinaryArgs};
use crate::{browser, file, output};

const EXAMPLES: &str = "\
Examples:
  repool flame allocs.pb.gz -o allocs.svg --open       draw it, and open it in a browser
  repool flame --diff old.pb.gz new.pb.gz -o diff.svg  red grew, blue shrank
  repool flame monday.pb.gz tuesday.pb.gz -o both.svg  the sum of both
  repool flame --folded allocs.pb.gz -o -              folded stacks, for other tools";

/// Draw a flame graph of a profile, or of the difference of two
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct FlameArgs {
    /// The profile, or several to add up, or with --diff the old and the new one; - is standard input
    #[arg(value_name = "PROFILE", value_hint = ValueHint::FilePath, required = true)]
    profiles: Vec<PathBuf>,
    #[command(flatten)]
    binaries: BinaryArgs,
    /// Draw the difference of the second profile to the first: red grew, blue shrank
    #[arg(long)]
    diff: bool,
    /// The file to write; - is standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(default_value = "flame.svg")]
    output: PathBuf,
    /// The values to draw, such as alloc_space, or their index from 0 on [default: the profile's]
    #[arg(long, value_name = "NAME|INDEX")]
    sample: Option<String>,
    /// Keep the frames of the runtime below a thread's or task's function
    ///
    /// By default, stacks of Rust end where those of RUST_BACKTRACE=1 end.
    #[arg(long)]
    all_frames: bool,
    /// Write folded stacks as text, one per line, instead of a graph
    #[arg(long)]
    folded: bool,
    /// Open the file in a browser
    #[arg(long, conflicts_with = "folded")]
    open: bool,
}

impl FlameArgs {
    /// Writes the flame graph or the folded stacks.
    pub(super) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        profile_args::check_stdin_once(&self.profiles)?;
        let drawing = match self.profiles.as_slice() {
            [old, new] if self.diff => self.draw_change(old, new)?,
            _ if self.diff => {
                let problem = "--diff needs two profiles; name both, the old one first";
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
        drawing.map_err(|error| profile_args::input_error(paths, &error))
    }

    fn draw_change(&self, old: &Path, new: &Path) -> Result<String, Failure> {
        if self.folded {
            return Err(Failure::Input(
                "--folded draws no difference; leave out --diff".into(),
            ));
        }
        let open = |path| profile_args::open(path, &self.binaries);
        let profiles: [Profile; 2] = [open(old)?, open(new)?];
        let title = format!("{} compared with {}", name(new), name(old));
        let drawing = flame::diff_svg(&profiles[0], &profiles[1], &self.settings(title));
        drawing.map_err(|error| {
            Failure::Input(format!(
                "{} compared with {}: {error}",
                new.display(),
                old.display()
            ))
        })
    }

    fn settings(&self, title: String) -> FlameSettings {
        let mut settings = FlameSettings::new()
            .title(title)
            .all_frames(self.all_frames);
        settings.sample.clone_from(&self.sample);
        settings
    }
}

/// The file's name without its folder.
fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .display()
        .to_string()
}
