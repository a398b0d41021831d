//! [`CostModel`]: the time that blocks take, from the measured costs of the allocator, of pools and of
//! page faults.

use std::collections::BTreeMap;

use repool_profile::PairCost;
use rustc_hash::FxHashMap;

use super::profile_format::{self, AllocatorCosts, PAGE, ProfileFacts, SizeCosts};
use super::site_stats::BlockCounts;
use super::{Costs, NsInterval};

/// The costs, with those of each size that was asked for.
pub(super) struct CostModel<'a> {
    costs: &'a Costs,
    allocator: Option<&'a AllocatorCosts>,
    fault: NsInterval,
    /// The fraction of the faults of fresh blocks that happened: its bounds.
    faults_low: f64,
    faults_high: f64,
    /// The faults of each page of a block that a block alone would not have: the allocator gives pages
    /// back if several blocks together are free at the end of the heap. Their bounds.
    page_faults_low: f64,
    page_faults_high: f64,
    /// Bytes that are cleared in a nanosecond.
    cleared_per_ns: f64,
    known: FxHashMap<u64, SizeCosts>,
}

/// The most live blocks for which the cost of a few blocks holds: glibc's caches of a thread have seven
/// of a size, other allocators' more. For more blocks the upper bound rises, to the cost of many at
/// [`MANY`].
const CACHED: u64 = 7;
const MANY: u64 = 64;

/// Nanoseconds that `Vec` and the like take around a `realloc`: to compute the new capacity, and to call
/// what is not inlined (bench/advice, 2026-11). Buffers that are kept do not grow.
const GROWING: NsInterval = NsInterval {
    ns: 3.0,
    low: 0.0,
    high: 6.0,
};

/// The factors of a pool's cost for its bounds: it is measured where the advice is made.
const POOL: (f64, f64) = (0.75, 1.25);

/// Bytes that a processor clears in a nanosecond, if the allocator's costs do not tell.
const CLEARED_PER_NS: f64 = 40.0;
/// The smallest and the greatest number of such bytes, whatever a profile claims.
const MIN_CLEARED: f64 = 4.0;
const MAX_CLEARED: f64 = 256.0;
/// The factors of the speed at which a program clears, for the longest time and for the middle of what
/// is usual: the allocator's blocks were in the processor's caches.
const CLEARING: (f64, f64) = (0.5, 0.8);
/// Bytes of the smallest block whose clearing can be told from its allocation.
const MIN_SIZE_CLEARED: u64 = 4096;

/// The fraction of the faults without a known cause that blocks have at the least: other memory of the
/// program may have the rest.
const UNEXPLAINED: f64 = 0.5;

impl<'a> CostModel<'a> {
    /// The costs for a profile with these sizes of blocks in total, of which `in_use` bytes are in
    /// use at the end.
    pub(super) fn new(
        costs: &'a Costs,
        allocator: Option<&'a AllocatorCosts>,
        facts: &ProfileFacts,
        sizes: &BTreeMap<u64, BlockCounts>,
        in_use: f64,
    ) -> Self {
        let known: FxHashMap<u64, SizeCosts> = match allocator {
            Some(allocator) => sizes
                .keys()
                .map(|size| (*size, profile_format::costs(allocator, *size)))
                .collect(),
            None => FxHashMap::default(),
        };
        // The faults that blocks alone would have, and the pages of those that would keep them.
        let (mut expected, mut pages) = (0.0, 0.0);
        for (costs, blocks) in sizes
            .iter()
            .filter_map(|(size, blocks)| Some((known.get(size)?, blocks)))
        {
            let parts = Parts::of(blocks);
            for (count, faults, of_block) in [
                (parts.fresh, costs.faults, costs.kept_pages),
                (parts.zeroed, costs.zeroed_faults, costs.kept_pages),
                (parts.grown, costs.faults / 2.0, costs.kept_pages / 2.0),
            ] {
                expected += count * faults;
                pages += count * of_block;
            }
        }
        let share = |faults: f64, of: f64| match of > 0.0 {
            true => (faults / of).clamp(0.0, 1.0),
            false => 0.0,
        };
        // The first touch of memory that is in use at the end is none of a fresh block's.
        let most = facts.minor_faults.map(|faults| faults as f64);
        let least = most.map(|faults| faults - in_use / PAGE as f64);
        let of_pages = |faults: Option<f64>| share(faults.unwrap_or(0.0) - expected, pages);
        Self {
            costs,
            allocator,
            fault: facts.fault.unwrap_or_default(),
            faults_low: least.map_or(0.0, |faults| share(faults, expected)),
            faults_high: most.map_or(1.0, |faults| share(faults, expected)),
            page_faults_low: UNEXPLAINED * of_pages(least),
            page_faults_high: of_pages(most),
            cleared_per_ns: allocator.and_then(cleared_per_ns).unwrap_or(CLEARED_PER_NS),
            known,
        }
    }

