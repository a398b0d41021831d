use std::io::Write;
use std::path::{Path, PathBuf};

use repool_pprof::Profile;
use repool_pprof::flame::{self, FlameSettings};

use super::{browser, output, profile};
use crate::args::FlameArgs;
use crate::{Failure, file};

/// Writes a flame graph, or folded stacks.
pub(super) fn run(args: FlameArgs, out: &mut dyn Write) -> Result<(), Failure> {
    profile::once_only(&args.profiles)?;
    let drawing = match args.profiles.as_slice() {
        [old, new] if args.diff => draw_change(&args, old, new)?,
        _ if args.diff => {
            let problem = "--diff needs two profiles; name both, the earlier one first";
            return Err(Failure::Input(problem.into()));
        }
        profiles => draw(&args, profiles)?,
    };
    if args.output == Path::new("-") {
        return output::text(out, &drawing);
    }
    file::write(&args.output, drawing.as_bytes())?;
    output::line(out, &format!("wrote {}", args.output.display()))?;
    browser::open_if(args.open, &args.output)
}

fn draw(args: &FlameArgs, paths: &[PathBuf]) -> Result<String, Failure> {
    let profile = profile::open_sum(paths, &args.binaries)?;
    let drawing = if args.folded {
        flame::folded(&profile, &settings(args, String::new()))
    } else {
        let title: Vec<String> = paths.iter().map(|path| name(path)).collect();
        flame::svg(&profile, &settings(args, title.join(" + ")))
    };
    drawing.map_err(|error| profile::unusable(paths, &error))
}

fn draw_change(args: &FlameArgs, old: &Path, new: &Path) -> Result<String, Failure> {
    if args.folded {
        return Err(Failure::Input(
            "--folded is of one profile; leave out --diff".into(),
        ));
    }
    let open = |path| profile::open(path, &args.binaries);
    let profiles: [Profile; 2] = [open(old)?, open(new)?];
    let title = format!("{} beside {}", name(new), name(old));
    let drawing = flame::diff_svg(&profiles[0], &profiles[1], &settings(args, title));
    drawing.map_err(|error| {
        Failure::Input(format!(
            "{} beside {}: {error}",
            new.display(),
            old.display()
        ))
    })
}

fn settings(args: &FlameArgs, title: String) -> FlameSettings {
    FlameSettings {
        sample: args.sample.clone(),
        title,
        all_frames: args.all_frames,
    }
}

/// What the file is called, without its folder.
fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .display()
        .to_string()
}
