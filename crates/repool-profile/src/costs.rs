//! The time that the program's allocator takes for a block, by its size, and its interpolation. The
//! profiler measures the times and writes them into profiles, for advice on what a pool would save.

use crate::cost_interval::CostInterval;

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
/// let cost = |size, fresh_ns, grown_ns| PairCost {
///     size,
///     fresh_ns,
///     grown_ns,
///     ..PairCost::default()
/// };
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

/// The costs of the blocks of one size: see [`AllocatorCosts`].
///
/// A cost that is `None`, or 0, is not known: its measurements could not be told from 0, or there
/// was no memory.
///
/// The fields are public, and a value can be built and updated from `default()`, because tools read
/// costs from files and make them up in tests; a field that is added is a breaking change.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PairCost {
    /// Bytes of the block.
    pub size: u64,
    /// Nanoseconds for a fresh block, less those for one that is kept: the median of `pair`.
    pub fresh_ns: f64,
    /// Additional nanoseconds if a block of half the size grows to this size: the median of `grown`.
    pub grown_ns: f64,
    /// An allocation of memory that was freed shortly before.
    pub alloc: Option<CostInterval>,
    /// The free of such a block.
    pub free: Option<CostInterval>,
    /// A fresh block, less one that is kept; of blocks that are freed at once and of a few that are in
    /// use together.
    pub pair: Option<CostInterval>,
    /// As `pair`, for many blocks that are in use at once.
    pub cold: Option<CostInterval>,
    /// A block of half the size that grows to this size, in place if the allocator can extend a block
    /// behind which no other is. Up to 1 KiB also of a few blocks that grow together.
    pub grown: Option<CostInterval>,
    /// An allocation by `alloc_zeroed` and the free, without writing to the block.
    pub zeroed: Option<CostInterval>,
    /// Mean minor page faults of a fresh block that is written as a whole and is the last of the
    /// heap.
    pub faults: f64,
    /// As `faults`, of a block allocated by `alloc_zeroed`. More than `faults` if the allocator
    /// exchanges its pages for zeroed ones of the system.
    pub zeroed_faults: f64,
}

