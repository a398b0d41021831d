//! What a sweeper hears of memory pressure, and what it does then.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::yield_now;

use crate::sweeper::{LATE, SOON};
use repool::{PressureError, Sweep, Sweeper, Sweeping};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Sweep,
    Clear,
}

/// Stands for a pool and tells what is done to it.
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

/// A file of a test's own that tells of memory pressure, gone after the test.
struct Fake(PathBuf);

impl Fake {
    fn new(test: &str) -> Self {
        // The suite runs twice at a time, once on each engine.
        let name = format!("{test}-{}", std::process::id());
        let fake = Fake(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        fake.percent(0, 0);
        fake
    }

    fn percent(&self, some: u32, full: u32) {
        let rest = "avg60=0.00 avg300=0.00 total=0";
        self.write(&format!(
            "some avg10={some}.00 {rest}\nfull avg10={full}.00 {rest}\n"
        ));
    }

    /// Puts a whole file in place: never is a part of one seen.
    fn write(&self, text: &str) {
        let new = self.0.with_extension("new");
        fs::write(&new, text).unwrap();
        fs::rename(&new, &self.0).unwrap();
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn a_file_is_read_at_every_tick_and_the_level_followed() {
    let fake = Fake::new("levels");
    fake.percent(10, 4);
    let (recorder, acts) = recorder();
    let sweeper = Sweeper::new().watch(recorder).every(SOON);
    let sweeping = sweeper.on_memory_pressure_of(&fake.0).spawn().unwrap();
    assert_eq!(sweeping.pressure().unwrap(), fake.0);
    // Low: one generation in a tick, in place of that by time.
    (0..5).for_each(|_| assert_eq!(acts.recv().unwrap(), Act::Sweep));
    let sweeps = sweeping.sweeps();
    assert!(sweeps.by_low_pressure >= 4, "{sweeps}");
    assert_eq!((sweeps.by_time, sweeps.by_high_pressure), (0, 0));

    fake.percent(10, 5);
    while acts.recv().unwrap() != Act::Clear {}
    (0..5).for_each(|_| assert_eq!(acts.recv().unwrap(), Act::Clear));

    fake.percent(9, 4);
    while acts.recv().unwrap() != Act::Sweep {}
    (0..5).for_each(|_| assert_eq!(acts.recv().unwrap(), Act::Sweep));
    let sweeps = sweeping.sweeps();
    assert!(
        sweeps.by_high_pressure >= 6 && sweeps.by_time >= 4,
        "{sweeps}"
    );
}

/// Waits until the sweeper says this of its source.
fn until(sweeping: &Sweeping, told: impl Fn(&Result<PathBuf, PressureError>) -> bool) -> String {
    loop {
        let now = sweeping.pressure();
        if told(&now) {
            return now.map_or_else(|error| error.to_string(), |_| String::new());
        }
        yield_now();
    }
}

#[test]
fn a_file_that_is_no_good_is_told_of_and_pools_age_by_time() {
    let fake = Fake::new("malformed");
    let path = fake.0.display();
    fake.write("some avg10=99.00\n");
    let (recorder, acts) = recorder();
    let sweeper = Sweeper::new().watch(recorder).every(SOON);
    let sweeping = sweeper.on_memory_pressure_of(&fake.0).spawn().unwrap();
    let told = sweeping.pressure().unwrap_err();
    assert!(matches!(&told, PressureError::Malformed { path, .. } if *path == fake.0));
    let told = told.to_string();
    assert!(
        told.starts_with(&format!("{path} does not tell of memory pressure: ")),
        "{told}"
    );
    (0..5).for_each(|_| assert_eq!(acts.recv().unwrap(), Act::Sweep));
    assert_eq!(sweeping.sweeps().by_low_pressure, 0);

    // It may get better, vanish, and come back.
    fake.percent(0, 0);
    until(&sweeping, |now| now.is_ok());
    fs::remove_file(&fake.0).unwrap();
    let told = until(
        &sweeping,
        |now| matches!(now, Err(PressureError::Unreadable { path, .. }) if *path == fake.0),
    );
    let start = format!("memory pressure cannot be read from {path}: ");
    assert!(told.starts_with(&start), "{told}");
    let before = sweeping.sweeps().by_time;
    while sweeping.sweeps().by_time < before + 3 {
        yield_now();
    }
    fake.percent(99, 99);
    while acts.recv().unwrap() != Act::Clear {}
    until(&sweeping, |now| now.is_ok());
}

#[test]
fn one_that_was_not_asked_to_listen_says_so() {
    let sweeping = Sweeper::new().every(LATE).spawn().unwrap();
    assert!(matches!(sweeping.pressure(), Err(PressureError::NotAsked)));
    let shown = format!("{sweeping:?} {}", sweeping.sweeps());
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
        let fake = Fake::new("untouched");
        let before = fs::read(&fake.0).unwrap();
        // Of the kernel, and takes any text for a name.
        let comm = Path::new("/proc/self/comm");
        let name = fs::read(comm).unwrap();
        for path in [&fake.0, comm, Path::new("/dev/zero"), Path::new("/")] {
            let sweeper = Sweeper::new().every(SOON).on_memory_pressure_of(path);
            let sweeping = sweeper.spawn().unwrap();
            while sweeping.sweeps().by_time < 3 {
                yield_now();
            }
            assert_eq!(sweeping.pressure().is_ok(), path == fake.0);
        }
        assert_eq!(fs::read(&fake.0).unwrap(), before);
        assert_eq!(fs::read(comm).unwrap(), name);
    }

    #[test]
    fn a_fifo_that_nobody_writes_to_holds_nothing_up() {
        let fake = Fake::new("fifo");
        fs::remove_file(&fake.0).unwrap();
        let path = CString::new(fake.0.to_str().unwrap()).unwrap();
        // SAFETY: `path` is a C string.
        assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
        let sweeper = Sweeper::new().every(SOON).on_memory_pressure_of(&fake.0);
        let sweeping = sweeper.spawn().unwrap();
        assert!(matches!(
            sweeping.pressure(),
            Err(PressureError::Malformed { .. })
        ));
        while sweeping.sweeps().by_time < 3 {
            yield_now();
        }
    }

    /// Whether this process may set triggers on the system's own file; says so if not.
    fn triggers() -> bool {
        let file = fs::OpenOptions::new().read(true).write(true).open(SYSTEM);
        if let Err(error) = &file {
            println!("skipped: {SYSTEM} cannot be opened for triggers: {error}");
        }
        file.is_ok()
    }

    #[test]
    fn the_kernels_own_file_is_listened_to_while_time_goes_on() {
        if !triggers() {
            return;
        }
        let (recorder, acts) = recorder();
        let sweeper = Sweeper::new().watch(recorder).every(SOON);
        let sweeping = sweeper.on_memory_pressure_of(SYSTEM).spawn().unwrap();
        assert_eq!(sweeping.pressure().unwrap(), Path::new(SYSTEM));
        assert_eq!(acts.iter().take(10).count(), 10);
        drop(sweeping);

        let sweeping = Sweeper::new().every(LATE).on_memory_pressure().spawn();
        let source = sweeping.unwrap().pressure().unwrap();
        assert!(source.ends_with("memory.pressure") || source == Path::new(SYSTEM));
    }

    /// Makes a cgroup, listens to it, and removes it.
    #[test]
    fn a_cgroup_that_is_removed_is_told_of_and_pools_age_by_time() {
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
        let sweeping = sweeper.on_memory_pressure_of(&file).spawn().unwrap();
        let before = sweeping.pressure();
        fs::remove_dir(&group).unwrap();
        if before.is_err() {
            println!("skipped: the kernel tells of no cgroup's pressure: {before:?}");
            return;
        }
        let told = until(&sweeping, Result::is_err);
        assert!(told.contains("is no longer told by"), "{told}");
        while acts.try_recv().is_ok() {}
        (0..5).for_each(|_| assert_eq!(acts.recv().unwrap(), Act::Sweep));
    }
}
