//! The reasons why a sweeper gets no reports of memory pressure.

use core::error::Error;
use core::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a sweeper gets no reports of memory pressure. It sweeps by time all the same.
///
/// ```
/// use repool::{PressureError, Sweeper};
///
/// let handle = Sweeper::new().on_memory_pressure_of("/no/such/file").spawn()?;
/// let why = handle.pressure().unwrap_err();
/// assert!(matches!(why, PressureError::Unreadable { .. }));
/// assert!(why.to_string().starts_with("memory pressure cannot be read from /no/such/file: "));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PressureError {
    /// Neither [`on_memory_pressure`](crate::Sweeper::on_memory_pressure) nor
    /// [`on_memory_pressure_of`](crate::Sweeper::on_memory_pressure_of) was called.
    NotAsked,
    /// This system does not report it.
    Unsupported,
    /// A file cannot be read. It is tried again at every tick.
    #[non_exhaustive]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: Arc<io::Error>,
    },
    /// A file has another format. It is read again at every tick.
    #[non_exhaustive]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The fault in the file.
        why: &'static str,
    },
    /// The kernel lets this process read the file, but refuses a trigger on it.
    #[non_exhaustive]
    Refused {
        /// The file.
        path: PathBuf,
        /// The kernel's error.
        error: Arc<io::Error>,
    },
    /// The file has been removed since, for example with its cgroup.
    #[non_exhaustive]
    Gone {
        /// The file.
        path: PathBuf,
        /// The system's error.
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

    #[cfg_attr(not(target_os = "linux"), expect(dead_code))] // no other system has triggers
    pub(super) fn refused(path: &Path, error: io::Error) -> Self {
        let (path, error) = (path.into(), Arc::new(error));
        PressureError::Refused { path, error }
    }

    pub(super) fn closed(path: &Path, error: io::Error) -> Self {
        let (path, error) = (path.into(), Arc::new(error));
        PressureError::Gone { path, error }
    }
}

impl fmt::Display for PressureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PressureError::NotAsked => f.write_str(
                "memory pressure is not monitored: the sweeper was spawned without \
                 on_memory_pressure",
            ),
            PressureError::Unsupported => f.write_str(
                "only Linux reports memory pressure: on other systems, name a file with \
                 on_memory_pressure_of",
            ),
            PressureError::Unreadable { path, error } => write!(
                f,
                "memory pressure cannot be read from {}: {error}; name another file with \
                 on_memory_pressure_of, or boot with psi=1 if this Linux has the feature off",
                path.display()
            ),
            PressureError::Malformed { path, why } => write!(
                f,
                "{} does not report memory pressure: {why}; it should have the format of \
                 /proc/pressure/memory",
                path.display()
            ),
            PressureError::Refused { path, error } => write!(
                f,
                "the kernel refuses this process a trigger on {}: {error}; it needs write \
                 access to the file and, before Linux 6.5, CAP_SYS_RESOURCE",
                path.display()
            ),
            PressureError::Gone { path, error } => write!(
                f,
                "{} no longer reports memory pressure: {error}; spawn another sweeper to \
                 monitor it again",
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
