use super::Histogram;

/// What became of the sampled blocks of a stack. These are counts of samples, not estimates.
///
/// Each sampled block counts once, whatever it stands for; estimates are in the
/// [`Record`](crate::Record)s. The times and bytes are of those that
/// were freed: a block that is still alive is in neither.
///
/// ```
/// # let lifetimes = repool_prof::StackLifetimes::default();
/// // The share that is freed on another thread.
/// let elsewhere = lifetimes.freed_elsewhere as f64 / lifetimes.frees.max(1) as f64;
/// // Half of the blocks are freed before the thread has allocated this much more.
/// let meanwhile: Option<u64> = lifetimes.bytes.median();
/// # assert_eq!((elsewhere, meanwhile), (0.0, None));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackLifetimes {
    /// Blocks that were sampled.
    pub allocs: u64,
    /// How many of them came by `realloc`: another block grew or shrank into them.
    /// [`Record::grown_objects`](crate::Record::grown_objects) estimates how many blocks that were.
    pub grown: u64,
    /// How many sampled blocks were freed. In a difference of two snapshots this can be more than
    /// `allocs`: blocks that are older died too.
    pub frees: u64,
    /// How many of those were freed on another thread than allocated them.
    pub freed_elsewhere: u64,
    /// Most sampled blocks alive at once; [`Stack::peak_live`](crate::Stack::peak_live) estimates
    /// from it how many blocks that were. In a difference of two snapshots: of all the time until
    /// the later one, for the highest of a part cannot be told.
    pub peak_live: u32,
    /// At each birth, how many other sampled blocks of this stack were alive; summed up.
    pub live_at_allocs: u64,
    /// Nanoseconds from birth to death.
    pub times: Histogram,
    /// Bytes allocated from birth to death: by the thread, where that is the same one, else by the
    /// whole program.
    pub bytes: Histogram,
}

/// The former name of [`StackLifetimes`].
#[deprecated(since = "0.1.0", note = "renamed to `StackLifetimes`")]
pub type Lives = StackLifetimes;

impl StackLifetimes {
    /// What happened after `earlier`.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        Self {
            allocs: self.allocs.saturating_sub(earlier.allocs),
            grown: self.grown.saturating_sub(earlier.grown),
            frees: self.frees.saturating_sub(earlier.frees),
            freed_elsewhere: self.freed_elsewhere.saturating_sub(earlier.freed_elsewhere),
            peak_live: self.peak_live,
            live_at_allocs: self.live_at_allocs.saturating_sub(earlier.live_at_allocs),
            times: self.times.since(&earlier.times),
            bytes: self.bytes.since(&earlier.bytes),
        }
    }
}
