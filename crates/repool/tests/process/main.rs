//! The sweeper of the process. It is a process of its own, because the sweeper would sweep the pools of other
//! tests.
//!
//! The tests take turns, because a process has one such sweeper. All of it runs again on the slots engine.

mod drops;
#[cfg(target_os = "linux")]
mod forks;
mod lifetimes;
mod sweeps;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::yield_now;
use std::time::Duration;

use repool::{Sweeper, SweeperHandle};
use repool_testing::rerun;

const SOON: Duration = Duration::from_millis(1);

/// The turn of one test.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn sweeper() -> SweeperHandle {
    Sweeper::new().every(SOON).spawn_for_process().unwrap()
}

/// Waits until `is_so` is true. A test that fails here hangs.
fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        yield_now();
    }
}

/// Waits until that many more rounds were done.
fn rounds(handle: &SweeperHandle, many: u64) {
    let before = handle.sweeps().by_time;
    until(|| handle.sweeps().by_time >= before + many);
}

/// Rounds in which every pool is swept twice: the clock that says when a pool was swept last has ticks of at
/// most ten milliseconds.
const ALL_TURNS: u64 = 100;

#[test]
fn all_of_it_runs_on_slots() {
    if let Some(text) = rerun::all_on_slots() {
        assert!(text.contains("sweeps::"), "{text}");
    }
}
