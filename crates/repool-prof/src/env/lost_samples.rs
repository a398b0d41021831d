//! The line that `session` prints at the end if sampled blocks could not be followed.

use std::path::Path;

use super::settings::{MEMORY, RATE};
use crate::Snapshot;

/// The line about the profile that was written to `file`; `None` if nothing was lost.
pub(super) fn message(snapshot: &Snapshot, file: &Path) -> Option<String> {
    let (lost, memory) = (snapshot.lost(), snapshot.memory());
    (lost > 0).then(|| {
        format!(
            "{}: {lost} sampled blocks could not be followed, because the profiler's tables had no \
             room for more ({} KiB): figures of what is in use, lifetimes and peaks are too low; \
             raise {MEMORY} or {RATE}",
            file.display(),
            (memory.stacks + memory.blocks) >> 10,
        )
    })
}
