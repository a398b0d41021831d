use std::io::Write;

use repool_pprof::advise::{Advice, AdviseSettings};

use super::{output, profile};
use crate::args::AdviseArgs;
use crate::{Failure, costs};

/// Prints which call sites are worth a pool.
pub(super) fn run(args: AdviseArgs, out: &mut dyn Write) -> Result<(), Failure> {
    let [path] = &*args.profiles else {
        let problem =
            "advice is on one profile, for what became of blocks does not add up; name one";
        return Err(Failure::Input(problem.into()));
    };
    let profile = profile::open(path, &args.binaries)?;
    let settings = AdviseSettings {
        operations: args.operations.map(u64::from),
        most_sites: args.sites.into(),
        all_frames: args.all_frames,
        costs: costs::measured(),
    };
    let advice = Advice::of(&profile, &settings)
        .map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
    if args.json {
        output::text(out, &advice.to_json())
    } else {
        output::text(out, &advice.to_string())
    }
}
