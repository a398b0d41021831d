//! Statistics of a site: sums over its chains, from which `rules` decides and `reasons` reports.

use std::collections::{BTreeMap, HashMap};

use super::alloc_stacks::{AllocStack, AllocStacks, FrameKey};
use super::chains::Chain;
use super::histogram::Histogram;

/// Statistics of a site. Numbers of blocks are estimates from samples.
#[derive(Clone, Debug, Default)]
pub(super) struct SiteStats {
    pub(super) allocations: f64,
    pub(super) bytes: f64,
    /// The number of blocks that are in use at the end.
    pub(super) in_use: f64,
    /// The blocks of each size in bytes.
    pub(super) sizes: BTreeMap<u64, BlockCounts>,
    /// Whether a stack has so many sizes that one of them may be the mean of several.
    pub(super) sizes_merged: bool,
    /// The number of sampled blocks.
    pub(super) samples: u64,
    /// The number of sampled blocks that `alloc` allocated.
    fresh_samples: u64,
    /// The number of sampled blocks that `realloc` allocated.
    grown_samples: u64,
    /// The number of sampled blocks that were freed.
    freed_samples: u64,
    /// The number of sampled blocks that another thread freed.
    samples_freed_elsewhere: u64,
    /// Whether the profile has lifetimes for some stack.
    pub(super) has_lifetimes: bool,
    /// Lifetimes of blocks in nanoseconds.
    pub(super) lifetimes_ns: Histogram,
    /// Bytes that a block's thread allocated during the block's lifetime.
    pub(super) lifetimes_bytes: Histogram,
    /// The largest peak of live objects of one chain.
    peak_live_of_one_chain: f64,
    /// The sum of the peaks of all chains.
    peak_live_sum: f64,
    /// Whether every block was sampled, so that no number is an estimate.
    pub(super) is_exact: bool,
    /// Whether two objects of one chain were live at once.
    are_concurrent: bool,
    /// The allocations of chains with too few samples to exclude that two objects were live at once.
    uncertain_allocations: f64,
    /// Whether the site's function calls itself.
    pub(super) is_recursive: bool,
    /// Whether the sizes are those of hash tables, which grow without `realloc`, by a new block.
    pub(super) is_table: bool,
    /// The call paths that lead to the site; sorted by bytes at the end.
    pub(super) call_paths: Vec<CallPath>,
    /// The indices in `call_paths` while they are collected.
    call_path_indices: HashMap<Vec<FrameKey>, usize>,
}

/// The numbers of blocks of one size.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct BlockCounts {
    /// Blocks that `alloc` allocated.
    pub(super) fresh: f64,
    /// Blocks that `realloc` allocated.
    pub(super) grown: f64,
}

/// A call path that leads to the site: its frames, the innermost first, without the site's own.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CallPath {
    pub(super) frames: Vec<FrameKey>,
    pub(super) allocations: f64,
    pub(super) bytes: f64,
}

/// The number of sizes that `repool-prof` records for a stack; the last is the mean of all further
/// sizes.
const RECORDED_SIZES: usize = 32;

impl SiteStats {
    /// The statistics of a site with these chains.
    pub(super) fn of(all: &AllocStacks, chains: &[&Chain], is_exact: bool) -> Self {
        let mut stats = Self {
            is_exact,
            ..Self::default()
        };
        for chain in chains {
            stats.add(all, chain);
        }
        stats.call_path_indices = HashMap::new();
        stats.call_paths.sort_by(|a, b| {
            let by_bytes = b.bytes.total_cmp(&a.bytes);
            by_bytes.then(b.allocations.total_cmp(&a.allocations))
        });
        stats.is_table = !stats.grows() && stats.has_sizes_of_tables();
        if stats.is_table {
            // A table begins with the smallest size.
            for size in stats.sizes.values_mut().skip(1) {
                size.grown = std::mem::take(&mut size.fresh);
            }
        }
        stats
    }

