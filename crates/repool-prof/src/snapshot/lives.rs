use super::Histogram;

/// What became of the sampled blocks of a stack. These are counts of samples, not estimates.
///
/// Each sampled block counts once, whatever it stands for; estimates are in the
/// [`Record`](crate::Record)s. The times and bytes are of those that
/// were freed: a block that is still alive is in neither.
///
/// ```
/// # let lives = repool_prof::Lives::default();
/// // The share that is freed on another thread.
/// let elsewhere = lives.freed_elsewhere as f64 / lives.deaths.max(1) as f64;
/// // Half of the blocks are freed before the thread has allocated this much more.
/// let meanwhile: Option<u64> = lives.bytes.median();
/// # assert_eq!((elsewhere, meanwhile), (0.0, None));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lives {
    /// Blocks that were sampled.
    pub births: u64,
    /// How many of them came by `realloc`: another block grew or shrank into them.
    /// [`Record::grown_objects`](crate::Record::grown_objects) estimates how many blocks that were.
    pub grown: u64,
    /// How many sampled blocks were freed. In a difference of two snapshots this can be more than
    /// `births`: blocks that are older died too.
    pub deaths: u64,
    /// How many of those were freed on another thread than allocated them.
    pub freed_elsewhere: u64,
    /// Most sampled blocks alive at once; [`Stack::most_alive`](crate::Stack::most_alive) estimates
    /// from it how many blocks that were. In a difference of two snapshots: of all the time until
    /// the later one, for the highest of a part cannot be told.
    pub most_alive: u32,
    /// At each birth, how many other sampled blocks of this stack were alive; summed up.
    pub alive_at_births: u64,
    /// Nanoseconds from birth to death.
    pub times: Histogram,
    /// Bytes allocated from birth to death: by the thread, where that is the same one, else by the
    /// whole program.
    pub bytes: Histogram,
}

impl Lives {
    /// What happened after `earlier`.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        Self {
            births: self.births.saturating_sub(earlier.births),
            grown: self.grown.saturating_sub(earlier.grown),
            deaths: self.deaths.saturating_sub(earlier.deaths),
            freed_elsewhere: self.freed_elsewhere.saturating_sub(earlier.freed_elsewhere),
            most_alive: self.most_alive,
            alive_at_births: self.alive_at_births.saturating_sub(earlier.alive_at_births),
            times: self.times.since(&earlier.times),
            bytes: self.bytes.since(&earlier.bytes),
        }
    }
}
