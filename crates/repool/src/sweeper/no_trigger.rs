//! The face of `trigger` on systems other than Linux: none is ever armed.

use core::time::Duration;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::PressureError;
use super::psi::Level;

pub(super) const WINDOW: Duration = Duration::ZERO;

/// No triggers.
#[derive(Debug)]
pub(super) enum Triggers {}

/// Nothing to end a wait that there is not.
#[derive(Debug)]
pub(super) enum Wakeup {}

impl Triggers {
    pub(super) fn arm(_path: &Path) -> Result<Option<Self>, PressureError> {
        Ok(None)
    }

    pub(super) fn wakeup(&self) -> Arc<Wakeup> {
        match *self {}
    }

    pub(super) fn wait(&self, _timeout: Option<Duration>) -> io::Result<Option<Level>> {
        match *self {}
    }
}

impl Wakeup {
    pub(super) fn wake(&self) {
        match *self {}
    }
}

/// Opens a file to be read.
pub(super) fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// The files that tell of this process's memory pressure: none.
pub(super) fn own_files() -> Vec<PathBuf> {
    Vec::new()
}

/// The CPUs that a thread may run on, which are not told here.
pub(super) struct Affinity(Infallible);

impl Affinity {
    pub(super) fn of_this_thread() -> Option<Self> {
        None
    }

    pub(super) fn go_to(&self, _cpu: usize) -> bool {
        match self.0 {}
    }
}
