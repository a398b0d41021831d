//! What the advice reads of `repool-profile`'s extension of the format. Every field that older profilers
//! did not write is an `Option` here, and `None` means "not known".

use repool_profile::CostInterval;
pub(super) use repool_profile::proto::PREFIXES;
pub(super) use repool_profile::{AllocatorCosts, Lifetimes, LivePeak, StackLifetimes};

use super::NsInterval;

/// The lifetimes of the sampled blocks of one stack.
#[derive(Clone, Debug, Default)]
pub(super) struct LifetimeRecord {
    /// Sampled blocks that were allocated.
    pub(super) samples: u64,
    /// The part of `samples` that `realloc` allocated.
    pub(super) grown: u64,
    /// Sampled blocks that were freed.
    pub(super) frees: u64,
    /// The part of `frees` on another thread than the one that allocated the block.
    pub(super) freed_elsewhere: u64,
    /// Sampled blocks that could not be followed.
    pub(super) lost: u64,
    /// The greatest alignment of the blocks in bytes. `None` if the profiler did not write it.
    pub(super) alignment: Option<u64>,
    /// The indices, in the profile's lifetimes, of the stacks that allocated the first blocks of what grew
    /// here; empty if it is not known.
    pub(super) origins: Vec<u64>,
    /// The profiler's estimate of the peak of live blocks.
    pub(super) peak_live: u64,
    /// The sum, over all sampled allocations, of the other sampled blocks in use at that time.
    pub(super) live_at_allocs: u64,
    /// Histogram of the nanoseconds from allocation to free.
    pub(super) times: Vec<u64>,
    /// Histogram of the bytes allocated from allocation to free.
    pub(super) bytes: Vec<u64>,
    /// The peaks of the objects of all stacks that share the innermost locations of this stack; the
    /// entry at `k` is about `k + 1` locations. `None` if the profiler did not write them.
    pub(super) prefix_peaks: Option<Vec<LivePeak>>,
}

impl LifetimeRecord {
    /// The record of a stack.
    pub(super) fn of(record: &StackLifetimes) -> Self {
        Self {
            samples: record.allocs,
            grown: record.grown.min(record.allocs),
            frees: record.frees,
            freed_elsewhere: record.freed_elsewhere,
            lost: record.lost,
            alignment: (record.alignment > 0).then_some(record.alignment),
            origins: record.origins.clone(),
            peak_live: record.peak_live,
            live_at_allocs: record.live_at_allocs,
            times: record.times.clone(),
            bytes: record.bytes.clone(),
            prefix_peaks: (!record.prefix_peaks.is_empty()).then(|| record.prefix_peaks.clone()),
        }
    }
}

/// What is known of the whole profile.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ProfileFacts {
    /// Mean bytes between two samples; 1 if every block was sampled; 0 if it is not known.
    pub(super) rate: u64,
    /// Sampled blocks that could not be followed.
    pub(super) lost_samples: u64,
    /// The minor page faults of the profiled window.
    pub(super) minor_faults: Option<u64>,
    /// The time of one minor fault.
    pub(super) fault: Option<NsInterval>,
}

impl ProfileFacts {
    /// The facts of a profile; the default if `repool-prof` did not write it.
    pub(super) fn of(lifetimes: Option<&Lifetimes>) -> Self {
        lifetimes.map_or_else(Self::default, |lifetimes| Self {
            rate: lifetimes.rate,
            lost_samples: lifetimes.lost_samples,
            minor_faults: lifetimes.minor_faults,
            fault: lifetimes.fault_cost.map(interval),
        })
    }

    /// Whether every block was sampled and followed, so that no value is an estimate.
    pub(super) fn is_exact(&self) -> bool {
        self.rate == 1 && self.lost_samples == 0
    }
}

/// The number of blocks of one sample that `alloc_zeroed` allocated. `index` is that of the sample
/// among those of the stack.
pub(super) fn zeroed(record: &StackLifetimes, index: usize) -> f64 {
    let count = record.zeroed_by_size.get(index).copied();
    count.unwrap_or(0).max(0) as f64
}

/// The measured costs of one size of blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct SizeCosts {
    /// An allocation and the free of the block at once. `None` if it is not known.
    pub(super) pair: Option<NsInterval>,
    /// The same for blocks of which many are live at once.
    pub(super) cold: Option<NsInterval>,
    /// A growth to this size.
    pub(super) grown: Option<NsInterval>,
    /// A zeroed allocation and its free.
    pub(super) zeroed: Option<NsInterval>,
    /// The minor faults of a fresh block that is the last of the heap, or mapped alone.
    pub(super) faults: f64,
    /// The same for a zeroed block.
    pub(super) zeroed_faults: f64,
    /// The whole pages of a block that keeps them if it is freed alone; 0 for one that does not.
    pub(super) kept_pages: f64,
}

/// The bytes of a page.
pub(super) const PAGE: u64 = 4096;

/// The most faults of a block, so that sums stay finite whatever a profile claims.
const MAX_FAULTS: f64 = 1e9;

/// The costs of blocks of a size.
pub(super) fn costs(allocator: &AllocatorCosts, size: u64) -> SizeCosts {
    let has_intervals = has_intervals(allocator);
    // Older profilers wrote a single figure, which was up to twice the true cost of small blocks.
    let old = |ns: f64| (!has_intervals && ns > 0.0).then(|| NsInterval::around(ns, 0.5, 2.0));
    let pair = allocator.pair(size).map(interval);
    let grown = allocator.grown(size).map(interval);
    let faults = |faults: f64| faults.clamp(0.0, MAX_FAULTS).max(0.0);
    let alone = faults(allocator.faults(size));
    let zeroed_faults = faults(allocator.zeroed_faults(size));
    let keeps = alone <= 0.0 && zeroed_faults <= 0.0;
    SizeCosts {
        pair: pair.or_else(|| old(allocator.fresh_ns(size))),
        cold: allocator.cold(size).map(interval),
        grown: grown.or_else(|| old(allocator.grown_ns(size))),
        zeroed: allocator.zeroed(size).map(interval),
        faults: alone,
        zeroed_faults,
        kept_pages: if keeps {
            faults((size / PAGE) as f64)
        } else {
            0.0
        },
    }
}

/// Whether the costs were measured as intervals.
pub(super) fn has_intervals(allocator: &AllocatorCosts) -> bool {
    allocator.pairs().iter().any(|pair| pair.pair.is_some())
}

/// A measured interval.
fn interval(cost: CostInterval) -> NsInterval {
    NsInterval::of(cost.low, cost.median, cost.high)
}
