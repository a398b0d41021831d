//! [`CostModel`]: the time that blocks take, from the measured costs of the allocator, of pools and of
//! page faults.

use std::collections::BTreeMap;

use repool_profile::PairCost;
use rustc_hash::FxHashMap;

use super::profile_format::{self, AllocatorCosts, ProfileFacts, SizeCosts};
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
    /// Bytes that are cleared in a nanosecond.
    cleared_per_ns: f64,
    known: FxHashMap<u64, SizeCosts>,
}

/// The most live blocks for which the cost of a few blocks holds: glibc's caches of a thread have seven
/// of a size, other allocators' more. For more blocks the upper bound is the cost of many.
const CACHED: u64 = 7;

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

/// The bytes of a page.
const PAGE: f64 = 4096.0;

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
        let expected = |(size, blocks): (&u64, &BlockCounts)| {
            let faults = known.get(size).map(|costs| {
                let parts = Parts::of(blocks);
                parts.fresh * costs.faults
                    + parts.zeroed * costs.zeroed_faults
                    + parts.grown * faults_of_growth(costs)
            });
            faults.unwrap_or(0.0)
        };
        let expected: f64 = sizes.iter().map(expected).sum();
        let share = |faults: f64| match expected > 0.0 {
            true => (faults / expected).clamp(0.0, 1.0),
            false => 0.0,
        };
        let (faults_low, faults_high) = match facts.minor_faults {
            // The first touch of memory that is in use at the end is none of a fresh block's.
            Some(faults) => (share(faults as f64 - in_use / PAGE), share(faults as f64)),
            None => (0.0, 1.0),
        };
        Self {
            costs,
            allocator,
            fault: facts.fault.unwrap_or_default(),
            faults_low,
            faults_high,
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
                    let fresh = self.fresh(&costs, live);
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
        let high = match costs.cold {
            Some(cold) if live > CACHED => cold.high.max(pair.high),
            _ => pair.high,
        };
        self.faults(costs.faults) + NsInterval { high, ..pair }
    }

    /// A zeroed block, with the faults that are charged to it.
    fn zeroed(&self, costs: &SizeCosts, live: u64) -> NsInterval {
        match costs.zeroed {
            Some(zeroed) => self.faults(costs.zeroed_faults) + zeroed,
            None => self.fresh(costs, live),
        }
    }

    /// A growth, with the faults that are charged to it.
    fn grown(&self, costs: &SizeCosts) -> NsInterval {
        self.faults(faults_of_growth(costs)) + costs.grown.unwrap_or_default()
    }

    /// The time that is charged for `faults` that may have happened.
    fn faults(&self, faults: f64) -> NsInterval {
        let middle = (self.faults_low + self.faults_high) / 2.0;
        NsInterval {
            ns: faults * middle * self.fault.ns,
            low: faults * self.faults_low * self.fault.low,
            high: faults * self.faults_high * self.fault.high,
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

/// The faults of a block that doubles to a size: those of its new half.
fn faults_of_growth(costs: &SizeCosts) -> f64 {
    costs.faults / 2.0
}

/// Whether the allocator takes the pages of such zeroed blocks from the system.
fn maps(costs: &SizeCosts) -> bool {
    costs.zeroed_faults > 0.0
}
