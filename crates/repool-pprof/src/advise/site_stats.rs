//! Statistics of a site: sums over its chains, from which `rules` decides and `reasons` reports.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::alloc_stacks::{AllocStack, AllocStacks, FrameKey, SizedBlocks};
use super::chains::Chain;
use super::histogram::Histogram;
use super::peak_live::{Bounds, PeakLive, Peaks};

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
    /// The peaks of live objects.
    peaks: Peaks,
    /// Sampled blocks that could not be followed.
    pub(super) lost: u64,
    /// The number of blocks that `alloc_zeroed` allocated; 0 if it is not known.
    pub(super) zeroed: f64,
    /// The greatest alignment of the blocks in bytes; `None` if it is not known of a stack.
    pub(super) alignment: Option<u64>,
    /// Whether the crate `bytes` allocates.
    pub(super) is_of_bytes: bool,
    /// The fraction of the objects that get a header of `bytes` if they are frozen, and have none today.
    pub(super) new_headers: f64,
    /// The number of chains.
    pub(super) chains: u64,
    /// Whether every block was sampled, so that no number is an estimate.
    pub(super) is_exact: bool,
    /// The time that the profile covers; 0 if it is not known.
    duration_ns: f64,
    /// Whether the site's function calls itself.
    pub(super) is_recursive: bool,
    /// Whether the sizes are those of hash tables, which grow without `realloc`, by a new block.
    pub(super) is_table: bool,
    /// The call paths that lead to the site; sorted by bytes at the end.
    pub(super) call_paths: Vec<CallPath>,
    /// The indices in `call_paths` while they are collected.
    call_path_indices: FxHashMap<Vec<FrameKey>, usize>,
}

/// The numbers of blocks of one size.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct BlockCounts {
    /// Blocks that `alloc` allocated.
    pub(super) fresh: f64,
    /// Blocks that `realloc` allocated.
    pub(super) grown: f64,
    /// The part of `fresh` that `alloc_zeroed` allocated.
    pub(super) zeroed: f64,
}

impl BlockCounts {
    /// Adds the blocks of a stack.
    pub(super) fn add(&mut self, blocks: &SizedBlocks) {
        self.fresh += blocks.fresh();
        self.grown += blocks.grown;
        self.zeroed += blocks.zeroed;
    }
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
    pub(super) fn of(
        all: &AllocStacks,
        chains: &[&Chain],
        is_exact: bool,
        duration_ns: f64,
    ) -> Self {
        let mut stats = Self {
            is_exact,
            alignment: Some(0),
            duration_ns,
            ..Self::default()
        };
        for chain in chains {
            stats.add(all, chain);
        }
        stats.alignment = stats.alignment.filter(|alignment| *alignment > 0);
        stats.call_path_indices = FxHashMap::default();
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
        let mut in_use = 0.0;
        let (mut allocations, mut bytes) = (0.0, 0.0);
        for stack in chain.stacks.iter().map(|stack| &all.stacks[*stack]) {
            for blocks in &stack.sizes {
                allocations += blocks.objects;
                bytes += blocks.bytes;
                in_use += blocks.in_use;
                self.sizes.entry(blocks.size).or_default().add(blocks);
                self.zeroed += blocks.zeroed;
            }
            self.sizes_merged |= stack.sizes.len() >= RECORDED_SIZES;
            self.is_of_bytes |= stack.is_of_bytes;
            self.add_lifetimes(stack);
            let site = stack.frames[chain.depth].function;
            let outer = &stack.frames[..chain.depth];
            self.is_recursive |= outer.iter().any(|frame| frame.function == site);
        }
        self.peaks.add(all, chain, in_use, self.is_exact);
        self.chains += 1;
        self.in_use += in_use;
        self.allocations += allocations;
        self.bytes += bytes;
        let first = &all.stacks[chain.first];
        let frames = first.frames[..chain.depth].iter().rev().copied().collect();
        self.add_call_path(frames, allocations, bytes);
    }

