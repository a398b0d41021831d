//! Objects that were made only because others were in the way.
//!
//! To miss when contended and to keep on every return would grow a pool without end. So what is
//! made that way is owed, and a return that finds the CPU's own places full pays it back.

use crate::sync::{AtomicUsize, Ordering};

/// How many objects are owed.
pub(crate) struct Surplus(AtomicUsize);

impl Surplus {
    pub(crate) fn new() -> Self {
        Surplus(AtomicUsize::new(0))
    }

    /// One more was made while `idle` were somewhere: no more than those are owed.
    pub(crate) fn owe(&self, idle: usize) {
        if self.0.fetch_add(1, Ordering::Relaxed) >= idle {
            self.pay_back();
        }
    }

    /// Whether any is owed.
    pub(crate) fn is_owed(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }

    /// Whether one was owed, which the caller now has to drop.
    pub(crate) fn pay_back(&self) -> bool {
        let mut owed = self.0.load(Ordering::Relaxed);
        while owed > 0 {
            match self
                .0
                .compare_exchange_weak(owed, owed - 1, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return true,
                Err(now) => owed = now,
            }
        }
        false
    }

    /// Nothing is owed any more: nothing is idle.
    pub(crate) fn forgive(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}