    /// The allocator's time for these blocks, of which at most `live` are alive at once; `None` if no
    /// allocator was measured. The lower bound is 0, so that the time is not known, if the costs of
    /// more than 5 % of the blocks are not.
    pub(super) fn blocks(
        &self,
        sizes: &BTreeMap<u64, BlockCounts>,
        live: u64,
    ) -> Option<NsInterval> {
        const MAX_UNKNOWN: f64 = 0.05;
        self.allocator?;
        let (mut sum, mut all, mut unknown) = (NsInterval::default(), 0.0, 0.0);
        for (size, blocks) in sizes {
            let costs = self.size(*size);
            let parts = Parts::of(blocks);
            all += blocks.fresh + blocks.grown;
            if costs.pair.is_none() {
                unknown += parts.fresh;
            }
            if costs.zeroed.or(costs.pair).is_none() {
                unknown += parts.zeroed;
            }
            if costs.grown.is_none() {
                unknown += parts.grown;
            }
            sum = sum
                + self.fresh(&costs, live).times(parts.fresh)
                + self.zeroed(&costs, live).times(parts.zeroed)
                + self.grown(&costs).times(parts.grown);
        }
        if unknown > MAX_UNKNOWN * all {
            sum.low = 0.0;
        }
        Some(sum)
    }

    /// What reuse of these blocks saves of [`blocks`](Self::blocks), before the cost of a pool: a
    /// zeroed block may have to be cleared again.
    pub(super) fn reused(
        &self,
        sizes: &BTreeMap<u64, BlockCounts>,
        live: u64,
    ) -> Option<NsInterval> {
        let all = self.blocks(sizes, live)?;
        let cleared = |(size, blocks): (&u64, &BlockCounts)| {
            let costs = self.size(*size);
            let (most, middle) = match maps(&costs) {
                // The system's pages are zero already; a pool's buffer has to be cleared.
                true => {
                    let ns = *size as f64 / self.cleared_per_ns;
                    (ns / CLEARING.0, ns / CLEARING.1)
                }
                // The allocator clears as the program would.
                false => {
                    let zeroed = costs.zeroed.unwrap_or_default();
                    let fresh = costs.pair.unwrap_or_default();
                    let least = (zeroed.low - fresh.low).max(0.0);
                    (least, (zeroed.ns - fresh.ns).max(0.0) / 2.0)
                }
            };
            let count = blocks.zeroed.min(blocks.fresh);
            (most * count, middle * count)
        };
        let (mut most, mut middle) = (0.0, 0.0);
        for (one, other) in sizes.iter().map(cleared) {
            most += one;
            middle += other;
        }
        Some(NsInterval {
            ns: all.ns - middle,
            low: all.low - most,
            ..all
        })
    }

    /// Whether most bytes are of zeroed blocks whose pages the system gives, which a pool would have
    /// to clear itself.
    pub(super) fn zeroed_by_system(&self, sizes: &BTreeMap<u64, BlockCounts>) -> bool {
        let (mut zeroed, mut all) = (0.0, 0.0);
        for (size, blocks) in sizes {
            all += (blocks.fresh + blocks.grown) * *size as f64;
            if maps(&self.size(*size)) {
                zeroed += blocks.zeroed * *size as f64;
            }
        }
        zeroed > 0.5 * all
    }

