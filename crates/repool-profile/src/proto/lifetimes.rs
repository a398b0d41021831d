//! The messages of lifetimes, which are not part of the format: see [`crate::Lifetimes`].

use prost::Message;

use super::{CostInterval, PairCost};
use crate::costs::AllocatorCosts;
use crate::lifetimes as plain;

/// The lifetimes of the stacks' sampled blocks, and the allocator's costs.
#[derive(Clone, PartialEq, Message)]
pub struct Lifetimes {
    /// Mean bytes between two samples; 1 if every block was sampled.
    #[prost(uint64, tag = "1")]
    pub rate: u64,
    /// The lifetimes of each stack, in the order of the samples.
    #[prost(message, repeated, tag = "2")]
    pub stacks: Vec<StackLifetimes>,
    /// The costs of the program's allocator by size; empty if they were not measured.
    /// [`Lifetimes::allocator_costs`] interpolates.
    #[prost(message, repeated, tag = "3")]
    pub costs: Vec<PairCost>,
    /// How many operations (requests, lines) the profile covers; 0 if unknown.
    #[prost(uint64, tag = "4")]
    pub operations: u64,
    /// [`Lifetimes::VERSION`], or 0 in profiles of older writers: see [`crate::Lifetimes::version`].
    #[prost(uint32, tag = "5")]
    pub version: u32,
    /// Sampled blocks that could not be followed until their free: see [`crate::Lifetimes::lost_samples`].
    #[prost(uint64, tag = "6")]
    pub lost_samples: u64,
    /// Minor page faults of the process in the time that the profile covers, less those of the
    /// profiler itself. `None` if unknown.
    #[prost(uint64, optional, tag = "7")]
    pub minor_faults: Option<u64>,
    /// Nanoseconds for one minor fault, with the return of the page to the system.
    #[prost(message, optional, tag = "8")]
    pub fault_cost: Option<CostInterval>,
}

impl Lifetimes {
    /// The value of [`version`](Lifetimes::version) that writers set.
    pub const VERSION: u32 = 1;

    /// The costs of the profiled program's allocator; `None` if they were not measured.
    #[must_use]
    pub fn allocator_costs(&self) -> Option<AllocatorCosts> {
        AllocatorCosts::new(self.costs.iter().map(|cost| (*cost).into()))
    }
}

impl From<Lifetimes> for plain::Lifetimes {
    fn from(message: Lifetimes) -> Self {
        Self {
            rate: message.rate,
            // Reuses the allocation of the messages, because both types have one layout.
            stacks: message.stacks.into_iter().map(Into::into).collect(),
            costs: message.costs.into_iter().map(Into::into).collect(),
            operations: message.operations,
            version: message.version,
            lost_samples: message.lost_samples,
            minor_faults: message.minor_faults,
            fault_cost: message.fault_cost.and_then(CostInterval::checked),
        }
    }
}

