//! [`Stack`]: a stack of calls that allocated, its records and its lifetimes.

use std::sync::Arc;

use super::{Frame, LivePeak, Prefix, Record, StackLifetimes};

/// A stack of calls that allocated, with its records by size and its blocks' lifetimes.
///
/// ```no_run
/// # let profiler = repool_prof::Profiler::builder().start()?;
/// let snapshot = profiler.snapshot();
/// for stack in snapshot.stacks() {
///     let sum = stack.totals();
///     println!("{} frames: {} bytes", stack.frames().len(), sum.alloc_bytes);
///     println!("  {} objects were freed", sum.freed_objects());
///     println!("  at most {} in use at once", stack.peak_live());
///     if let (Some(least), Some(median)) = (stack.size_quantile(0.0), stack.size_quantile(0.5)) {
///         println!("  least {least} bytes, median {median}");
///     }
///     if let Some(nanos) = stack.lifetimes().times.median() {
///         println!("  half of them lived less than {nanos} ns");
///     }
/// }
/// # Ok::<(), repool_prof::StartError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Stack {
    /// The stack's node in the store: the same in every snapshot of a profiler.
    pub(crate) key: u32,
    pub(crate) kind: StackKind,
    pub(crate) frames: Arc<[Frame]>,
    pub(crate) records: Vec<Record>,
    pub(crate) lifetimes: StackLifetimes,
    /// How many of the innermost frames are the allocator's hook.
    pub(crate) hooks: usize,
    /// The prefixes that are counted, the shortest first: `hooks` frames and one, two, and so on.
    pub(crate) prefixes: Vec<Prefix>,
    /// The keys of the stacks that allocated the first blocks of the objects that grew here, as far as
    /// they were sampled; `None` if there are too many.
    pub(crate) origins: Option<Vec<u32>>,
}

/// Whether a [`Stack`] is one stack or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StackKind {
    /// One stack, that of the frames.
    Known,
    /// The sum of all stacks for which the store had no room.
    Overflow,
}

impl Stack {
    /// The lowest peak of sampled blocks from which [`peak_live`](Stack::peak_live) is extrapolated.
    const TRUSTED: u32 = 8;

    /// The calls, the innermost first. Empty if the stack is unknown: see
    /// [`is_overflow`](Stack::is_overflow).
    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Whether this is the sum of all stacks for which the profiler's memory had no room.
    #[must_use]
    pub fn is_overflow(&self) -> bool {
        self.kind == StackKind::Overflow
    }

    /// The records, one for each size, the smallest size first.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The sum of all records. Its size is 0 unless all blocks have one size.
    #[must_use]
    pub fn totals(&self) -> Record {
        Record::sum(&self.records)
    }

    /// The lifetimes of the stack's sampled blocks.
    #[must_use]
    pub fn lifetimes(&self) -> &StackLifetimes {
        &self.lifetimes
    }

    /// For the innermost frame, for the two innermost, and so on: the peak of live objects of all
    /// stacks of the profiler that begin with these frames. Frames of the allocator's hook, which
    /// all stacks begin with, do not count. Has at most 8 entries.
    ///
    /// An *object* is a block and the blocks that replace it by `realloc`. It counts at the stack
    /// that allocated its first block, if that block was sampled. So a stack that only grows the
    /// objects of others has none.
    ///
    /// In a difference of two snapshots these are the peaks from the profiler's start until the
    /// later one.
    ///
    /// ```
    /// use repool_prof::{ProfAlloc, Profiler};
    ///
    /// #[global_allocator]
    /// static ALLOC: ProfAlloc = ProfAlloc::new();
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let profiler = Profiler::builder().rate(1).start()?;
    /// let (one, other) = (Box::new([1u8; 77]), Box::new([2u8; 77]));
    /// drop(std::hint::black_box((one, other)));
    /// let snapshot = profiler.snapshot();
    /// let mut peaks = snapshot.stacks().iter().flat_map(|stack| stack.prefix_peaks());
    /// assert!(peaks.all(|peak| peak.objects_of_thread <= 2));
    /// # Ok(())
    /// # }
    /// ```
    pub fn prefix_peaks(&self) -> impl Iterator<Item = LivePeak> {
        self.prefixes.iter().map(|prefix| prefix.peak)
    }

