//! Where a sweeper hears of memory pressure, and why it does not.

use core::time::Duration;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use super::error::PressureError;
use super::psi::{self, Level};
use super::trigger::{self, Triggers, Wakeup};

/// What the user wants to be heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Nothing,
    /// The pressure on this process.
    Own,
    /// What this file tells.
    Of(PathBuf),
}

/// What is listened to.
#[derive(Debug)]
pub(super) enum Source {
    /// The kernel says when.
    Triggers(PathBuf, Triggers),
    /// A file to be read at every tick.
    File(PathBuf),
    /// Time alone.
    Nothing,
}

impl Source {
    /// What comes nearest to the wish, and the file that it is or why it is none.
    pub(super) fn open(wish: Wish) -> (Self, Result<PathBuf, PressureError>) {
        match wish {
            Wish::Nothing => (Source::Nothing, Err(PressureError::NotAsked)),
            Wish::Own => {
                let mut heard = (Source::Nothing, Err(PressureError::Unsupported));
                // The last one's error stands: that file is everyone's.
                for path in trigger::own_files() {
                    heard = Source::listen(path);
                    if heard.1.is_ok() {
                        break;
                    }
                }
                heard
            }
            Wish::Of(path) => Source::listen(path),
        }
    }

    fn listen(path: PathBuf) -> (Self, Result<PathBuf, PressureError>) {
        match Triggers::arm(&path) {
            Ok(Some(triggers)) => (Source::Triggers(path.clone(), triggers), Ok(path)),
            Err(refused @ PressureError::Refused { .. }) => (Source::Nothing, Err(refused)),
            // An ordinary file; or none yet, which may come.
            Ok(None) | Err(_) => {
                let outcome = read(&path).map(|_| path.clone());
                (Source::File(path), outcome)
            }
        }
    }

    /// What ends a wait, besides unparking the thread.
    pub(super) fn wakeup(&self) -> Option<Arc<Wakeup>> {
        match self {
            Source::Triggers(_, triggers) => Some(triggers.wakeup()),
            Source::File(_) | Source::Nothing => None,
        }
    }

    /// Waits for word of pressure, a wake-up, or `timeout`; may return sooner, with `None`.
    pub(super) fn wait(&self, timeout: Option<Duration>) -> Result<Option<Level>, PressureError> {
        match (self, timeout) {
            (Source::Triggers(path, triggers), _) => {
                (triggers.wait(timeout)).map_err(|error| PressureError::gone(path, error))
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

/// The level that the file at `path` tells of now.
pub(super) fn read(path: &Path) -> Result<Option<Level>, PressureError> {
    let mut text = Vec::new();
    // Not more than a pressure file could have: this may be any file.
    trigger::open(path)
        .and_then(|file| file.take(4096).read_to_end(&mut text))
        .map_err(|error| PressureError::unreadable(path, error))?;
    match psi::averages(&text) {
        Ok(averages) => Ok(averages.level()),
        Err(why) => Err(PressureError::malformed(path, why)),
    }
}
