//! The sweeper's thread: it waits for a cause, sweeps or clears every pool, and starts again.

use core::cell::Cell;
use core::mem;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::catch_unwind;
use std::time::Instant;

use super::all_pools::AllPools;
use super::pressure::{self, Source};
use super::psi::PressureLevel;
use super::shared::{Cause, SharedState};
use super::trigger::WINDOW;

/// A watched pool, as the function that a round calls for it.
pub(super) type Watched = Box<dyn Fn(Cause) + Send>;

thread_local! {
    /// Whether this thread runs a sweeper. It has no destructor, so that it can be read at any time.
    static IS_SWEEPER: Cell<bool> = const { Cell::new(false) };
}

/// Whether the calling thread is a sweeper's, which must not wait for another sweeper.
pub(super) fn is_sweeper_thread() -> bool {
    IS_SWEEPER.get()
}

/// Sweeps the pools until `shared` says to stop, and then drops them.
pub(super) fn run(
    pools: Vec<Watched>,
    mut all_pools: Option<AllPools>,
    every: Duration,
    mut source: Source,
    shared: &SharedState,
) {
    IS_SWEEPER.set(true);
    let next = || Instant::now().checked_add(every);
    // `None` if that is past the end of the clock.
    let mut due = next();
    let mut calm_until = None;
    while !shared.is_stopped() {
        let left = due.map(|due| due.saturating_duration_since(Instant::now()));
        let event = source.wait(left).unwrap_or_else(|error| {
            shared.set_pressure(Err(error));
            source = Source::None;
            None
        });
        let now = Instant::now();
        let cause = match event {
            // Both levels have the same window. An event for low pressure adds nothing in a window that
            // has had one for high pressure.
            Some(PressureLevel::Low) if calm_until.is_some_and(|until| now < until) => continue,
            Some(level) => level.into(),
            None if due.is_some_and(|due| now >= due) => tick(&source, shared),
            None => continue,
        };
        if cause == Cause::High {
            calm_until = now.checked_add(WINDOW);
        }
        if sweep(&pools, cause, shared) {
            // After the watched pools, so that these count as swept by now.
            if let Some(all_pools) = &mut all_pools {
                all_pools.sweep(cause, shared);
            }
            shared.count(cause);
        }
        // After a sweep for any cause, the interval starts again: only pressure may drop an object that
        // was unused for less than an interval.
        due = next();
    }
    // One by one, so that a panic of one does not prevent the others.
    for pool in pools {
        guarded(shared, || drop(pool));
    }
}

/// The cause of the round when an interval has passed; reads the pressure file, if there is one.
fn tick(source: &Source, shared: &SharedState) -> Cause {
    let Source::File(path) = source else {
        return Cause::Time;
    };
    let read = pressure::read(path);
    let level = *read.as_ref().unwrap_or(&None);
    shared.set_pressure(read.map(|_| path.clone()));
    level.map_or(Cause::Time, Cause::from)
}

/// Sweeps the watched pools; `false` if the sweeper was stopped before the end.
fn sweep(pools: &[Watched], cause: Cause, shared: &SharedState) -> bool {
    pools.iter().all(|pool| {
        guarded(shared, || pool(cause));
        !shared.is_stopped()
    })
}

/// Runs `work`, which calls the user's code, and catches and counts its panic.
pub(super) fn guarded(shared: &SharedState, work: impl FnOnce()) {
    // Unwind safe, because a pool stays whole if an object's code panics.
    let Err(payload) = catch_unwind(AssertUnwindSafe(work)) else {
        return;
    };
    shared.count_panic();
    // The payload's own drop may panic with a second payload, which is leaked.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(payload);
    }
}