    /// The former name of [`lifetimes`](Stack::lifetimes).
    #[deprecated(since = "0.1.0", note = "renamed to `lifetimes`")]
    #[must_use]
    pub fn lives(&self) -> &StackLifetimes {
        self.lifetimes()
    }

    /// The former name of [`peak_live`](Stack::peak_live).
    #[deprecated(since = "0.1.0", note = "renamed to `peak_live`")]
    #[must_use]
    pub fn most_alive(&self) -> u64 {
        self.peak_live()
    }

    /// The `q`-quantile of the sizes of the allocated blocks, in bytes: 0 is the least size, 0.5 the
    /// median, 1 the greatest. `None` if nothing was allocated.
    ///
    /// Blocks of several sizes that share a record count with their mean size. A `q` below 0 counts
    /// as 0, one above 1 as 1.
    #[must_use]
    pub fn size_quantile(&self, q: f64) -> Option<u64> {
        let mut sizes: Vec<(u64, i64)> = self
            .records
            .iter()
            .filter(|record| record.alloc_objects > 0)
            .map(|record| (record.mean_size(), record.alloc_objects))
            .collect();
        sizes.sort_unstable();
        let objects: f64 = sizes.iter().map(|(_, objects)| *objects as f64).sum();
        // The comparison is false for NaN too.
        let q = if q > 0.0 { q.min(1.0) } else { 0.0 };
        let wanted = q * objects;
        let mut below = 0.0;
        sizes
            .iter()
            .find(|(_, objects)| {
                below += *objects as f64;
                below >= wanted
            })
            .or(sizes.last())
            .map(|(size, _)| *size)
    }

