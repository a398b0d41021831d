//! [`Lifetimes`]: what a profile says of the lifetimes of blocks, as plain data. `proto` has the same
//! as messages, which are what a file carries.

use crate::cost_interval::CostInterval;
use crate::costs::{AllocatorCosts, PairCost};

/// The number of buckets of a histogram of lifetimes: see [`StackLifetimes::times`].
///
/// The last bucket begins at 2^39: nine minutes in nanoseconds, or 512 GiB.
pub const BUCKETS: usize = 40;

/// The lifetimes of the sampled blocks of each stack of a profile, and the costs of the allocator.
///
/// ```
/// use repool_profile::{Lifetimes, proto};
///
/// let lifetimes = Lifetimes::from(proto::Lifetimes {
///     rate: 1,
///     operations: 100,
///     ..proto::Lifetimes::default()
/// });
/// assert_eq!((lifetimes.rate, lifetimes.operations), (1, 100));
/// assert_eq!(lifetimes.allocator_costs(), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Lifetimes {
    /// Mean bytes between two samples; 1 if every block was sampled.
    pub rate: u64,
    /// The lifetimes of each stack, in the order of the samples.
    pub stacks: Vec<StackLifetimes>,
    /// The costs of the program's allocator by size; empty if they were not measured.
    /// [`allocator_costs`](Lifetimes::allocator_costs) interpolates.
    pub costs: Vec<PairCost>,
    /// How many operations (requests, lines) the profile covers; 0 if unknown.
    pub operations: u64,
    /// 1 if the profile has the fields that follow, and those of [`StackLifetimes`] from
    /// [`lost`](StackLifetimes::lost) on. 0 in profiles of older writers: there all of these are 0,
    /// empty or `None`, and unknown.
    pub version: u32,
    /// Sampled blocks that could not be followed until their free, because the profiler's table of
    /// live blocks was full. They count as allocated, not as in use, and are in no lifetime and no
    /// peak. If it is not 0, these are too low, also at a rate of 1.
    pub lost_samples: u64,
    /// Minor page faults of the process in the time that the profile covers, less an estimate of the
    /// profiler's own. `None` if unknown.
    pub minor_faults: Option<u64>,
    /// Nanoseconds for one minor fault of a page of anonymous memory: the kernel is entered, zeroes
    /// the page, and later gets it back. `None` if unknown.
    pub fault_cost: Option<CostInterval>,
}

impl Lifetimes {
    /// The costs of the profiled program's allocator; `None` if they were not measured.
    #[must_use]
    pub fn allocator_costs(&self) -> Option<AllocatorCosts> {
        AllocatorCosts::new(self.costs.iter().copied())
    }
}

/// Lifetimes of the sampled blocks of one stack, in [`Lifetimes::stacks`].
///
/// If stacks that differ only in frames that are left out were merged, the figures are sums.
/// Peaks are then upper bounds, as they may be at different times.
///
/// `allocs`, `frees`, `freed_elsewhere`, `live_at_allocs`, `grown`, `lost`, `peak_live_samples`,
/// `prefix_peaks` and the histograms count samples; `peak_live` and what ends in `_objects` or `_bytes`
/// estimate all blocks. The numbers are as the file claims.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StackLifetimes {
    /// The index in the profile's samples of the first sample of this stack.
    pub first_sample: u64,
    /// How many samples this stack has. They follow each other.
    pub samples: u64,
    /// Sampled blocks that were allocated.
    pub allocs: u64,
    /// Sampled blocks that were freed.
    pub frees: u64,
    /// The part of `frees` on another thread than the one that allocated the block.
    pub freed_elsewhere: u64,
    /// Estimate of the most blocks in use at once.
    pub peak_live: u64,
    /// The sum, over all allocations, of the number of other sampled blocks in use at that time.
    pub live_at_allocs: u64,
    /// Estimate of the blocks that were freed: `alloc_objects` less `inuse_objects` of the samples.
    pub freed_objects: i64,
    /// Estimate of the bytes that were freed: `alloc_space` less `inuse_space` of the samples.
    pub freed_bytes: i64,
    /// Histogram of the nanoseconds from allocation to free. Bucket 0 holds the values 0 and 1, bucket
    /// *n* those from 2^n to 2^(n+1) - 1, and the last of [`BUCKETS`] also all larger ones. Empty
    /// buckets at the end are left out.
    pub times: Vec<u64>,
    /// Histogram, with the same buckets, of the bytes allocated between allocation and free.
    pub bytes: Vec<u64>,
    /// The part of `allocs` that came by `realloc` of another block.
    pub grown: u64,
    /// Estimate of the blocks that came by `realloc`: a part of the samples' `alloc_objects`.
    pub grown_objects: i64,
    /// Estimate of the bytes of `grown_objects`: a part of the samples' `alloc_space`.
    pub grown_bytes: i64,
    /// `grown_objects` by size: one for each of this stack's samples, in their order. Empty if all
    /// are 0.
    pub grown_by_size: Vec<i64>,
    /// Sampled blocks of this stack that could not be followed: a part of
    /// [`lost_samples`](Lifetimes::lost_samples). They are in no other figure here.
    pub lost: u64,
    /// The most sampled blocks in use at once, of which `peak_live` is the extrapolation.
    pub peak_live_samples: u64,
    /// For the innermost location, for the two innermost, and so on: the peak of the objects of all
    /// stacks of the profile that begin with these locations.
    ///
    /// At most [`proto::PREFIXES`](crate::proto::PREFIXES) entries. For more locations the last entry
    /// is an upper bound. Empty if unknown.
    pub prefix_peaks: Vec<LivePeak>,
    /// Estimate of the blocks that came by `alloc_zeroed`: a part of the samples' `alloc_objects`.
    pub zeroed_objects: i64,
    /// Estimate of the bytes of `zeroed_objects`: a part of the samples' `alloc_space`.
    pub zeroed_bytes: i64,
    /// `zeroed_objects` by size, as `grown_by_size`.
    pub zeroed_by_size: Vec<i64>,
    /// The greatest alignment of the sampled blocks in bytes; 0 if unknown. Those of `Vec<u8>` and
    /// `String` have 1.
    pub alignment: u64,
    /// The indices in [`Lifetimes::stacks`] of the stacks that allocated the first blocks of the buffers
    /// that grew here, as far as they were sampled. Empty if unknown, or if there are many.
    pub origins: Vec<u64>,
}

