//! What a block costs with the allocator that is installed, by its size.

mod measure;

use std::sync::OnceLock;

/// What allocating takes in a program, with the allocator that is installed there.
///
/// That is measured for a few sizes, and read for any. A *fresh* block of a size takes what is spent
/// on asking for it, writing to each of its cache lines and freeing it, less what writing the same
/// to a block that is kept takes: so it is what keeping the block would save. A *grown* block takes
/// what it adds to that: a block that begins with 8 bytes and doubles until it has this size, its
/// new half written each time, takes so much more than one that stops at half the size. So a buffer
/// that begins with 64 bytes and grows to 256 takes:
///
/// ```
/// use repool_prof::{AllocatorCosts, PairCost};
///
/// let cost = |size, fresh_ns, grown_ns| PairCost { size, fresh_ns, grown_ns };
/// let costs = AllocatorCosts::new([cost(64, 20.0, 30.0), cost(256, 26.0, 42.0)]);
/// let costs = costs.expect("these are costs");
///
/// let chain = costs.fresh_ns(64) + costs.grown_ns(128) + costs.grown_ns(256);
/// assert_eq!(chain, 20.0 + 34.0 + 42.0);
/// ```
///
/// All of it is the allocator at its best, which gets each block back at once and on the thread that
/// asked for it.
#[derive(Clone, Debug, PartialEq)]
pub struct AllocatorCosts {
    /// By size; not empty.
    pairs: Vec<PairCost>,
}

/// What a block of one size takes from its beginning to its end: see [`AllocatorCosts`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairCost {
    /// Bytes of the block.
    pub size: u64,
    /// Nanoseconds for a fresh one, over those for one that is kept.
    pub fresh_ns: f64,
    /// Nanoseconds more if a block of half the size, however it came, grows into one of this.
    pub grown_ns: f64,
}

impl PairCost {
    fn is_sane(&self) -> bool {
        let sane = |ns: f64| ns.is_finite() && ns >= 0.0;
        self.size > 0 && sane(self.fresh_ns) && sane(self.grown_ns)
    }
}

impl AllocatorCosts {
    /// What is known of these sizes, in any order. Left out are sizes of 0, those that came before,
    /// and figures that are no times: below 0, or no numbers. `None` if nothing is left.
    #[must_use]
    pub fn new(pairs: impl IntoIterator<Item = PairCost>) -> Option<Self> {
        let mut pairs: Vec<PairCost> = pairs.into_iter().filter(PairCost::is_sane).collect();
        pairs.sort_by_key(|pair| pair.size);
        pairs.dedup_by_key(|pair| pair.size);
        (!pairs.is_empty()).then_some(Self { pairs })
    }