    /// An estimate of the peak of live blocks: the most blocks of this stack in use at once.
    ///
    /// At a rate of 1 every block is sampled, and the result is exact. Else each sampled block
    /// stands for *w* blocks, where *w* is the number of blocks allocated divided by the number
    /// sampled:
    ///
    /// - Blocks are sampled independently of each other, so the mean number of other sampled blocks
    ///   in use at the allocation of a sampled one is unbiased. Usually the result is 1 more than
    ///   *w* times this mean. That is the typical number at an allocation; the peak is higher at a
    ///   site whose number rises and falls. The error is large if few blocks were sampled.
    /// - If 8 or more sampled blocks were in use at once, and more than that mean explains for as
    ///   many allocations (Bernstein's bound), the result is their highest number times *w*. Its
    ///   relative error is about a third for 8, and a tenth for 100.
    ///
    /// The result is at least [`StackLifetimes::peak_live`]. *w* is a mean over all sizes, so the
    /// error is larger if sizes differ widely.
    ///
    /// In a difference of two snapshots the highest number is the peak from the profiler's start
    /// until the later one; all other figures are those between the two.
    #[must_use]
    pub fn peak_live(&self) -> u64 {
        let StackLifetimes {
            allocs,
            peak_live,
            live_at_allocs,
            ..
        } = self.lifetimes;
        let seen = u64::from(peak_live);
        let objects = u64::try_from(self.totals().alloc_objects).unwrap_or(0);
        if allocs == 0 || objects <= allocs {
            return seen;
        }
        let weight = objects as f64 / allocs as f64;
        let others = live_at_allocs as f64 / allocs as f64;
        // The highest number that chance explains: of a constant hundred live blocks, of which one
        // in fifty is sampled, ten are sampled at once sooner or later.
        let log = (allocs as f64).ln();
        let chance = 1.0 + others + log / 3.0 + (log * log / 9.0 + 2.0 * others * log).sqrt();
        let estimate = if peak_live >= Self::TRUSTED && f64::from(peak_live) > chance {
            weight * seen as f64
        } else {
            1.0 + weight * others
        };
        seen.max(estimate.round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(records: &[(u64, i64)], lifetimes: StackLifetimes) -> Stack {
        Stack {
            key: 0,
            kind: StackKind::Known,
            frames: Arc::new([]),
            records: records
                .iter()
                .map(|(size, objects)| Record {
                    size: *size,
                    alloc_objects: *objects,
                    alloc_bytes: *size as i64 * objects,
                    ..Record::default()
                })
                .collect(),
            lifetimes,
            hooks: 0,
            prefixes: Vec::new(),
            origins: Some(Vec::new()),
        }
    }

    fn lifetimes(allocs: u64, peak_live: u32, live_at_allocs: u64) -> StackLifetimes {
        StackLifetimes {
            allocs,
            peak_live,
            live_at_allocs,
            ..StackLifetimes::default()
        }
    }

    #[test]
    fn peak_live_is_exact_if_every_block_is_sampled() {
        for most in [1, 7, 8, 1000] {
            assert_eq!(
                stack(&[(64, 5000)], lifetimes(5000, most, 17)).peak_live(),
                u64::from(most)
            );
        }
    }

    #[test]
    fn peak_live_is_extrapolated_from_many_samples() {
        assert_eq!(stack(&[(64, 8000)], lifetimes(10, 8, 0)).peak_live(), 6400);
    }

    #[test]
    fn peak_live_ignores_the_peak_of_chance() {
        // A constant hundred blocks in use, of which one in fifty is sampled, and 400,000 allocations.
        assert_eq!(
            stack(&[(64, 400_000)], lifetimes(8000, 10, 16_000)).peak_live(),
            101
        );
        // The same mean, with a peak of a thousand blocks.
        assert_eq!(
            stack(&[(64, 400_000)], lifetimes(8000, 20, 16_000)).peak_live(),
            1000
        );
    }

    #[test]
    fn peak_live_is_the_mean_at_allocations_if_few_were_sampled() {
        // At one of four sampled allocations one other was in use; the weight is 1000.
        assert_eq!(
            stack(&[(64, 100_000)], lifetimes(100, 2, 25)).peak_live(),
            251
        );
        // No other sampled block was in use at any allocation.
        assert_eq!(stack(&[(64, 100_000)], lifetimes(100, 1, 0)).peak_live(), 1);
    }

    #[test]
    fn peak_live_is_at_least_the_sampled_peak() {
        assert_eq!(
            stack(&[(1 << 20, 115)], lifetimes(100, 7, 10)).peak_live(),
            7
        );
        // A difference without allocations.
        assert_eq!(stack(&[(64, 0)], lifetimes(0, 9, 0)).peak_live(), 9);
    }

    #[test]
    fn sizes_are_weighted_by_objects() {
        let stack = stack(&[(4096, 1), (16, 98), (64, 1)], StackLifetimes::default());
        let sizes = [0.0, 0.5, 0.98, 0.99, 1.0].map(|q| stack.size_quantile(q));
        assert_eq!(sizes, [16, 16, 16, 64, 4096].map(Some));
        assert_eq!(stack.size_quantile(f64::NAN), Some(16));
    }

    #[test]
    fn sizes_that_share_a_record_count_with_their_mean() {
        let mut stack = stack(&[(0, 4)], StackLifetimes::default());
        stack.records[0].alloc_bytes = 400;
        assert_eq!(stack.size_quantile(0.5), Some(100));
    }

    #[test]
    fn no_blocks_have_no_size() {
        assert_eq!(
            stack(&[], StackLifetimes::default()).size_quantile(0.5),
            None
        );
        assert_eq!(
            stack(&[(8, 0)], StackLifetimes::default()).size_quantile(0.5),
            None
        );
    }
}
