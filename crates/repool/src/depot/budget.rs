//! The budget: what a depot may hold, and what it holds.

use super::magazine::{Magazine, weight};
use crate::sync::{AtomicUsize, Ordering};

/// Counts the objects and bytes that a depot holds, if there is a bound.
pub(crate) struct Budget {
    held: AtomicUsize,
    held_bytes: AtomicUsize,
    /// Most objects; `usize::MAX` for no bound.
    most: usize,
    /// Most bytes; `usize::MAX` for no bound.
    most_bytes: usize,
}

impl Budget {
    pub(crate) fn new(most: usize, most_bytes: usize) -> Self {
        Budget {
            held: AtomicUsize::new(0),
            held_bytes: AtomicUsize::new(0),
            most,
            most_bytes,
        }
    }

    /// Whether anything is counted.
    pub(crate) fn is_bounded(&self) -> bool {
        self.most != usize::MAX || self.is_bounded_in_bytes()
    }

    fn is_bounded_in_bytes(&self) -> bool {
        self.most_bytes != usize::MAX
    }

    /// Counts objects in; says whether they are within the budget.
    pub(crate) fn count_in(&self, count: usize, bytes: usize) -> bool {
        if !self.is_bounded() {
            return true;
        }
        let before = self.held.fetch_add(count, Ordering::Relaxed);
        let fits = before.saturating_add(count) <= self.most;
        if !self.is_bounded_in_bytes() {
            return fits;
        }
        let before = self.held_bytes.fetch_add(bytes, Ordering::Relaxed);
        fits && before.saturating_add(bytes) <= self.most_bytes
    }

    pub(crate) fn count_out(&self, count: usize, bytes: usize) {
        if self.is_bounded() {
            self.held.fetch_sub(count, Ordering::Relaxed);
        }
        if self.is_bounded_in_bytes() {
            self.held_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    /// Counts a magazine in; says whether it is within the budget.
    pub(crate) fn count_magazine_in(&self, magazine: &Magazine) -> bool {
        let bytes = match self.is_bounded_in_bytes() {
            // SAFETY: each caller owns the magazine (M1); there is a bound in bytes (W1).
            true => unsafe { magazine.weigh() },
            false => 0,
        };
        self.count_in(magazine.count(), bytes)
    }

    /// Counts a magazine out, by what it weighed when it was counted in.
    pub(crate) fn count_magazine_out(&self, magazine: &Magazine) {
        self.count_out(magazine.count(), magazine.weighed());
    }

    /// Bytes that an object weighs; 0 without a bound in bytes. For its owner.
    pub(crate) fn weight_of(&self, object: *mut ()) -> usize {
        match self.is_bounded_in_bytes() {
            // SAFETY: there is a bound in bytes and the object is the caller's (W1).
            true => unsafe { weight(object) },
            false => 0,
        }
    }

    /// Resets the counts to 0.
    pub(crate) fn reset(&self) {
        self.held.store(0, Ordering::Relaxed);
        self.held_bytes.store(0, Ordering::Relaxed);
    }

    /// Objects; 0 without a bound.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Bytes; 0 without a bound in bytes.
    pub(crate) fn held_bytes(&self) -> usize {
        self.held_bytes.load(Ordering::Relaxed)
    }

    /// Whether no more is held than may be.
    pub(crate) fn has_room(&self) -> bool {
        self.held() <= self.most && self.held_bytes() <= self.most_bytes
    }
}
