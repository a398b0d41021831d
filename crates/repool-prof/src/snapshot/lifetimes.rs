//! [`StackLifetimes`]: how long the sampled blocks of a stack lived, and how many at once.

use super::Histogram;

/// Lifetimes of the sampled blocks of a stack. These are counts of samples, not estimates.
///
/// Each sampled block counts once, whatever its weight; estimates are in the
/// [`Record`](crate::Record)s. The histograms count blocks that were freed: a block still in use is
/// in neither.
///
/// The fields are public, and a value can be built and updated from `default()`, so that readers and
/// tests make them up. A field that is added is a breaking change.
///
/// ```
/// # let lifetimes = repool_prof::StackLifetimes::default();
/// // The share that is freed on another thread.
/// let elsewhere = lifetimes.freed_elsewhere as f64 / lifetimes.frees.max(1) as f64;
/// // Half of the blocks are freed before the thread has allocated as many bytes more.
/// let meanwhile: Option<u64> = lifetimes.bytes.median();
/// # assert_eq!((elsewhere, meanwhile), (0.0, None));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackLifetimes {
    /// Sampled blocks that were allocated.
    pub allocs: u64,
    /// The part of `allocs` that came by `realloc` of another block.
    /// [`Record::grown_objects`](crate::Record::grown_objects) is the estimate for all blocks.
    pub grown: u64,
    /// Sampled blocks that were freed. In a difference of two snapshots this can be more than
    /// `allocs`, because blocks allocated before it count too.
    pub frees: u64,
    /// The part of `frees` on another thread than the one that allocated the block.
    pub freed_elsewhere: u64,
    /// The most sampled blocks in use at once, from which
    /// [`Stack::peak_live`](crate::Stack::peak_live) estimates the number of blocks. In a difference
    /// of two snapshots it is the peak from the profiler's start until the later one.
    pub peak_live: u32,
    /// The sum, over all allocations, of the number of other sampled blocks of this stack that were
    /// in use at that time.
    pub live_at_allocs: u64,
    /// Sampled blocks that could not be followed until their free: see
    /// [`Snapshot::lost`](crate::Snapshot::lost). They are in no other figure here.
    pub lost: u64,
    /// The greatest alignment of the sampled blocks in bytes, lost ones included; 0 if there are none.
    /// Those of `Vec<u8>` and `String` have 1.
    pub alignment: u64,
    /// Nanoseconds from allocation to free.
    pub times: Histogram,
    /// Bytes allocated between allocation and free: by the thread if both are on one thread, else
    /// by the whole program.
    pub bytes: Histogram,
}

/// The former name of [`StackLifetimes`].
#[deprecated(since = "0.1.0", note = "renamed to `StackLifetimes`")]
pub type Lives = StackLifetimes;

impl StackLifetimes {
    /// The difference to `earlier`; `peak_live` and `alignment` stay.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        Self {
            allocs: self.allocs.saturating_sub(earlier.allocs),
            grown: self.grown.saturating_sub(earlier.grown),
            frees: self.frees.saturating_sub(earlier.frees),
            freed_elsewhere: self.freed_elsewhere.saturating_sub(earlier.freed_elsewhere),
            peak_live: self.peak_live,
            live_at_allocs: self.live_at_allocs.saturating_sub(earlier.live_at_allocs),
            lost: self.lost.saturating_sub(earlier.lost),
            alignment: self.alignment,
            times: self.times.since(&earlier.times),
            bytes: self.bytes.since(&earlier.bytes),
        }
    }
}
