//! Where a sweeper hears of memory pressure, and why it does not.

use core::error::Error;
use core::fmt;
use core::time::Duration;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

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

/// Why a sweeper does not hear of memory pressure. Pools age by time all the same.
///
/// ```
/// use repool::{PressureError, Sweeper};
///
/// let sweeping = Sweeper::new().on_memory_pressure_of("/no/such/file").spawn()?;
/// let why = sweeping.pressure().unwrap_err();
/// assert!(matches!(why, PressureError::Unreadable { .. }));
/// assert!(why.to_string().starts_with("memory pressure cannot be read from /no/such/file: "));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PressureError {
    /// Neither [`on_memory_pressure`](crate::Sweeper::on_memory_pressure) nor its like was called.
    NotAsked,
    /// This system has nothing that tells of it.
    Unsupported,
    /// A file cannot be read. It is tried again at every tick.
    #[non_exhaustive]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: Arc<io::Error>,
    },
    /// A file holds something else. It is read again at every tick.
    #[non_exhaustive]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The kernel lets this process read a file, but set no trigger on it.
    #[non_exhaustive]
    Refused {
        /// The file.
        path: PathBuf,
        /// What the kernel says.
        error: Arc<io::Error>,
    },
    /// What was listened to is no more; its cgroup was removed, say.
    #[non_exhaustive]
    Gone {
        /// The file that it was.
        path: PathBuf,
        /// What the system says.
        error: Arc<io::Error>,
    },
    /// This process was forked from the one that has the sweeper.
    Forked,
}

impl PressureError {
    pub(super) fn unreadable(path: &Path, error: io::Error) -> Self {
        let (path, error) = (path.into(), Arc::new(error));
        PressureError::Unreadable { path, error }
    }

    pub(super) fn malformed(path: &Path, why: &'static str) -> Self {
        let path = path.into();
        PressureError::Malformed { path, why }
    }

    #[cfg_attr(not(target_os = "linux"), expect(dead_code))] // nothing can refuse there
    pub(super) fn refused(path: &Path, error: io::Error) -> Self {
        let (path, error) = (path.into(), Arc::new(error));
        PressureError::Refused { path, error }
    }

    fn gone(path: &Path, error: io::Error) -> Self {
        let (path, error) = (path.into(), Arc::new(error));
        PressureError::Gone { path, error }
    }
}

impl fmt::Display for PressureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PressureError::NotAsked => f.write_str(
                "memory pressure is not listened to: the sweeper was spawned without \
                 on_memory_pressure",
            ),
            PressureError::Unsupported => f.write_str(
                "memory pressure is told by Linux alone: elsewhere, name a file with \
                 on_memory_pressure_of",
            ),
            PressureError::Unreadable { path, error } => write!(
                f,
                "memory pressure cannot be read from {}: {error}; name another file with \
                 on_memory_pressure_of, or start a Linux that has the feature off with psi=1",
                path.display()
            ),
            PressureError::Malformed { path, why } => write!(
                f,
                "{} does not tell of memory pressure: {why}; it should read as \
                 /proc/pressure/memory does",
                path.display()
            ),
            PressureError::Refused { path, error } => write!(
                f,
                "the kernel lets this process set no trigger on {}: {error}; it needs write \
                 access to the file and, before Linux 6.5, CAP_SYS_RESOURCE",
                path.display()
            ),
            PressureError::Gone { path, error } => write!(
                f,
                "memory pressure is no longer told by {}: {error}; spawn another sweeper to \
                 listen again",
                path.display()
            ),
            PressureError::Forked => {
                f.write_str("this process was forked and has no sweeper: spawn one after the fork")
            }
        }
    }
}

impl Error for PressureError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            PressureError::Unreadable { error, .. }
            | PressureError::Refused { error, .. }
            | PressureError::Gone { error, .. } => Some(&**error),
            _ => None,
        }
    }
}
