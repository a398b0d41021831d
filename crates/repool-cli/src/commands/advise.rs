use std::io::Write;

use repool_report::advise::{Advice, AdviseSettings};

use super::{output, profile};
use crate::args::AdviseArgs;
use crate::{Failure, costs};

/// Prints which call sites are worth a pool.
pub(super) fn run(args: AdviseArgs, out: &mut dyn Write) -> Result<(), Failure> {
    let profile = profile::open(&args.profile, &args.binaries)?;
    let settings = AdviseSettings {
        operations: args.operations.map(u64::from),
        most_sites: args.sites.into(),
        all_frames: args.all_frames,
        costs: costs::measured(),
    };
    let advice = Advice::of(&profile, &settings)
        .map_err(|error| Failure::Input(format!("{}: {error}", args.profile.display())))?;
    if args.json {
        output::text(out, &advice.to_json())
    } else {
        output::text(out, &advice.to_string())
    }
}