    /// Adds the lifetimes of a stack.
    fn add_lifetimes(&mut self, stack: &AllocStack) {
        let Some(record) = &stack.lifetimes else {
            self.alignment = None;
            return;
        };
        self.alignment = self.alignment.zip(record.alignment).map(|(a, b)| a.max(b));
        self.has_lifetimes = true;
        let (samples, grown) = (record.samples, record.grown);
        self.samples = self.samples.saturating_add(samples);
        self.fresh_samples = self.fresh_samples.saturating_add(samples - grown);
        self.grown_samples = self.grown_samples.saturating_add(grown);
        self.freed_samples = self.freed_samples.saturating_add(record.frees);
        self.lost = self.lost.saturating_add(record.lost);
        let elsewhere = record.freed_elsewhere;
        self.samples_freed_elsewhere = self.samples_freed_elsewhere.saturating_add(elsewhere);
        let objects: f64 = stack.sizes.iter().map(|size| size.objects).sum();
        let weight = (objects / samples.max(1) as f64).max(1.0);
        self.lifetimes_ns.add(&record.times, weight);
        self.lifetimes_bytes.add(&record.bytes, weight);
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

    /// Whether the blocks are what `bytes` allocates to share a buffer, at its first clone.
    pub(super) fn is_header_of_bytes(&self) -> bool {
        /// The sizes of `Shared` in `bytes` 1.12, of `Bytes` and of `BytesMut`.
        const HEADERS: [u64; 2] = [24, 40];
        self.is_of_bytes && self.sizes.keys().all(|size| HEADERS.contains(size))
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
    pub(super) fn peak_live(&self) -> PeakLive {
        self.peaks.over_all(&self.bounds())
    }

    /// What bounds the peaks.
    fn bounds(&self) -> Bounds {
        let mean = (self.duration_ns > 0.0).then(|| self.lifetimes_ns.total() / self.duration_ns);
        Bounds {
            objects: self.objects(),
            in_use: self.in_use,
            mean,
            is_exact: self.is_exact,
            is_table: self.is_table,
        }
    }

    /// The number of threads that allocate; `None` if it is not known. 16 is 16 or more.
    pub(super) fn threads(&self) -> Option<u64> {
        self.peaks.threads()
    }

    /// Whether two objects are never live at once, so that the owner of the site can keep one. False
    /// if the samples do not exclude it.
    pub(super) fn is_one_at_a_time(&self) -> bool {
        self.may_keep_one() && self.peak_live().upper <= 1
    }

    /// Whether no thread ever has two live objects of its own, so that each can keep one. False if
    /// the samples do not exclude it.
    pub(super) fn is_one_for_each_thread(&self) -> bool {
        let of_thread = self.peaks.of_thread(&self.bounds());
        self.may_keep_one() && of_thread.is_some_and(|upper| upper <= 1)
    }

    /// The number of call sites that each have at most one live object, if the site has several and
    /// each is another line. The caller of each could keep one.
    pub(super) fn one_for_each_call(&self) -> Option<u64> {
        /// The most call sites that are worth a change of each.
        const MOST: u64 = 8;
        if !self.may_keep_one() || !self.peaks.one_each(&self.bounds()) {
            return None;
        }
        let mut callers: Vec<_> = self
            .call_paths
            .iter()
            .map(|path| path.frames.first())
            .collect();
        callers.sort_by_key(|frame| frame.map(|frame| (frame.function, frame.line())));
        callers.dedup();
        let is_each_another = callers.len() as u64 == self.chains && !callers.contains(&None);
        (is_each_another && (2..=MOST).contains(&self.chains)).then_some(self.chains)
    }

    /// Whether the lifetimes are known and no other owner holds objects: neither another thread nor
    /// an outer call of the same function.
    fn may_keep_one(&self) -> bool {
        /// If another thread frees more than this fraction, no single owner can keep one.
        const ELSEWHERE: f64 = 0.01;
        // A `Bytes` is shared by its clones.
        self.has_lifetimes
            && !self.is_of_bytes
            && self.lost == 0
            && !self.is_recursive
            && self.freed_elsewhere_share() < ELSEWHERE
    }

    /// The fraction of the objects that are in use at the end.
    pub(super) fn kept_share(&self) -> f64 {
        1.0 - self.churn()
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