impl PairCost {
    fn is_sane(&self) -> bool {
        let sane = |ns: f64| ns.is_finite() && ns >= 0.0;
        let faults = [self.faults, self.zeroed_faults];
        self.size > 0 && sane(self.fresh_ns) && sane(self.grown_ns) && faults.into_iter().all(sane)
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
    /// Interpolates linearly between two sizes of which the cost is known. Below the smallest size
    /// the result is that of the smallest; above the largest it is proportional to the size. 0 if it
    /// is known for no size.
    #[must_use]
    pub fn fresh_ns(&self, size: u64) -> f64 {
        self.median(size, |pair| pair.fresh_ns)
    }

    /// Additional nanoseconds if a block of half the size grows to `size` bytes, interpolated as
    /// [`fresh_ns`](AllocatorCosts::fresh_ns).
    #[must_use]
    pub fn grown_ns(&self, size: u64) -> f64 {
        self.median(size, |pair| pair.grown_ns)
    }

    /// The cost of an allocation of `size` bytes; `None` if it is not known.
    ///
    /// All intervals are interpolated linearly between the two nearest sizes that were measured, and
    /// are known if they are for both. Below the smallest size and above the largest they are those
    /// of [`fresh_ns`](AllocatorCosts::fresh_ns).
    ///
    /// ```
    /// use repool_profile::{AllocatorCosts, CostInterval, PairCost};
    ///
    /// let cost = |size, ns| PairCost {
    ///     size,
    ///     alloc: CostInterval::new(0.5 * ns, ns, 2.0 * ns),
    ///     ..PairCost::default()
    /// };
    /// let costs = AllocatorCosts::new([cost(64, 20.0), cost(256, 26.0)]).expect("costs");
    /// assert_eq!(costs.alloc(128), CostInterval::new(11.0, 22.0, 44.0));
    /// assert_eq!(costs.free(128), None);
    /// ```
    #[must_use]
    pub fn alloc(&self, size: u64) -> Option<CostInterval> {
        self.interval(size, |pair| pair.alloc)
    }

    /// The cost of the free of a block of `size` bytes; `None` if it is not known.
    #[must_use]
    pub fn free(&self, size: u64) -> Option<CostInterval> {
        self.interval(size, |pair| pair.free)
    }

    /// The interval of [`fresh_ns`](AllocatorCosts::fresh_ns); `None` if it is not known.
    #[must_use]
    pub fn pair(&self, size: u64) -> Option<CostInterval> {
        self.interval(size, |pair| pair.pair)
    }

    /// As [`pair`](AllocatorCosts::pair), for many blocks that are in use at once.
    #[must_use]
    pub fn cold(&self, size: u64) -> Option<CostInterval> {
        self.interval(size, |pair| pair.cold)
    }

    /// The interval of [`grown_ns`](AllocatorCosts::grown_ns); `None` if it is not known.
    #[must_use]
    pub fn grown(&self, size: u64) -> Option<CostInterval> {
        self.interval(size, |pair| pair.grown)
    }

    /// The cost to allocate a zeroed block of `size` bytes and to free it, without writing to it;
    /// `None` if it is not known.
    #[must_use]
    pub fn zeroed(&self, size: u64) -> Option<CostInterval> {
        self.interval(size, |pair| pair.zeroed)
    }

    /// Minor page faults of a fresh block of `size` bytes that is written as a whole and is the last
    /// of the heap, so that the allocator may have returned its memory to the system; interpolated
    /// as [`fresh_ns`](AllocatorCosts::fresh_ns).
    #[must_use]
    pub fn faults(&self, size: u64) -> f64 {
        read(&self.pairs, size, |pair| pair.faults)
    }

    /// As [`faults`](AllocatorCosts::faults), of a block allocated by `alloc_zeroed`.
    #[must_use]
    pub fn zeroed_faults(&self, size: u64) -> f64 {
        read(&self.pairs, size, |pair| pair.zeroed_faults)
    }

    /// A median, interpolated between the sizes for which it is known.
    fn median(&self, size: u64, ns: impl Fn(&PairCost) -> f64) -> f64 {
        let known = |pair: &&PairCost| ns(pair) > 0.0;
        let pairs: Vec<PairCost> = self.pairs.iter().filter(known).copied().collect();
        read(&pairs, size, ns)
    }

    fn interval(
        &self,
        size: u64,
        of: impl Fn(&PairCost) -> Option<CostInterval>,
    ) -> Option<CostInterval> {
        let (below, above, way) = nearest(&self.pairs, size)?;
        Some(if way > 1.0 {
            of(below)?.times(way)
        } else {
            of(below)?.towards(of(above)?, way)
        })
    }
}

/// The measured sizes between which `size` is, and its share of the way from one to the other. For a
/// size above the largest that one twice, and the ratio to it, which is more than 1. `None` without
/// measured sizes.
fn nearest(pairs: &[PairCost], size: u64) -> Option<(&PairCost, &PairCost, f64)> {
    let (smaller, others) = pairs.split_at(pairs.partition_point(|pair| pair.size < size));
    match (smaller.last(), others.first()) {
        (_, Some(same)) if same.size == size => Some((same, same, 0.0)),
        (Some(below), Some(above)) => {
            let way = (size - below.size) as f64 / (above.size - below.size) as f64;
            Some((below, above, way))
        }
        (Some(largest), None) => Some((largest, largest, size as f64 / largest.size as f64)),
        (None, smallest) => smallest.map(|pair| (pair, pair, 0.0)),
    }
}

/// A figure of `pairs` for `size` bytes; 0 without pairs.
fn read(pairs: &[PairCost], size: u64, of: impl Fn(&PairCost) -> f64) -> f64 {
    nearest(pairs, size).map_or(0.0, |(below, above, way)| {
        if way > 1.0 {
            of(below) * way
        } else {
            of(below) + way * (of(above) - of(below))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(size: u64, fresh_ns: f64, grown_ns: f64) -> PairCost {
        PairCost {
            size,
            fresh_ns,
            grown_ns,
            ..PairCost::default()
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
        let good = [pair(64, 1.0, 2.0), pair(64, 7.0, 7.0)];
        let costs = AllocatorCosts::new(none().chain(good)).expect("costs");
        assert_eq!(costs.pairs(), [good[0]]);
    }

    #[test]
    fn what_is_unknown_is_not_zero() {
        let pairs = [
            pair(16, 10.0, 0.0),
            pair(64, 0.0, 0.0),
            pair(112, 40.0, 5.0),
        ];
        let costs = AllocatorCosts::new(pairs).expect("costs");
        // Between the sizes for which it is known.
        assert_eq!(costs.fresh_ns(64), 25.0);
        assert_eq!(costs.grown_ns(16), 5.0);
        let unknown = AllocatorCosts::new([pair(64, 0.0, 0.0)]).expect("a size");
        assert_eq!(unknown.fresh_ns(64), 0.0);
        assert_eq!(unknown.pair(64), None);
    }

    #[test]
    fn an_interval_is_known_between_two_sizes_that_are() {
        let with = |size, pair: Option<CostInterval>| PairCost {
            size,
            pair,
            ..PairCost::default()
        };
        let known = |ns: f64| CostInterval::new(ns / 2.0, ns, ns * 3.0);
        let costs = AllocatorCosts::new([
            with(100, known(10.0)),
            with(300, known(30.0)),
            with(500, None),
            with(700, known(50.0)),
        ]);
        let costs = costs.expect("costs");
        for (size, ns) in [
            (1, 10.0),
            (100, 10.0),
            (200, 20.0),
            (300, 30.0),
            (1400, 100.0),
        ] {
            assert_eq!(costs.pair(size), known(ns), "{size}");
        }
        for size in [301, 499, 500, 501, 699] {
            assert_eq!(costs.pair(size), None, "{size}");
        }
    }
}
