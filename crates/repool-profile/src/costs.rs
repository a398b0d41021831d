//! The time that the program's allocator takes for a block, by its size, and its interpolation. The
//! profiler measures the times and writes them into profiles, for advice on what a pool would save.

/// The time that an allocator takes for blocks, measured for a few sizes and interpolated for all.
///
/// - The cost of a *fresh* block is the time to allocate it, write to each of its cache lines and
///   free it, less the time to write the same to a block that is kept. It is what keeping the block
///   would save.
/// - The cost of a *grown* block is what one more growth adds. A block that begins with 8 bytes and
///   doubles until it has this size, with its new half written each time, takes so much longer than
///   a block that stops at half the size.
///
/// So the cost of a buffer that begins with 64 bytes and grows to 256 is:
///
/// ```
/// use repool_profile::{AllocatorCosts, PairCost};
///
/// let cost = |size, fresh_ns, grown_ns| PairCost { size, fresh_ns, grown_ns };
/// let costs = AllocatorCosts::new([cost(64, 20.0, 30.0), cost(256, 26.0, 42.0)]);
/// let costs = costs.expect("these are costs");
///
/// let chain = costs.fresh_ns(64) + costs.grown_ns(128) + costs.grown_ns(256);
/// assert_eq!(chain, 20.0 + 34.0 + 42.0);
/// ```
///
/// All figures are the allocator's best case: each block is freed at once, on the thread that
/// allocated it.
#[derive(Clone, Debug, PartialEq)]
pub struct AllocatorCosts {
    /// By size; not empty.
    pairs: Vec<PairCost>,
}

/// The cost of one allocation and free of a size: see [`AllocatorCosts`].
///
/// The fields are public, and a value can be built, because tools read costs from files and make
/// them up in tests; a field that is added is a breaking change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairCost {
    /// Bytes of the block.
    pub size: u64,
    /// Nanoseconds for a fresh block, less those for one that is kept.
    pub fresh_ns: f64,
    /// Additional nanoseconds if a block of half the size grows to this size.
    pub grown_ns: f64,
}

impl PairCost {
    fn is_sane(&self) -> bool {
        let sane = |ns: f64| ns.is_finite() && ns >= 0.0;
        self.size > 0 && sane(self.fresh_ns) && sane(self.grown_ns)
    }
}

impl AllocatorCosts {
    /// Costs from measurements in any order. Leaves out sizes of 0, repeated sizes after the first,
    /// and figures below 0 or not finite. `None` if nothing remains.
    #[must_use]
    pub fn new(pairs: impl IntoIterator<Item = PairCost>) -> Option<Self> {
        let mut pairs: Vec<PairCost> = pairs.into_iter().filter(PairCost::is_sane).collect();
        pairs.sort_by_key(|pair| pair.size);
        pairs.dedup_by_key(|pair| pair.size);
        (!pairs.is_empty()).then_some(Self { pairs })
    }

    /// The sizes that were measured, the smallest first.
    #[must_use]
    pub fn pairs(&self) -> &[PairCost] {
        &self.pairs
    }

    /// Nanoseconds for a fresh block of `size` bytes, less those for one that is kept.
    ///
    /// Interpolates linearly between two measured sizes. Below the smallest size the result is that
    /// of the smallest; above the largest it is proportional to the size.
    #[must_use]
    pub fn fresh_ns(&self, size: u64) -> f64 {
        self.read(size, |pair| pair.fresh_ns)
    }

    /// Additional nanoseconds if a block of half the size grows to `size` bytes, interpolated as
    /// [`fresh_ns`](AllocatorCosts::fresh_ns).
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
    fn costs_between_two_sizes_are_interpolated() {
        let pairs = [pair(1000, 30.0, 100.0), pair(100, 10.0, 200.0)];
        let costs = AllocatorCosts::new(pairs).expect("costs");
        let read = [100, 550, 1000].map(|size| (costs.fresh_ns(size), costs.grown_ns(size)));
        assert_eq!(read, [(10.0, 200.0), (20.0, 150.0), (30.0, 100.0)]);
    }

    #[test]
    fn costs_beyond_the_ends_are_constant_or_proportional() {
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
}
