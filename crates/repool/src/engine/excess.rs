//! Objects created while idle ones could not be reached because of contention.
//!
//! A pool that created an object at each contended get, and kept every return, would grow without end.
//! So each such object is counted as excess, and a return that finds its CPU's cache full drops one.

use crate::sync::{AtomicUsize, Ordering};

/// Number of objects to drop.
pub(crate) struct Excess(AtomicUsize);

impl Excess {
    pub(crate) fn new() -> Self {
        Excess(AtomicUsize::new(0))
    }

    /// Counts an object that was created while `idle` objects existed; the count stays at most `idle`.
    pub(crate) fn add(&self, idle: usize) {
        if self.0.fetch_add(1, Ordering::Relaxed) >= idle {
            self.try_remove();
        }
    }

    /// Whether any object is to be dropped.
    pub(crate) fn has_any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }

    /// Counts one object less; `true` if there was one to count, which the caller then has to drop.
    pub(crate) fn try_remove(&self) -> bool {
        let mut count = self.0.load(Ordering::Relaxed);
        while count > 0 {
            match self.0.compare_exchange_weak(
                count,
                count - 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => count = now,
            }
        }
        false
    }

    /// Resets the count: nothing is idle, or more objects are wanted.
    pub(crate) fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}
