//! Says why a profile has no names.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::pprof::proto::Profile;

/// The line about a profile without names that was written to `file`; for the first one only.
pub(super) fn message_once(profile: &Profile, file: &Path) -> Option<String> {
    static SAID: AtomicBool = AtomicBool::new(false);
    let missing_symbols = profile.missing_symbols()?;
    (!SAID.swap(true, Ordering::Relaxed)).then(|| format!("{}: {missing_symbols}", file.display()))
}
