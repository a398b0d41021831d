//! Who has objects in hand that others may look for.

use crate::sync::{AtomicUsize, Ordering};

/// Counts calls that have taken objects from one place and not yet put them where others find
/// them. Each slot has its own, so that raising a hand costs no cache line of another CPU's.
pub(crate) struct Hands(AtomicUsize);

impl Hands {
    pub(crate) fn new() -> Self {
        Hands(AtomicUsize::new(0))
    }

    /// Says until dropped that the caller has something in hand.
    pub(crate) fn raise(&self) -> InHand<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        InHand(self)
    }

    /// Whether any is raised.
    pub(crate) fn are_raised(&self) -> bool {
        // A forked child that forgot what the parent's threads held may count below zero.
        self.0.load(Ordering::Relaxed).cast_signed() > 0
    }

    /// None is raised: the threads that did are another process's.
    pub(crate) fn forget(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// See [`Hands::raise`].
pub(crate) struct InHand<'a>(&'a Hands);

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
