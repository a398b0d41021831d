//! [`CostModel`]: the time that blocks take, from the measured costs of the allocator, of pools and of
//! page faults.

use std::collections::BTreeMap;

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
    known: FxHashMap<u64, SizeCosts>,
}

/// The factors of a pool's cost for its bounds: it is measured where the advice is made.
const POOL: (f64, f64) = (0.75, 1.25);

/// Bytes that a processor clears in a nanosecond: at the least, and as the middle of what is usual.
const CLEARED_PER_NS: (f64, f64) = (16.0, 32.0);

/// The bytes of a page.
const PAGE: f64 = 4096.0;

impl<'a> CostModel<'a> {
    /// The costs for a profile with these sizes of blocks in total, of which `in_use` bytes are in
    /// use at the end.
    pub(super) fn new(
        costs: &'a Costs,
        allocator: Option<&'a AllocatorCosts>,
        facts: &ProfileFacts,
        sizes: &BTreeMap<u64, f64>,
        in_use: f64,
    ) -> Self {
        let known: FxHashMap<u64, SizeCosts> = match allocator {
            Some(allocator) => sizes
                .keys()
                .map(|size| (*size, profile_format::costs(allocator, *size)))
                .collect(),
            None => FxHashMap::default(),
        };
        let faults_of = |size: &u64| known.get(size).map_or(0.0, |costs| costs.faults.max(0.0));
        let expected: f64 = sizes
            .iter()
            .map(|(size, count)| count * faults_of(size))
            .sum();
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
            known,
        }
    }

    /// The allocator's time for these blocks; `None` if no allocator was measured. The lower bound is
    /// 0, so that the time is not known, if the costs of more than 5 % of the blocks are not.
    pub(super) fn blocks(&self, sizes: &BTreeMap<u64, BlockCounts>) -> Option<NsInterval> {
        const MAX_UNKNOWN: f64 = 0.05;
        self.allocator?;
        let (mut sum, mut all, mut unknown) = (NsInterval::default(), 0.0, 0.0);
        for (size, blocks) in sizes {
            let costs = self.size(*size);
            let zeroed = blocks.zeroed.min(blocks.fresh);
            let fresh = blocks.fresh - zeroed;
            all += blocks.fresh + blocks.grown;
            if costs.pair.is_none() {
                unknown += fresh;
            }
            if costs.grown.is_none() {
                unknown += blocks.grown;
            }
            sum = sum
                + self.fresh(&costs).times(fresh)
                + self.zeroed(&costs).times(zeroed)
                + costs.grown.unwrap_or_default().times(blocks.grown);
        }
        if unknown > MAX_UNKNOWN * all {
            sum.low = 0.0;
        }
        Some(sum)
    }

    /// What reuse of these blocks saves of [`blocks`](Self::blocks), before the cost of a pool: a
    /// zeroed block may have to be cleared again.
    pub(super) fn reused(&self, sizes: &BTreeMap<u64, BlockCounts>) -> Option<NsInterval> {
        let all = self.blocks(sizes)?;
        let cleared = |(size, blocks): (&u64, &BlockCounts)| {
            let costs = self.size(*size);
            let (most, middle) = match maps(&costs) {
                // The system's pages are zero already; a pool's buffer has to be cleared.
                true => (
                    *size as f64 / CLEARED_PER_NS.0,
                    *size as f64 / CLEARED_PER_NS.1,
                ),
                // The allocator clears as the program would.
                false => {
                    let zeroed = costs.zeroed.unwrap_or_default();
                    let fresh = self.fresh(&costs);
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

    /// A fresh block that is not zeroed, with the faults that are charged to it.
    fn fresh(&self, costs: &SizeCosts) -> NsInterval {
        let pair = costs.pair.unwrap_or_default();
        let high = costs
            .cold
            .map_or(pair.high, |cold| cold.high.max(pair.high));
        self.faults(costs) + NsInterval { high, ..pair }
    }

    /// A zeroed block, with the faults that are charged to it.
    fn zeroed(&self, costs: &SizeCosts) -> NsInterval {
        match costs.zeroed {
            Some(zeroed) => self.faults(costs) + zeroed,
            None => self.fresh(costs),
        }
    }

    /// The faults that are charged to a fresh block.
    fn faults(&self, costs: &SizeCosts) -> NsInterval {
        let faults = costs.faults.max(0.0);
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

/// Whether the allocator gives the pages of such blocks back to the system.
fn maps(costs: &SizeCosts) -> bool {
    costs.faults > 0.0
}