    /// Measures the allocator of this program, for sizes from 16 bytes to 1 MiB.
    ///
    /// That is done once in a process, on the thread that asks first, while others wait; it takes
    /// about 3 ms in a release build, and at most some 3 MiB. None of it is in a profile, but that
    /// thread's [`Counters`](crate::Counters) see it, and so does the allocator: glibc's keeps
    /// large blocks for longer once one was freed. Sizes for which there is no memory are left out;
    /// `None` if there is none at all.
    ///
    /// ```
    /// let costs = repool_prof::AllocatorCosts::measure().expect("there is memory");
    /// assert!(costs.fresh_ns(4096) >= 0.0);
    /// ```
    #[must_use]
    pub fn measure() -> Option<&'static Self> {
        static MEASURED: OnceLock<Option<AllocatorCosts>> = OnceLock::new();
        MEASURED.get_or_init(|| Self::new(measure::all())).as_ref()
    }

    /// The sizes that were measured, the smallest first.
    #[must_use]
    pub fn pairs(&self) -> &[PairCost] {
        &self.pairs
    }

    /// Nanoseconds for a fresh block of `size` bytes, over those for one that is kept.
    ///
    /// Between two sizes that were measured they are on the line from the one to the other. Below
    /// the smallest they are those of the smallest, beyond the largest in proportion to the size.
    #[must_use]
    pub fn fresh_ns(&self, size: u64) -> f64 {
        self.read(size, |pair| pair.fresh_ns)
    }

    /// Nanoseconds more if a block of half the size, however it came, grows into one of `size`
    /// bytes; read as those of [`fresh_ns`](AllocatorCosts::fresh_ns).
    #[must_use]
    pub fn grown_ns(&self, size: u64) -> f64 {
        self.read(size, |pair| pair.grown_ns)
    }

    fn read(&self, size: u64, ns: impl Fn(&PairCost) -> f64) -> f64 {
        let (smaller, others) = self
            .pairs
            .split_at(self.pairs.partition_point(|pair| pair.size < size));
        match (smaller.last(), others.first()) {
            (Some(below), Some(above)) => {
                let way = (size - below.size) as f64 / (above.size - below.size) as f64;
                ns(below) + way * (ns(above) - ns(below))
            }
            (Some(largest), None) => ns(largest) * (size as f64 / largest.size as f64),
            (None, smallest) => smallest.map_or(0.0, ns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(size: u64, fresh_ns: f64, grown_ns: f64) -> PairCost {
        PairCost {
            size,
            fresh_ns,
            grown_ns,
        }
    }

    #[test]
    fn what_lies_between_two_sizes_is_on_a_line() {
        let pairs = [pair(1000, 30.0, 100.0), pair(100, 10.0, 200.0)];
        let costs = AllocatorCosts::new(pairs).expect("costs");
        let read = [100, 550, 1000].map(|size| (costs.fresh_ns(size), costs.grown_ns(size)));
        assert_eq!(read, [(10.0, 200.0), (20.0, 150.0), (30.0, 100.0)]);
    }

    #[test]
    fn beyond_the_ends_it_stays_or_goes_on() {
        let pairs = [pair(16, 10.0, 20.0), pair(1 << 20, 800.0, 900.0)];
        let costs = AllocatorCosts::new(pairs).expect("costs");
        for size in [0, 1, 16] {
            assert_eq!((costs.fresh_ns(size), costs.grown_ns(size)), (10.0, 20.0));
        }
        assert_eq!(costs.fresh_ns(4 << 20), 3200.0);
        assert_eq!(costs.grown_ns(3 << 19), 1350.0);
        assert!(costs.fresh_ns(u64::MAX).is_finite());
    }

    #[test]
    fn what_is_no_time_is_left_out() {
        let bad = [f64::NAN, f64::INFINITY, -1.0].map(|ns| pair(32, ns, 1.0));
        let worse = bad.map(|pair| PairCost {
            fresh_ns: 1.0,
            grown_ns: pair.fresh_ns,
            ..pair
        });
        let none = || bad.into_iter().chain(worse).chain([pair(0, 1.0, 1.0)]);
        assert_eq!(AllocatorCosts::new(none()), None);
        let good = [pair(64, 0.0, 2.0), pair(64, 7.0, 7.0)];
        let costs = AllocatorCosts::new(none().chain(good)).expect("costs");
        assert_eq!(costs.pairs(), [good[0]]);
        assert_eq!(costs.fresh_ns(1000), 0.0);
    }

    #[test]
    fn every_size_is_measured_once() {
        let costs = AllocatorCosts::measure().expect("there is memory");
        let sizes: Vec<u64> = costs.pairs().iter().map(|pair| pair.size).collect();
        assert_eq!(
            sizes,
            (0..9).map(|power| 16 << (2 * power)).collect::<Vec<_>>()
        );
        // Not measured again: that would give other figures.
        let again = AllocatorCosts::measure().expect("as before");
        assert!(std::ptr::eq(costs, again));
        // Whatever the noise.
        assert!(measure::all().iter().all(PairCost::is_sane));
    }
}