    /// Whether costs were measured as intervals; `None` if no allocator was measured.
    pub(super) fn has_intervals(&self) -> Option<bool> {
        self.allocator.map(profile_format::has_intervals)
    }

    /// Whether an allocator was measured.
    pub(super) fn has_allocator(&self) -> bool {
        self.allocator.is_some()
    }

    /// The allocator's time for a fresh block of this size; `None` if it is not known.
    pub(super) fn pair(&self, size: u64) -> Option<NsInterval> {
        self.size(size).pair
    }

    /// A get from a `Pool` and the return.
    pub(super) fn pool_pair(&self) -> NsInterval {
        NsInterval::around(self.costs.pool_pair_ns, POOL.0, POOL.1)
    }

    /// A get from a `BufPool` and the return.
    pub(super) fn buf_pool_pair(&self) -> NsInterval {
        NsInterval::around(self.costs.buf_pool_pair_ns, POOL.0, POOL.1)
    }

    /// A fresh block that is not zeroed, of which at most `live` are alive at once, with the faults
    /// that are charged to it.
    fn fresh(&self, costs: &SizeCosts, live: u64) -> NsInterval {
        let pair = costs.pair.unwrap_or_default();
        let share = live.clamp(CACHED, MANY) - CACHED;
        let share = share as f64 / (MANY - CACHED) as f64;
        let cold = costs.cold.unwrap_or(pair).high.max(pair.high);
        let high = pair.high + (cold - pair.high) * share;
        self.faults(costs.faults, costs.kept_pages) + NsInterval { high, ..pair }
    }

    /// A zeroed block, with the faults that are charged to it.
    fn zeroed(&self, costs: &SizeCosts, live: u64) -> NsInterval {
        match costs.zeroed {
            Some(zeroed) => self.faults(costs.zeroed_faults, costs.kept_pages) + zeroed,
            None => self.fresh(costs, live),
        }
    }

    /// A growth, with the faults that are charged to its new half.
    fn grown(&self, costs: &SizeCosts) -> NsInterval {
        let faults = self.faults(costs.faults / 2.0, costs.kept_pages / 2.0);
        faults + costs.grown.unwrap_or_default() + GROWING
    }

    /// The time that is charged to a block that alone would have `faults`, and would keep these pages.
    fn faults(&self, faults: f64, pages: f64) -> NsInterval {
        let low = faults * self.faults_low + pages * self.page_faults_low;
        let high = faults * self.faults_high + pages * self.page_faults_high;
        NsInterval {
            ns: (low + high) / 2.0 * self.fault.ns,
            low: low * self.fault.low,
            high: high * self.fault.high,
        }
    }

    /// The costs of a size.
    fn size(&self, size: u64) -> SizeCosts {
        match (self.known.get(&size), self.allocator) {
            (Some(costs), _) => *costs,
            (None, Some(allocator)) => profile_format::costs(allocator, size),
            (None, None) => SizeCosts::default(),
        }
    }
}

/// The blocks of a size, each in one part.
struct Parts {
    /// Fresh blocks that are not zeroed.
    fresh: f64,
    zeroed: f64,
    grown: f64,
}

impl Parts {
    fn of(blocks: &BlockCounts) -> Self {
        let zeroed = blocks.zeroed.min(blocks.fresh);
        Self {
            fresh: blocks.fresh - zeroed,
            zeroed,
            grown: blocks.grown,
        }
    }
}

/// Bytes that the allocator clears in a nanosecond, from the largest blocks that it clears itself.
fn cleared_per_ns(allocator: &AllocatorCosts) -> Option<f64> {
    let speed = |cost: &PairCost| {
        let is_cleared = cost.size >= MIN_SIZE_CLEARED && cost.zeroed_faults <= 0.0;
        let ns = cost.zeroed?.median - cost.pair?.median;
        (is_cleared && ns > 0.0).then(|| cost.size as f64 / ns)
    };
    let speed = allocator.pairs().iter().rev().find_map(speed)?;
    Some(speed.clamp(MIN_CLEARED, MAX_CLEARED))
}

/// Whether the allocator takes the pages of such zeroed blocks from the system.
fn maps(costs: &SizeCosts) -> bool {
    costs.zeroed_faults > 0.0
}
