//! Triggers: the kernel's own watch over memory pressure.
//!
//! `some 150000 2000000`, written to a pressure file, asks for an event whenever tasks have
//! waited 150 ms for memory within 2 s. Source: Linux's Documentation/accounting/psi.rst. Each
//! trigger takes a descriptor of its own, and lives as long; windows are of 500 ms to 10 s, and
//! without privileges of a multiple of 2 s; there is at most one event in a window.

use core::time::Duration;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::PressureError;
pub(super) use super::kernel::Wakeup;
use super::kernel::{self, Word};
use super::psi::{self, Level};

/// Time within which the kernel measures, and tells of each level once.
pub(super) const WINDOW: Duration = Duration::from_secs(2);
// With the final zero: the kernel takes the last byte of what is written for it, unseen.
const LOW: &[u8] = b"some 150000 2000000\0";
const HIGH: &[u8] = b"full 100000 2000000\0";

const SYSTEM: &str = "/proc/pressure/memory";

/// The triggers on one file, for the two levels.
#[derive(Debug)]
pub(super) struct Triggers {
    low: File,
    high: File,
    wakeup: Arc<Wakeup>,
}

impl Triggers {
    /// Arms both on `path`; `None` where that is not a file of the kernel's, and is left alone.
    pub(super) fn arm(path: &Path) -> Result<Option<Self>, PressureError> {
        let unreadable = |error| PressureError::unreadable(path, error);
        let file = open(path).map_err(unreadable)?;
        if !kernel::is_of_kernel(&file).map_err(unreadable)? {
            return Ok(None);
        }
        // Other files of the kernel's take what is written to them for something else.
        let mut text = Vec::new();
        (file.take(4096).read_to_end(&mut text)).map_err(unreadable)?;
        psi::averages(&text).map_err(|why| PressureError::malformed(path, why))?;
        let all = || {
            Ok(Triggers {
                low: trigger(path, LOW)?,
                high: trigger(path, HIGH)?,
                wakeup: Arc::new(Wakeup::new()?),
            })
        };
        (all().map(Some)).map_err(|error| PressureError::refused(path, error))
    }

    /// What ends a wait.
    pub(super) fn wakeup(&self) -> Arc<Wakeup> {
        Arc::clone(&self.wakeup)
    }

    /// Waits for an event, a wake-up, or `timeout`; may return sooner, with `None`.
    pub(super) fn wait(&self, timeout: Option<Duration>) -> io::Result<Option<Level>> {
        match kernel::wait([&self.low, &self.high], &self.wakeup, timeout)? {
            [Word::Gone, _] | [_, Word::Gone] => Err(io::ErrorKind::NotFound.into()),
            [_, Word::Event] => Ok(Some(Level::High)),
            [Word::Event, _] => Ok(Some(Level::Low)),
            [Word::Nothing, Word::Nothing] => Ok(None),
        }
    }
}

/// Opens a file of any kind to be read, and waits for nobody.
pub(super) fn open(path: &Path) -> io::Result<File> {
    unhindered().open(path)
}

/// Neither waits, for the writer of a FIFO say, nor makes a terminal this process's own.
fn unhindered() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    options
}

fn trigger(path: &Path, what: &[u8]) -> io::Result<File> {
    let mut file = unhindered().write(true).open(path)?;
    // Looked at again: the path may lead elsewhere by now.
    if !kernel::is_of_kernel(&file)? {
        return Err(io::ErrorKind::NotFound.into());
    }
    match file.write(what)? {
        all if all == what.len() => Ok(file),
        _ => Err(io::ErrorKind::WriteZero.into()),
    }
}

/// The files that tell of this process's memory pressure, the nearest first.
pub(super) fn own_files() -> Vec<PathBuf> {
    let cgroups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = own_cgroup(&cgroups).map(|group| {
        let tree = Path::new("/sys/fs/cgroup");
        tree.join(group).join("memory.pressure")
    });
    own.into_iter().chain([PathBuf::from(SYSTEM)]).collect()
}

/// The cgroup of version 2 in the text of `/proc/self/cgroup`, from the root of the tree.
fn own_cgroup(cgroups: &str) -> Option<&str> {
    let group = cgroups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    // A process from outside its cgroup namespace is told a way up out of the tree.
    (!group.split('/').any(|part| part == "..")).then_some(group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_cgroups() {
        assert_eq!(own_cgroup("0::/\n"), Some(""));
        assert_eq!(own_cgroup("0::/user.slice/a b\n"), Some("user.slice/a b"));
        assert_eq!(
            own_cgroup("4:memory:/x\n1:name=systemd:/\n0::/y\n"),
            Some("y")
        );
        assert_eq!(own_cgroup("4:memory:/x\n"), None);
        assert_eq!(own_cgroup("0::/../elsewhere\n"), None);
        assert_eq!(own_cgroup("10::/x\n"), None);
        assert_eq!(own_cgroup(""), None);
    }

    #[test]
    fn windows_need_no_privilege_and_are_the_one_waited_for() {
        for text in [LOW, HIGH] {
            let text = str::from_utf8(text.strip_suffix(b"\0").unwrap()).unwrap();
            let window: u64 = text.rsplit(' ').next().unwrap().parse().unwrap();
            assert!(window.is_multiple_of(2_000_000));
            assert_eq!(Duration::from_micros(window), WINDOW);
        }
    }
}
