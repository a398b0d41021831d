//! A sweeper's sources of memory pressure, and its sweeps because of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::yield_now;

use crate::sweeper::{LATE, SOON};
use repool::{PressureError, Sweep, Sweeper, SweeperHandle};
use repool_testing::pressure_file::PressureFile;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Sweep,
    Clear,
}

/// Stands for a pool and sends the calls that it gets.
pub struct Recorder(Sender<Act>);

impl Sweep for Recorder {
    fn sweep(&self) {
        let _ = self.0.send(Act::Sweep);
    }

    fn clear(&self) {
        let _ = self.0.send(Act::Clear);
    }
}

pub fn recorder() -> (Arc<Recorder>, Receiver<Act>) {
    let (sender, receiver) = channel();
    (Arc::new(Recorder(sender)), receiver)
}

#[test]
fn a_file_is_read_at_every_tick_and_the_level_followed() {
    let file = PressureFile::new();
    file.set(10, 4);
    let (recorder, acts) = recorder();
    let sweeper = Sweeper::new().watch(recorder).every(SOON);
    let handle = sweeper.on_memory_pressure_of(file.path()).spawn().unwrap();
    assert_eq!(handle.pressure().unwrap(), file.path());
    // Low pressure: the sweep of a tick counts as one by low pressure, not by time.
    (0..5).for_each(|_| assert_eq!(acts.recv().unwrap(), Act::Sweep));
    let sweeps = handle.sweeps();
    assert!(sweeps.by_low_pressure >= 4, "{sweeps}");
    assert_eq!((sweeps.by_time, sweeps.by_high_pressure), (0, 0));

    file.set(10, 5);
    while acts.recv().unwrap() != Act::Clear {}
    (0..5).for_each(|_| assert_eq!(acts.recv().unwrap(), Act::Clear));

    file.set(9, 4);
    while acts.recv().unwrap() != Act::Sweep {}
    (0..5).for_each(|_| assert_eq!(acts.recv().unwrap(), Act::Sweep));
    let sweeps = handle.sweeps();
    assert!(
        sweeps.by_high_pressure >= 6 && sweeps.by_time >= 4,
        "{sweeps}"
    );
}

/// Waits until the sweeper's state of its source is such, and returns it as text.
fn until(handle: &SweeperHandle, told: impl Fn(&Result<PathBuf, PressureError>) -> bool) -> String {
    loop {
        let now = handle.pressure();
        if told(&now) {
            return now.map_or_else(|error| error.to_string(), |_| String::new());
        }
        yield_now();
    }
}

#[test]
fn a_bad_file_is_reported_and_pools_are_swept_by_time() {
    let file = PressureFile::new();
    let path = file.path().display();
    file.write("some avg10=99.00\n");
    let (recorder, acts) = recorder();
    let sweeper = Sweeper::new().watch(recorder).every(SOON);
    let handle = sweeper.on_memory_pressure_of(file.path()).spawn().unwrap();
    let told = handle.pressure().unwrap_err();
    assert!(matches!(&told, PressureError::Malformed { path, .. } if *path == file.path()));
    let told = told.to_string();
    assert!(
        told.starts_with(&format!("{path} does not report memory pressure: ")),
        "{told}"
    );
    (0..5).for_each(|_| assert_eq!(acts.recv().unwrap(), Act::Sweep));
    assert_eq!(handle.sweeps().by_low_pressure, 0);

    // The file may become valid, vanish, and appear again.
    file.set(0, 0);
    until(&handle, |now| now.is_ok());
    fs::remove_file(file.path()).unwrap();
    let told = until(
        &handle,
        |now| matches!(now, Err(PressureError::Unreadable { path, .. }) if *path == file.path()),
    );
    let start = format!("memory pressure cannot be read from {path}: ");
    assert!(told.starts_with(&start), "{told}");
    let before = handle.sweeps().by_time;
    while handle.sweeps().by_time < before + 3 {
        yield_now();
    }
    file.set(99, 99);
    while acts.recv().unwrap() != Act::Clear {}
    until(&handle, |now| now.is_ok());
}

