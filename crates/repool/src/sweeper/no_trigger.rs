//! Replaces `trigger` and `kernel` on systems other than Linux: there are no triggers, and pressure files are
//! only read.

use core::convert::Infallible;
use core::time::Duration;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::PressureError;
use super::psi::PressureLevel;

/// Not used, because there are no events.
pub(super) const WINDOW: Duration = Duration::ZERO;

/// Never constructed.
#[derive(Debug)]
pub(super) enum Triggers {}

/// Never constructed, because no wait needs it.
#[derive(Debug)]
pub(super) enum Wakeup {}

impl Triggers {
    pub(super) fn arm(_path: &Path) -> Result<Option<Self>, PressureError> {
        Ok(None)
    }

    pub(super) fn wakeup(&self) -> Arc<Wakeup> {
        match *self {}
    }

    pub(super) fn wait(&self, _timeout: Option<Duration>) -> io::Result<Option<PressureLevel>> {
        match *self {}
    }
}

impl Wakeup {
    pub(super) fn wake(&self) {
        match *self {}
    }
}

/// Opens a file for reading.
pub(super) fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// The files with this process's memory pressure: none.
pub(super) fn own_files() -> Vec<PathBuf> {
    Vec::new()
}

/// The CPUs that a thread may run on. Never constructed: such systems have no engine with CPUs.
pub(super) struct Affinity(Infallible);

impl Affinity {
    pub(super) fn of_current_thread() -> Option<Self> {
        None
    }

    pub(super) fn move_to(&self, _cpu: usize) -> bool {
        match self.0 {}
    }
}
