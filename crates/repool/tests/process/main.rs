//! The sweeper of the process, in a process of its own: it would sweep the pools of other tests.
//!
//! The tests take turns, for there is one such sweeper. All of it runs again on the slots engine.

mod drops;
#[cfg(target_os = "linux")]
mod forks;
mod lifetimes;
mod sweeps;

use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::yield_now;
use std::time::Duration;

use repool::{Sweeper, Sweeping};

const SOON: Duration = Duration::from_millis(1);

/// The turn of one test.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn sweeper() -> Sweeping {
    Sweeper::new().every(SOON).spawn_for_process().unwrap()
}

/// Ends when it is so; a test that fails here hangs.
fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        yield_now();
    }
}

/// Ends when that many rounds more were done.
fn rounds(sweeping: &Sweeping, many: u64) {
    let before = sweeping.sweeps().by_time;
    until(|| sweeping.sweeps().by_time >= before + many);
}

/// Rounds within which every pool has had two turns: the clock that tells when one was swept last
/// has ticks of some milliseconds, ten at most.
const ALL_TURNS: u64 = 100;

#[test]
fn all_of_it_runs_on_slots() {
    if std::env::var_os("REPOOL_BACKEND").is_some() {
        return; // This is that run.
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .env("REPOOL_BACKEND", "slots")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "on the slots engine:\n{text}");
    assert!(text.contains("sweeps::"), "{text}");
}
