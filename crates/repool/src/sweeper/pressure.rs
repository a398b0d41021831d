//! The source from which a sweeper learns of memory pressure: triggers of the kernel (`trigger`), a file
//! that is read at every tick (`psi` parses it), or none.

use core::time::Duration;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use super::error::PressureError;
use super::psi::{self, PressureLevel};
use super::trigger::{self, Triggers, Wakeup};

/// What the user has set: [`Sweeper::on_memory_pressure`](crate::Sweeper::on_memory_pressure) and its like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PressureSetting {
    /// Sweep by time alone.
    Off,
    /// The pressure on this process's cgroup.
    OwnCgroup,
    /// The pressure in this file.
    File(PathBuf),
}

/// The source that was opened.
#[derive(Debug)]
pub(super) enum Source {
    /// The kernel reports events for the file at this path.
    Triggers(PathBuf, Triggers),
    /// A file that is read at every tick.
    File(PathBuf),
    /// The sweeper sweeps by time alone.
    None,
}

impl Source {
    /// Opens the best source for `setting`, and returns its file, or why there is none.
    pub(super) fn open(setting: PressureSetting) -> (Self, Result<PathBuf, PressureError>) {
        match setting {
            PressureSetting::Off => (Source::None, Err(PressureError::NotAsked)),
            PressureSetting::OwnCgroup => {
                let mut opened = (Source::None, Err(PressureError::Unsupported));
                // The error for the last file, the system's, is the one that is reported.
                for path in trigger::own_files() {
                    opened = Source::open_file(path);
                    if opened.1.is_ok() {
                        break;
                    }
                }
                opened
            }
            PressureSetting::File(path) => Source::open_file(path),
        }
    }

    fn open_file(path: PathBuf) -> (Self, Result<PathBuf, PressureError>) {
        match Triggers::arm(&path) {
            Ok(Some(triggers)) => (Source::Triggers(path.clone(), triggers), Ok(path)),
            Err(refused @ PressureError::Refused { .. }) => (Source::None, Err(refused)),
            // An ordinary file, or none yet: it is tried again at every tick.
            Ok(None) | Err(_) => {
                let outcome = read(&path).map(|_| path.clone());
                (Source::File(path), outcome)
            }
        }
    }

    /// The wake-up that ends a wait on triggers, which unparking the thread does not end.
    pub(super) fn wakeup(&self) -> Option<Arc<Wakeup>> {
        match self {
            Source::Triggers(_, triggers) => Some(triggers.wakeup()),
            Source::File(_) | Source::None => None,
        }
    }

    /// Waits for an event, a wake-up, or `timeout`; may return sooner, with `None`.
    pub(super) fn wait(
        &self,
        timeout: Option<Duration>,
    ) -> Result<Option<PressureLevel>, PressureError> {
        match (self, timeout) {
            (Source::Triggers(path, triggers), _) => {
                (triggers.wait(timeout)).map_err(|error| PressureError::closed(path, error))
            }
            (_, Some(timeout)) => {
                thread::park_timeout(timeout);
                Ok(None)
            }
            (_, None) => {
                thread::park();
                Ok(None)
            }
        }
    }
}

/// The level of pressure in the file at `path` at present.
pub(super) fn read(path: &Path) -> Result<Option<PressureLevel>, PressureError> {
    let mut text = Vec::new();
    // More than any pressure file has, and a bound, because the path may lead to any file.
    trigger::open(path)
        .and_then(|file| file.take(4096).read_to_end(&mut text))
        .map_err(|error| PressureError::unreadable(path, error))?;
    match psi::averages(&text) {
        Ok(averages) => Ok(averages.level()),
        Err(why) => Err(PressureError::malformed(path, why)),
    }
}
