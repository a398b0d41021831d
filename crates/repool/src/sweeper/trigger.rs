//! Triggers: events that the kernel reports when memory pressure passes a threshold. `kernel` has the
//! system calls, `no_trigger` replaces this module on other systems.
//!
//! `some 150000 2000000`, written to a pressure file, requests an event each time tasks have waited
//! 150 ms for memory within 2 s. Source: Linux's Documentation/accounting/psi.rst. Each trigger needs
//! a descriptor of its own, and ends when that is closed. A window is 500 ms to 10 s long, and without
//! privileges a multiple of 2 s. There is at most one event in a window.

use core::time::Duration;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::PressureError;
pub(super) use super::kernel::Wakeup;
use super::kernel::{self, PollOutcome};
use super::psi::{self, PressureLevel};

/// The window in which the kernel measures, and reports each level at most once.
pub(super) const WINDOW: Duration = Duration::from_secs(2);
/// The trigger for low pressure. It ends with a zero byte, because the kernel overwrites the last byte that
/// is written to it.
const LOW: &[u8] = b"some 150000 2000000\0";
/// The trigger for high pressure.
const HIGH: &[u8] = b"full 100000 2000000\0";

/// The pressure on the whole system.
const SYSTEM: &str = "/proc/pressure/memory";

/// The triggers on one file, for the two levels.
#[derive(Debug)]
pub(super) struct Triggers {
    low: File,
    high: File,
    wakeup: Arc<Wakeup>,
}

impl Triggers {
    /// Sets both triggers on `path`; `None`, and nothing is written, if that is not one of the kernel's
    /// files.
    pub(super) fn arm(path: &Path) -> Result<Option<Self>, PressureError> {
        let unreadable = |error| PressureError::unreadable(path, error);
        let file = open(path).map_err(unreadable)?;
        if !kernel::is_kernel_file(&file).map_err(unreadable)? {
            return Ok(None);
        }
        // Writing to another file of the kernel would change something else.
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

    /// The wake-up that ends a wait.
    pub(super) fn wakeup(&self) -> Arc<Wakeup> {
        Arc::clone(&self.wakeup)
    }

    /// Waits for an event, a wake-up, or `timeout`; may return sooner, with `None`.
    pub(super) fn wait(&self, timeout: Option<Duration>) -> io::Result<Option<PressureLevel>> {
        match kernel::wait([&self.low, &self.high], &self.wakeup, timeout)? {
            [PollOutcome::Closed, _] | [_, PollOutcome::Closed] => {
                Err(io::ErrorKind::NotFound.into())
            }
            [_, PollOutcome::Event] => Ok(Some(PressureLevel::High)),
            [PollOutcome::Event, _] => Ok(Some(PressureLevel::Low)),
            [PollOutcome::Pending, PollOutcome::Pending] => Ok(None),
        }
    }
}

/// Opens a file of any kind for reading, without waiting.
pub(super) fn open(path: &Path) -> io::Result<File> {
    nonblocking().open(path)
}

/// Options that do not wait (for the writer of a FIFO), nor make a terminal the controlling one.
fn nonblocking() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    options
}

/// Sets one trigger, which lasts until the returned file is closed.
fn trigger(path: &Path, what: &[u8]) -> io::Result<File> {
    let mut file = nonblocking().write(true).open(path)?;
    // Checked again, because the path may lead to another file by now.
    if !kernel::is_kernel_file(&file)? {
        return Err(io::ErrorKind::NotFound.into());
    }
    match file.write(what)? {
        all if all == what.len() => Ok(file),
        _ => Err(io::ErrorKind::WriteZero.into()),
    }
}

/// The files with this process's memory pressure: its cgroup's, then the system's.
pub(super) fn own_files() -> Vec<PathBuf> {
    let cgroups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = own_cgroup(&cgroups).map(|group| {
        let tree = Path::new("/sys/fs/cgroup");
        tree.join(group).join("memory.pressure")
    });
    own.into_iter().chain([PathBuf::from(SYSTEM)]).collect()
}

/// The cgroup of version 2 in the text of `/proc/self/cgroup`, relative to the root of the tree.
fn own_cgroup(cgroups: &str) -> Option<&str> {
    let group = cgroups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    // If the process is outside its cgroup namespace, the path leads out of the tree.
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
    fn windows_need_no_privilege_and_are_the_constant() {
        for text in [LOW, HIGH] {
            let text = str::from_utf8(text.strip_suffix(b"\0").unwrap()).unwrap();
            let window: u64 = text.rsplit(' ').next().unwrap().parse().unwrap();
            assert!(window.is_multiple_of(2_000_000));
            assert_eq!(Duration::from_micros(window), WINDOW);
        }
    }
}