#[test]
fn without_the_setting_pressure_says_so() {
    let handle = Sweeper::new().every(LATE).spawn().unwrap();
    assert!(matches!(handle.pressure(), Err(PressureError::NotAsked)));
    let shown = format!("{handle:?} {}", handle.sweeps());
    assert!(
        shown.contains("NotAsked") && shown.ends_with("0 panics"),
        "{shown}"
    );
}

#[cfg(target_os = "linux")]
mod linux {
    use super::*;
    use std::ffi::CString;

    const SYSTEM: &str = "/proc/pressure/memory";

    #[test]
    fn nothing_is_written_to_files_that_are_not_for_triggers() {
        let file = PressureFile::new();
        let before = fs::read(file.path()).unwrap();
        // A file of the kernel, which takes any text as a name.
        let comm = Path::new("/proc/self/comm");
        let name = fs::read(comm).unwrap();
        for path in [file.path(), comm, Path::new("/dev/zero"), Path::new("/")] {
            let sweeper = Sweeper::new().every(SOON).on_memory_pressure_of(path);
            let handle = sweeper.spawn().unwrap();
            while handle.sweeps().by_time < 3 {
                yield_now();
            }
            assert_eq!(handle.pressure().is_ok(), path == file.path());
        }
        assert_eq!(fs::read(file.path()).unwrap(), before);
        assert_eq!(fs::read(comm).unwrap(), name);
    }

    #[test]
    fn a_fifo_without_a_writer_blocks_nothing() {
        let file = PressureFile::new();
        fs::remove_file(file.path()).unwrap();
        let path = CString::new(file.path().to_str().unwrap()).unwrap();
        // SAFETY: `path` is a C string.
        assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
        let sweeper = Sweeper::new()
            .every(SOON)
            .on_memory_pressure_of(file.path());
        let handle = sweeper.spawn().unwrap();
        assert!(matches!(
            handle.pressure(),
            Err(PressureError::Malformed { .. })
        ));
        while handle.sweeps().by_time < 3 {
            yield_now();
        }
    }

    /// Whether this process may set triggers on the system's own file; prints that the test is skipped if
    /// not.
    fn triggers() -> bool {
        let file = fs::OpenOptions::new().read(true).write(true).open(SYSTEM);
        if let Err(error) = &file {
            println!("skipped: {SYSTEM} cannot be opened for triggers: {error}");
        }
        file.is_ok()
    }

    #[test]
    fn triggers_on_the_kernels_own_file_leave_sweeps_by_time() {
        if !triggers() {
            return;
        }
        let (recorder, acts) = recorder();
        let sweeper = Sweeper::new().watch(recorder).every(SOON);
        let handle = sweeper.on_memory_pressure_of(SYSTEM).spawn().unwrap();
        assert_eq!(handle.pressure().unwrap(), Path::new(SYSTEM));
        assert_eq!(acts.iter().take(10).count(), 10);
        drop(handle);

        let handle = Sweeper::new().every(LATE).on_memory_pressure().spawn();
        let source = handle.unwrap().pressure().unwrap();
        assert!(source.ends_with("memory.pressure") || source == Path::new(SYSTEM));
    }

    /// Makes a cgroup, sets triggers on it, and removes it.
    #[test]
    fn a_removed_cgroup_is_reported_and_pools_are_swept_by_time() {
        let trees = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map(Path::new);
        let tree = trees
            .into_iter()
            .find(|t| t.join("cgroup.controllers").exists());
        let group = tree.map(|tree| tree.join(format!("repool-{}", std::process::id())));
        let Some(group) = group.filter(|group| fs::create_dir(group).is_ok()) else {
            println!("skipped: no cgroup can be made here");
            return;
        };
        let file = group.join("memory.pressure");
        let (recorder, acts) = recorder();
        let sweeper = Sweeper::new().watch(recorder).every(SOON);
        let handle = sweeper.on_memory_pressure_of(&file).spawn().unwrap();
        let before = handle.pressure();
        fs::remove_dir(&group).unwrap();
        if before.is_err() {
            println!("skipped: the kernel tells of no cgroup's pressure: {before:?}");
            return;
        }
        let told = until(&handle, Result::is_err);
        assert!(told.contains("no longer reports memory pressure"), "{told}");
        while acts.try_recv().is_ok() {}
        (0..5).for_each(|_| assert_eq!(acts.recv().unwrap(), Act::Sweep));
    }
}
