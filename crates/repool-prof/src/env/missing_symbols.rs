//! The line that `session` prints once if a profile's functions have no names.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::pprof::proto::Profile;

/// The line about the profile that was written to `file`, if its functions have no names. `None` for
/// all profiles after the first such one.
pub(super) fn message_once(profile: &Profile, file: &Path) -> Option<String> {
    static IS_REPORTED: AtomicBool = AtomicBool::new(false);
    let missing_symbols = profile.missing_symbols()?;
    (!IS_REPORTED.swap(true, Ordering::Relaxed))
        .then(|| format!("{}: {missing_symbols}", file.display()))
}