    /// Adds a chain.
    fn add(&mut self, all: &AllocStacks, chain: &Chain) {
        let (mut live, mut in_use) = (0.0_f64, 0.0);
        // The stack with the most samples best excludes that two objects were live at once: its
        // number of samples, and whether it does.
        let mut best: Option<(u64, bool)> = None;
        let (mut allocations, mut bytes) = (0.0, 0.0);
        for stack in chain.stacks.iter().map(|stack| &all.stacks[*stack]) {
            for blocks in &stack.sizes {
                allocations += blocks.objects;
                bytes += blocks.bytes;
                in_use += blocks.in_use;
                let size = self.sizes.entry(blocks.size).or_default();
                size.fresh += blocks.fresh();
                size.grown += blocks.grown;
            }
            self.sizes_merged |= stack.sizes.len() >= RECORDED_SIZES;
            if let Some(is_certain) = self.add_lifetimes(stack) {
                live = live.max(peak_live(stack));
                if best.is_none_or(|(samples, _)| stack.samples() > samples) {
                    best = Some((stack.samples(), is_certain));
                }
            }
            let site = stack.frames[chain.depth].function;
            let inner = &stack.frames[..chain.depth];
            self.is_recursive |= inner.iter().any(|frame| frame.function == site);
        }
        let live = live.max(in_use);
        self.are_concurrent |= live > 1.0;
        if best.is_none_or(|(_, is_certain)| !is_certain) {
            self.uncertain_allocations += allocations;
        }
        self.peak_live_of_one_chain = self.peak_live_of_one_chain.max(live);
        self.peak_live_sum += live;
        self.in_use += in_use;
        self.allocations += allocations;
        self.bytes += bytes;
        let first = &all.stacks[chain.first];
        let frames = first.frames[..chain.depth].iter().rev().copied().collect();
        self.add_call_path(frames, allocations, bytes);
    }

    /// Adds the lifetimes of a stack. Returns whether its samples suffice to exclude that two
    /// blocks were live at once, or `None` if the profile has no lifetimes for the stack.
    fn add_lifetimes(&mut self, stack: &AllocStack) -> Option<bool> {
        let record = stack.lifetimes.as_ref()?;
        self.has_lifetimes = true;
        let grown = record.grown.min(record.allocs);
        self.samples = self.samples.saturating_add(record.allocs);
        self.fresh_samples = self.fresh_samples.saturating_add(record.allocs - grown);
        self.grown_samples = self.grown_samples.saturating_add(grown);
        self.freed_samples = self.freed_samples.saturating_add(record.frees);
        let elsewhere = record.freed_elsewhere;
        self.samples_freed_elsewhere = self.samples_freed_elsewhere.saturating_add(elsewhere);
        let samples = record.allocs.max(1) as f64;
        let objects: f64 = stack.sizes.iter().map(|size| size.objects).sum();
        let weight = (objects / samples).max(1.0);
        self.lifetimes_ns.add(&record.times, weight);
        self.lifetimes_bytes.add(&record.bytes, weight);
        // The rule of three: if none of n samples met another live block, the rate of blocks that
        // do is below 3/n with a confidence of 95 %. Each sample counts as `weight` blocks.
        Some(self.is_exact || 3.0 * weight / samples < 1.0)
    }

    /// Adds allocations to a call path.
    fn add_call_path(&mut self, frames: Vec<FrameKey>, allocations: f64, bytes: f64) {
        let index = *self
            .call_path_indices
            .entry(frames)
            .or_insert_with_key(|frames| {
                self.call_paths.push(CallPath {
                    frames: frames.clone(),
                    allocations: 0.0,
                    bytes: 0.0,
                });
                self.call_paths.len() - 1
            });
        self.call_paths[index].allocations += allocations;
        self.call_paths[index].bytes += bytes;
    }

    /// The number of blocks that `realloc` allocated, or of tables that replaced smaller ones.
    pub(super) fn grown(&self) -> f64 {
        self.sizes.values().map(|size| size.grown).sum()
    }

    /// The number of objects: blocks that do not replace a smaller one.
    ///
    /// Small first blocks are rarely sampled, and the larger ones that replace them more often.
    /// Because each object has each size once at most, the number of objects is at least the number
    /// of growths to any size. The estimate is raised to that number, as far as the error of the
    /// first blocks allows.
    pub(super) fn objects(&self) -> f64 {
        let fresh: f64 = self.sizes.values().map(|size| size.fresh).sum();
        let grown = self.sizes.values().map(|size| size.grown);
        let most = if fresh == 0.0 || self.fresh_samples == 0 {
            f64::INFINITY
        } else if self.is_exact {
            fresh
        } else {
            fresh * (1.0 + 3.0 / (self.fresh_samples as f64).sqrt())
        };
        grown.fold(fresh, f64::max).min(most)
    }