/// The peak of the live objects of all stacks that begin with the same locations, in
/// [`StackLifetimes::prefix_peaks`].
///
/// An *object* is a block and the blocks that replace it by `realloc`. It counts at the stack that
/// allocated its first block, if that block was sampled. So a stack that only grows the objects of
/// others has none, and a vector that grows is one object.
///
/// Counts sampled objects, not extrapolated. At a rate of 1, without lost samples, the figures are
/// exact, except that peaks are added if stacks that differ only in frames that are left out were
/// merged: they are then upper bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LivePeak {
    /// The most objects in use at once.
    pub objects: u64,
    /// The most objects in use at once that one thread allocated. An object counts until it is freed,
    /// on whichever thread. If [`threads`](LivePeak::threads) is
    /// [`MAX_THREADS`](LivePeak::MAX_THREADS) it may be too high.
    pub objects_of_thread: u64,
    /// How many threads allocated objects. [`MAX_THREADS`](LivePeak::MAX_THREADS) stands for as many
    /// or more.
    pub threads: u32,
}

impl LivePeak {
    /// The highest value of [`threads`](LivePeak::threads).
    pub const MAX_THREADS: u32 = 16;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto;

    #[test]
    fn every_field_is_that_of_the_message() {
        let interval = |low| CostInterval::new(low, low + 0.5, low + 1.0);
        let message_interval = |low| {
            Some(proto::CostInterval {
                low,
                median: low + 0.5,
                high: low + 1.0,
            })
        };
        let message = proto::Lifetimes {
            rate: 1,
            operations: 2,
            costs: vec![proto::PairCost {
                size: 16,
                fresh_ns: 3.0,
                grown_ns: 4.0,
                alloc: message_interval(1.0),
                free: message_interval(2.0),
                pair: message_interval(3.0),
                cold: message_interval(4.0),
                grown: message_interval(5.0),
                // Is no interval.
                zeroed: message_interval(0.0),
                faults: 6.0,
                zeroed_faults: Some(7.0),
            }],
            version: 20,
            lost_samples: 21,
            minor_faults: Some(22),
            fault_cost: message_interval(23.0),
            stacks: vec![proto::StackLifetimes {
                first_sample: 5,
                samples: 6,
                allocs: 7,
                frees: 8,
                freed_elsewhere: 9,
                peak_live: 10,
                live_at_allocs: 11,
                freed_objects: 12,
                freed_bytes: 13,
                times: vec![14],
                bytes: vec![15],
                grown: 16,
                grown_objects: 17,
                grown_bytes: 18,
                grown_by_size: vec![19],
                lost: 24,
                peak_live_samples: 25,
                prefix_peaks: vec![proto::LivePeak {
                    objects: 26,
                    objects_of_thread: 27,
                    threads: 28,
                }],
                zeroed_objects: 29,
                zeroed_bytes: 30,
                zeroed_by_size: vec![31],
                alignment: 32,
                origins: vec![33],
            }],
        };
        let plain = Lifetimes::from(message.clone());
        assert_eq!(plain.allocator_costs(), message.allocator_costs());
        let expected = Lifetimes {
            rate: 1,
            operations: 2,
            costs: vec![PairCost {
                size: 16,
                fresh_ns: 3.0,
                grown_ns: 4.0,
                alloc: interval(1.0),
                free: interval(2.0),
                pair: interval(3.0),
                cold: interval(4.0),
                grown: interval(5.0),
                zeroed: None,
                faults: 6.0,
                zeroed_faults: 7.0,
            }],
            version: 20,
            lost_samples: 21,
            minor_faults: Some(22),
            fault_cost: interval(23.0),
            stacks: vec![StackLifetimes {
                first_sample: 5,
                samples: 6,
                allocs: 7,
                frees: 8,
                freed_elsewhere: 9,
                peak_live: 10,
                live_at_allocs: 11,
                freed_objects: 12,
                freed_bytes: 13,
                times: vec![14],
                bytes: vec![15],
                grown: 16,
                grown_objects: 17,
                grown_bytes: 18,
                grown_by_size: vec![19],
                lost: 24,
                peak_live_samples: 25,
                prefix_peaks: vec![LivePeak {
                    objects: 26,
                    objects_of_thread: 27,
                    threads: 28,
                }],
                zeroed_objects: 29,
                zeroed_bytes: 30,
                zeroed_by_size: vec![31],
                alignment: 32,
                origins: vec![33],
            }],
        };
        assert_eq!(plain, expected);
    }

    /// Readers limit the memory of a file's lifetimes before they decode them.
    #[test]
    fn a_conversion_reuses_the_allocation_of_the_messages() {
        let message = proto::Lifetimes {
            stacks: vec![proto::StackLifetimes::default(); 100],
            ..proto::Lifetimes::default()
        };
        let before = message.stacks.as_ptr().addr();
        let plain = Lifetimes::from(message);
        assert_eq!(plain.stacks.as_ptr().addr(), before);
    }
}
