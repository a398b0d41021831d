//! The sweeper's thread: waits, and lets every pool age.

use core::cell::Cell;
use core::mem;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::catch_unwind;
use std::time::Instant;

use super::everywhere::Everywhere;
use super::pressure::{self, Source};
use super::psi::Level;
use super::shared::{Cause, Shared};
use super::trigger::WINDOW;

/// A pool, and what is done with it in a round.
pub(super) type Watched = Box<dyn Fn(Cause) + Send>;

thread_local! {
    /// Whether this thread runs a sweeper. Without a destructor, so that it can be asked at any time.
    static IS_SWEEPER: Cell<bool> = const { Cell::new(false) };
}

/// Whether the calling thread is a sweeper's, which must not wait for another sweeper.
pub(super) fn is_sweeper_thread() -> bool {
    IS_SWEEPER.get()
}

/// Sweeps the pools until it is told to stop, and gives them back to nobody.
pub(super) fn run(
    pools: Vec<Watched>,
    mut everywhere: Option<Everywhere>,
    every: Duration,
    mut source: Source,
    shared: &Shared,
) {
    IS_SWEEPER.set(true);
    let next = || Instant::now().checked_add(every);
    // None where that is past the end of the clock.
    let mut due = next();
    let mut calm_until = None;
    while !shared.is_stopped() {
        let left = due.map(|due| due.saturating_duration_since(Instant::now()));
        let heard = source.wait(left).unwrap_or_else(|gone| {
            shared.tell(Err(gone));
            source = Source::Nothing;
            None
        });
        let now = Instant::now();
        let cause = match heard {
            // Both levels have the same window: what is said of the lower one in a window that
            // has seen the higher adds nothing.
            Some(Level::Low) if calm_until.is_some_and(|until| now < until) => continue,
            Some(level) => level.into(),
            None if due.is_some_and(|due| now >= due) => tick(&source, shared),
            None => continue,
        };
        if cause == Cause::High {
            calm_until = now.checked_add(WINDOW);
        }
        if sweep(&pools, cause, shared) {
            // After those that are watched, which count as swept then.
            if let Some(everywhere) = &mut everywhere {
                everywhere.sweep(cause, shared);
            }
            shared.count(cause);
        }
        // From here, whatever the cause: no object is dropped for not being used in less than
        // an interval, but under pressure.
        due = next();
    }
    // One by one, so that two that panic do not meet.
    for pool in pools {
        guarded(shared, || drop(pool));
    }
}

/// What there is to be done when an interval has passed.
fn tick(source: &Source, shared: &Shared) -> Cause {
    let Source::File(path) = source else {
        return Cause::Time;
    };
    let read = pressure::read(path);
    let level = *read.as_ref().unwrap_or(&None);
    shared.tell(read.map(|_| path.clone()));
    level.map_or(Cause::Time, Cause::from)
}

/// Goes over the pools; false if it was stopped on the way.
fn sweep(pools: &[Watched], cause: Cause, shared: &Shared) -> bool {
    pools.iter().all(|pool| {
        guarded(shared, || pool(cause));
        !shared.is_stopped()
    })
}

/// Runs the user's code; a panic of its ends there.
pub(super) fn guarded(shared: &Shared, work: impl FnOnce()) {
    // What a panic leaves behind is the pool's to keep whole, not ours.
    let Err(payload) = catch_unwind(AssertUnwindSafe(work)) else {
        return;
    };
    shared.count_panic();
    // A payload may panic as it is dropped, with another: that one is left alone.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(payload);
    }
}
