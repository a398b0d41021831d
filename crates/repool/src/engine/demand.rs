//! Recent demand: the bytes that recent users needed of an object. Heavier objects fade.

use core::sync::atomic::{AtomicUsize, Ordering};

/// An object is an outlier if it is heavier than demand by more than this factor. With less than four, a
/// `Vec` that doubles its capacity could be one.
const FAR: usize = 8;

/// Bytes below which no object is an outlier.
const FLOOR: usize = 4096;

/// The most bytes that any user needed, in this period between sweeps and in the one before.
pub(crate) struct Demand {
    now: AtomicUsize,
    before: AtomicUsize,
    /// Bytes of the last object that `create` returned: never an outlier, because dropping it would only
    /// create another.
    made: AtomicUsize,
}

impl Demand {
    pub(crate) const fn new() -> Self {
        Demand {
            now: AtomicUsize::new(0),
            before: AtomicUsize::new(0),
            made: AtomicUsize::new(0),
        }
    }

    /// Notes that a user needed `bytes`.
    pub(crate) fn note(&self, bytes: usize) {
        // A load before the exchange: most often there is nothing to change.
        if self.now.load(Ordering::Relaxed) < bytes {
            self.now.fetch_max(bytes, Ordering::Relaxed);
        }
    }

    /// Notes that `create` returned an object that weighs `bytes`.
    pub(crate) fn note_made(&self, bytes: usize) {
        self.made.store(bytes, Ordering::Relaxed);
    }

    /// Ends a period.
    pub(crate) fn turn(&self) {
        let now = self.now.swap(0, Ordering::Relaxed);
        self.before.store(now, Ordering::Relaxed);
    }

    /// Bytes above which an object is an outlier.
    pub(crate) fn bound(&self) -> usize {
        [&self.now, &self.before, &self.made]
            .map(|bytes| bytes.load(Ordering::Relaxed).saturating_mul(FAR))
            .into_iter()
            .fold(FLOOR, usize::max)
    }
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn demand_lasts_two_periods() {
        let demand = Demand::new();
        assert_eq!(demand.bound(), FLOOR);
        demand.note(1 << 20);
        demand.note(1 << 10);
        assert_eq!(demand.bound(), 8 << 20);
        demand.turn();
        demand.note(1 << 10);
        assert_eq!(demand.bound(), 8 << 20);
        demand.turn();
        assert_eq!(demand.bound(), 8 << 10);
        demand.turn();
        assert_eq!(demand.bound(), FLOOR);
    }

    #[test]
    fn what_create_makes_is_no_outlier() {
        let demand = Demand::new();
        demand.note_made(1 << 20);
        demand.note(usize::MAX);
        assert_eq!(demand.bound(), usize::MAX);
        demand.turn();
        demand.turn();
        assert_eq!(demand.bound(), 8 << 20);
    }
}
