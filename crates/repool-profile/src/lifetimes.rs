//! [`Lifetimes`]: what a profile says of the lifetimes of blocks, as plain data. `proto` has the same
//! as messages, which are what a file carries.

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
/// `peak_live` is then an upper bound, as their peaks may be at different times.
///
/// `allocs`, `frees`, `freed_elsewhere`, `live_at_allocs`, `grown` and the histograms count samples;
/// `peak_live` and what ends in `_objects` or `_bytes` estimate all blocks. The numbers are as the file
/// claims.
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
    pub times: Vec<u32>,
    /// Histogram, with the same buckets, of the bytes allocated between allocation and free.
    pub bytes: Vec<u32>,
    /// The part of `allocs` that came by `realloc` of another block.
    pub grown: u64,
    /// Estimate of the blocks that came by `realloc`: a part of the samples' `alloc_objects`.
    pub grown_objects: i64,
    /// Estimate of the bytes of `grown_objects`: a part of the samples' `alloc_space`.
    pub grown_bytes: i64,
    /// `grown_objects` by size: one for each of this stack's samples, in their order. Empty if all
    /// are 0.
    pub grown_by_size: Vec<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto;

    #[test]
    fn every_field_is_that_of_the_message() {
        let message = proto::Lifetimes {
            rate: 1,
            operations: 2,
            costs: vec![proto::PairCost {
                size: 16,
                fresh_ns: 3.0,
                grown_ns: 4.0,
            }],
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
            }],
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