/// Lifetimes of the sampled blocks of one stack: see [`crate::StackLifetimes`], which has the same
/// fields.
#[derive(Clone, PartialEq, Message)]
pub struct StackLifetimes {
    /// The index in [`Profile::sample`](super::Profile::sample) of the first sample of this stack.
    #[prost(uint64, tag = "1")]
    pub first_sample: u64,
    /// How many samples this stack has. They follow each other.
    #[prost(uint64, tag = "2")]
    pub samples: u64,
    /// Sampled blocks that were allocated.
    #[prost(uint64, tag = "3")]
    pub allocs: u64,
    /// Sampled blocks that were freed.
    #[prost(uint64, tag = "4")]
    pub frees: u64,
    /// The part of `frees` on another thread than the one that allocated the block.
    #[prost(uint64, tag = "5")]
    pub freed_elsewhere: u64,
    /// Estimate of the most blocks in use at once: see [`crate::StackLifetimes`].
    #[prost(uint64, tag = "6")]
    pub peak_live: u64,
    /// The sum, over all allocations, of the number of other sampled blocks in use at that time.
    #[prost(uint64, tag = "7")]
    pub live_at_allocs: u64,
    /// Estimate of the blocks that were freed: `alloc_objects` less `inuse_objects` of the samples.
    #[prost(int64, tag = "8")]
    pub freed_objects: i64,
    /// Estimate of the bytes that were freed: `alloc_space` less `inuse_space` of the samples.
    #[prost(int64, tag = "9")]
    pub freed_bytes: i64,
    /// Histogram of the nanoseconds from allocation to free. The buckets hold the values 0 and 1, 2
    /// and 3, 4 to 7 and so on; the fortieth also holds all larger ones. Empty buckets at the end
    /// are left out.
    #[prost(uint64, repeated, tag = "10")]
    pub times: Vec<u64>,
    /// Histogram, with the same buckets, of the bytes allocated between allocation and free.
    #[prost(uint64, repeated, tag = "11")]
    pub bytes: Vec<u64>,
    /// The part of `allocs` that came by `realloc` of another block.
    #[prost(uint64, tag = "12")]
    pub grown: u64,
    /// Estimate of the blocks that came by `realloc`: a part of the samples' `alloc_objects`.
    #[prost(int64, tag = "13")]
    pub grown_objects: i64,
    /// Estimate of the bytes of `grown_objects`: a part of the samples' `alloc_space`.
    #[prost(int64, tag = "14")]
    pub grown_bytes: i64,
    /// `grown_objects` by size: one for each of this stack's samples, in their order. Empty if all
    /// are 0.
    #[prost(int64, repeated, tag = "15")]
    pub grown_by_size: Vec<i64>,
    /// Sampled blocks that could not be followed until their free. They are in no other figure of
    /// this message.
    #[prost(uint64, tag = "16")]
    pub lost: u64,
    /// The most sampled blocks in use at once, of which `peak_live` is the extrapolation.
    #[prost(uint64, tag = "17")]
    pub peak_live_samples: u64,
    /// For the innermost location, for the two innermost, and so on: the peak of the objects of all
    /// stacks of the profile that begin with these locations. At most [`PREFIXES`] entries. For more
    /// locations the last entry is an upper bound.
    #[prost(message, repeated, tag = "18")]
    pub prefix_peaks: Vec<LivePeak>,
    /// Estimate of the blocks that came by `alloc_zeroed`: a part of the samples' `alloc_objects`.
    #[prost(int64, tag = "19")]
    pub zeroed_objects: i64,
    /// Estimate of the bytes of `zeroed_objects`: a part of the samples' `alloc_space`.
    #[prost(int64, tag = "20")]
    pub zeroed_bytes: i64,
    /// `zeroed_objects` by size, as `grown_by_size`.
    #[prost(int64, repeated, tag = "21")]
    pub zeroed_by_size: Vec<i64>,
    /// The greatest alignment of the blocks in bytes; 0 if unknown.
    #[prost(uint64, tag = "22")]
    pub alignment: u64,
    /// The indices in [`Lifetimes::stacks`] of the stacks that allocated the first blocks of the buffers
    /// that grew here, as far as they were sampled. Empty if unknown, or if there are many.
    #[prost(uint64, repeated, tag = "23")]
    pub origins: Vec<u64>,
}

impl From<StackLifetimes> for plain::StackLifetimes {
    fn from(message: StackLifetimes) -> Self {
        Self {
            first_sample: message.first_sample,
            samples: message.samples,
            allocs: message.allocs,
            frees: message.frees,
            freed_elsewhere: message.freed_elsewhere,
            peak_live: message.peak_live,
            live_at_allocs: message.live_at_allocs,
            freed_objects: message.freed_objects,
            freed_bytes: message.freed_bytes,
            times: message.times,
            bytes: message.bytes,
            grown: message.grown,
            grown_objects: message.grown_objects,
            grown_bytes: message.grown_bytes,
            grown_by_size: message.grown_by_size,
            lost: message.lost,
            peak_live_samples: message.peak_live_samples,
            prefix_peaks: message.prefix_peaks.into_iter().map(Into::into).collect(),
            zeroed_objects: message.zeroed_objects,
            zeroed_bytes: message.zeroed_bytes,
            zeroed_by_size: message.zeroed_by_size,
            alignment: message.alignment,
            origins: message.origins,
        }
    }
}

/// The most entries of [`StackLifetimes::prefix_peaks`].
pub const PREFIXES: usize = 8;

/// The peak of live objects of a set of stacks: see [`crate::LivePeak`], which has the same fields.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct LivePeak {
    /// The most objects in use at once.
    #[prost(uint64, tag = "1")]
    pub objects: u64,
    /// The most objects in use at once that one thread allocated.
    #[prost(uint64, tag = "2")]
    pub objects_of_thread: u64,
    /// How many threads allocated, at most [`crate::LivePeak::MAX_THREADS`].
    #[prost(uint32, tag = "3")]
    pub threads: u32,
}

impl From<LivePeak> for plain::LivePeak {
    fn from(message: LivePeak) -> Self {
        Self {
            objects: message.objects,
            objects_of_thread: message.objects_of_thread,
            threads: message.threads,
        }
    }
}

impl From<plain::LivePeak> for LivePeak {
    fn from(peak: plain::LivePeak) -> Self {
        Self {
            objects: peak.objects,
            objects_of_thread: peak.objects_of_thread,
            threads: peak.threads,
        }
    }
}