    /// Whether at least every tenth object grows.
    pub(super) fn grows(&self) -> bool {
        self.grown() >= 0.1 * self.objects() && self.grown() > 0.0
    }

    /// The fraction of the objects that were freed.
    pub(super) fn churn(&self) -> f64 {
        (1.0 - self.in_use / self.objects().max(1.0)).clamp(0.0, 1.0)
    }

    /// The fraction of the objects that another thread freed than allocated them.
    pub(super) fn freed_elsewhere_share(&self) -> f64 {
        // A block that grew counts as freed, but its object is not.
        let freed = self.freed_samples.saturating_sub(self.grown_samples).max(1);
        (self.samples_freed_elsewhere as f64 / freed as f64).min(1.0)
    }

    /// The peak of live objects, which is the number that a pool would hold.
    ///
    /// Each chain has its own peak, and not all at the same time. The estimate is the sum of these
    /// peaks, but at most 8 times the mean number of live objects, and at least the largest peak of
    /// one chain and the number of objects in use at the end.
    pub(super) fn peak_live(&self, duration_ns: f64) -> f64 {
        /// The largest ratio of the peak to the mean.
        const PEAK_TO_MEAN: f64 = 8.0;
        let least = self.peak_live_of_one_chain.max(self.in_use);
        let mean = if duration_ns > 0.0 {
            (PEAK_TO_MEAN * self.lifetimes_ns.total() / duration_ns).ceil()
        } else {
            f64::INFINITY
        };
        let most = self.peak_live_sum.min(mean).max(least);
        // A table has two blocks while it grows.
        let most = if self.is_table {
            (most / 2.0).ceil().max(self.in_use)
        } else {
            most
        };
        most.max(1.0).min(self.objects().max(1.0))
    }

    /// Whether no two sampled objects of one call path were live at once.
    pub(super) fn seems_one_at_a_time(&self) -> bool {
        let most = if self.is_table { 2.0 } else { 1.0 };
        let is_alone =
            !self.are_concurrent || self.peak_live_of_one_chain <= most && self.in_use <= 1.0;
        is_alone && self.has_lifetimes && !self.is_recursive
    }

    /// Whether [`seems_one_at_a_time`](Self::seems_one_at_a_time) is true, and the samples suffice to
    /// exclude live objects that were not sampled.
    pub(super) fn is_one_at_a_time(&self) -> bool {
        /// The most uncertain allocations, as a fraction of all.
        const MAX_UNCERTAIN: f64 = 0.05;
        self.seems_one_at_a_time() && self.uncertain_allocations <= MAX_UNCERTAIN * self.allocations
    }

    /// Whether the sizes are those of growing hash tables. Tables of hashbrown, which std uses,
    /// double their buckets but not a group of 8 or 16 control bytes; and no size has more tables
    /// than the one before.
    fn has_sizes_of_tables(&self) -> bool {
        /// The size of the smallest table: 4 buckets of 4 bytes, 4 control bytes and a group of 16.
        const LEAST: u64 = 36;
        /// The fewest sizes: two may double by chance.
        const MIN_SIZES: usize = 3;
        /// The tolerance of estimated numbers of tables.
        const TOLERANCE: f64 = 1.1;
        let sizes: Vec<(u64, f64)> = self
            .sizes
            .iter()
            .map(|(size, blocks)| (*size, blocks.fresh))
            .collect();
        let follows = |pair: &[(u64, f64)]| {
            let [(size, count), (next, next_count)] = [pair[0], pair[1]];
            let double = u128::from(size) * 2;
            let is_double = [8, 16]
                .iter()
                .any(|group| u128::from(next) + group == double);
            is_double && next_count <= TOLERANCE * count
        };
        let begins = sizes.first().is_some_and(|(least, _)| *least >= LEAST);
        begins && sizes.len() >= MIN_SIZES && sizes.windows(2).all(follows)
    }
}

/// The peak of live blocks of a stack.
fn peak_live(stack: &AllocStack) -> f64 {
    match &stack.lifetimes {
        // `repool-prof` adds the peaks of stacks that differ in folded frames only. If no sampled
        // block met another live one, the peak is 1 all the same.
        Some(record) if record.allocs > 0 && record.live_at_allocs == 0 => 1.0,
        Some(record) => record.peak_live as f64,
        None => 0.0,
    }
}
