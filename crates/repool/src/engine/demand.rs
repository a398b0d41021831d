//! Recent demand: the most bytes of one object that recent users needed, and the weight in bytes above
//! which an object is an outlier.
//!
//! A pool with [`fade_outliers`](crate::Pool::fade_outliers) drops outliers. A period is the time between
//! two sweeps.

use core::sync::atomic::{AtomicUsize, Ordering};

/// The factor of demand above which an object is an outlier. It must be at least 4, because a `Vec` that
/// doubles its capacity could otherwise be an outlier; 8 leaves a margin of two.
const OUTLIER_FACTOR: usize = 8;

/// The least threshold in bytes: an object of at most this weight is never an outlier.
const MIN_THRESHOLD: usize = 4096;

/// Recent demand, in bytes of one object.
pub(crate) struct Demand {
    /// The most bytes that a user needed in this period.
    current: AtomicUsize,
    /// The most bytes that a user needed in the previous period.
    previous: AtomicUsize,
    /// The weight of the object that `create` returned last. An object of this weight is never an
    /// outlier, because the pool would drop it only to create the same again.
    created: AtomicUsize,
}

impl Demand {
    pub(crate) const fn new() -> Self {
        Demand {
            current: AtomicUsize::new(0),
            previous: AtomicUsize::new(0),
            created: AtomicUsize::new(0),
        }
    }

    /// Records that a user needed `bytes` of an object.
    pub(crate) fn record(&self, bytes: usize) {
        // Loads first, because the maximum seldom changes and a load does not make the line exclusive.
        if self.current.load(Ordering::Relaxed) < bytes {
            self.current.fetch_max(bytes, Ordering::Relaxed);
        }
    }

    /// Records that `create` returned an object that weighs `bytes`.
    pub(crate) fn record_created(&self, bytes: usize) {
        self.created.store(bytes, Ordering::Relaxed);
    }

    /// Ends the current period, which becomes the previous one.
    pub(crate) fn end_period(&self) {
        let current = self.current.swap(0, Ordering::Relaxed);
        self.previous.store(current, Ordering::Relaxed);
    }

    /// The weight in bytes above which an object is an outlier.
    pub(crate) fn outlier_threshold(&self) -> usize {
        [&self.current, &self.previous, &self.created]
            .map(|bytes| bytes.load(Ordering::Relaxed).saturating_mul(OUTLIER_FACTOR))
            .into_iter()
            .fold(MIN_THRESHOLD, usize::max)
    }
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn demand_lasts_two_periods() {
        let demand = Demand::new();
        assert_eq!(demand.outlier_threshold(), MIN_THRESHOLD);
        demand.record(1 << 20);
        demand.record(1 << 10);
        assert_eq!(demand.outlier_threshold(), 8 << 20);
        demand.end_period();
        demand.record(1 << 10);
        assert_eq!(demand.outlier_threshold(), 8 << 20);
        demand.end_period();
        assert_eq!(demand.outlier_threshold(), 8 << 10);
        demand.end_period();
        assert_eq!(demand.outlier_threshold(), MIN_THRESHOLD);
    }

    #[test]
    fn a_created_object_is_never_an_outlier() {
        let demand = Demand::new();
        demand.record_created(1 << 20);
        // The multiplication saturates.
        demand.record(usize::MAX);
        assert_eq!(demand.outlier_threshold(), usize::MAX);
        demand.end_period();
        demand.end_period();
        assert_eq!(demand.outlier_threshold(), 8 << 20);
    }
}
