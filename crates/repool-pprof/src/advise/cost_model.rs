//! [`CostModel`]: the time that blocks take, from the measured costs of the allocator, of pools and of
//! page faults.

use std::collections::BTreeMap;

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
    /// The faults of each page of a fresh block that a block alone would not have: the allocator gives
    /// pages back if several blocks together are free at the end of the heap. Their bounds.
    page_faults_low: f64,
    page_faults_high: f64,
    known: FxHashMap<u64, SizeCosts>,
}

/// The factors of a pool's cost for its bounds: it is measured where the advice is made.
const POOL: (f64, f64) = (0.75, 1.25);

/// Bytes that a processor clears in a nanosecond: at the least, and as the middle of what is usual.
const CLEARED_PER_NS: (f64, f64) = (16.0, 32.0);

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
        let pages: f64 = sizes
            .iter()
            .filter(|(size, _)| faults_of(size) == 0.0)
            .map(|(size, count)| count * (size / PAGE) as f64)
            .sum();
        let share = |faults: f64, of: f64| match of > 0.0 {
            true => (faults / of).clamp(0.0, 1.0),
            false => 0.0,
        };
        // The first touch of memory that is in use at the end is none of a fresh block's.
        let most = facts.minor_faults.map(|faults| faults as f64);
        let least = most.map(|faults| faults - in_use / PAGE as f64);
        let of_blocks = |faults: Option<f64>, unknown| match faults {
            Some(faults) => share(faults, expected),
            None => unknown,
        };
        let of_pages = |faults: Option<f64>| share(faults.unwrap_or(0.0) - expected, pages);
        Self {
            costs,
            allocator,
            fault: facts.fault.unwrap_or_default(),
            faults_low: of_blocks(least, 0.0),
            faults_high: of_blocks(most, 1.0),
            page_faults_low: UNEXPLAINED * of_pages(least),
            page_faults_high: of_pages(most),
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
        let of_block = costs.faults.max(0.0);
        let of_pages = if maps(costs) { 0.0 } else { costs.pages };
        let low = of_block * self.faults_low + of_pages * self.page_faults_low;
        let high = of_block * self.faults_high + of_pages * self.page_faults_high;
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

/// Whether the allocator gives the pages of such blocks back to the system.
fn maps(costs: &SizeCosts) -> bool {
    costs.faults > 0.0
}
