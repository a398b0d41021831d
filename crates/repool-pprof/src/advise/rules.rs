//! The rules by which actions are recommended for a site, from its statistics alone.

use std::collections::BTreeMap;

use repool::BufPool;
use repool_profile::AllocatorCosts;

use super::Costs;
use super::growth::Growth;
use super::recommendation::{Action, NoAction, Totals};
use super::site_stats::{BlockCounts, SiteStats};

/// The rules, with the values of the whole profile that they need.
pub(super) struct Rules<'a> {
    pub(super) costs: &'a Costs,
    pub(super) allocator: Option<&'a AllocatorCosts>,
    pub(super) operations: Option<u64>,
    /// The time that the profile covers; 0 if it is not known.
    pub(super) duration_ns: f64,
    /// All allocations of the profile.
    pub(super) allocations: f64,
    /// All allocated bytes of the profile.
    pub(super) bytes: f64,
    /// Whether every block was sampled, so that no value is an estimate.
    pub(super) is_exact: bool,
}

/// A site is rare if it has less than this fraction of all allocations and of all bytes.
const RARE_SHARE: f64 = 0.01;
/// A site is rare if it has fewer than one object for this many operations.
const RARE_OPERATIONS: f64 = 100.0;
/// A site is rare if it has fewer objects, unless it saves [`MUCH_TIME`].
const FEW_OBJECTS: f64 = 100.0;
/// Without operations, a site is rare if it would save less than this fraction of the duration.
const RARE_TIME: f64 = 1e-4;
/// A site that saves this fraction of the duration is not rare if it has [`VERY_FEW_OBJECTS`] or
/// more.
const MUCH_TIME: f64 = 0.01;
/// A site with fewer objects is rare, whatever it saves.
const VERY_FEW_OBJECTS: f64 = 8.0;
/// The fewest samples for a recommendation. With 16, the standard error is a quarter.
const FEW_SAMPLES: u64 = 16;
/// The fraction of allocations that reuse must save. With 0.8, each object is used five times.
const MOSTLY: f64 = 0.8;
/// A saving of less than this fraction of the allocator's time is no gain.
const FASTER: f64 = 0.1;
/// If another thread frees more than this fraction of the objects, no single owner can keep one.
const ELSEWHERE: f64 = 0.01;
/// Objects have one size if at least this fraction of them has it.
const ONE_SIZE: f64 = 0.95;
/// The size in bytes up to which buffers of many sizes need no size classes.
const SMALL: u64 = 1024;
/// Without lifetimes, a site may be worth a change if this fraction of its objects was freed.
const CHURNS: f64 = 0.9;

impl Rules<'_> {
    /// All actions that apply to a site, with their savings, the best first; or why none applies.
    pub(super) fn recommend(&self, site: &SiteStats) -> Result<Vec<(Action, Totals)>, NoAction> {
        let share = |part: f64, all: f64| if all > 0.0 { part / all } else { 0.0 };
        let share = share(site.allocations, self.allocations).max(share(site.bytes, self.bytes));
        if share < RARE_SHARE {
            return Err(NoAction::Rare);
        }
        if !site.has_lifetimes {
            let churns = site.churn() >= CHURNS && site.objects() >= FEW_OBJECTS;
            return Err(if churns {
                NoAction::WorthALook
            } else {
                NoAction::NoLifetimes
            });
        }
        if !self.is_exact && site.samples < FEW_SAMPLES {
            return Err(NoAction::TooFewSamples);
        }
        let mut actions = Vec::new();
        let reuse = self.reuse(site);
        let saves_most = reuse.allocations >= MOSTLY * site.allocations;
        let mut no_action = if saves_most {
            None
        } else {
            Some(NoAction::LongLived)
        };
        if saves_most {
            let pool = self.pool(site, &reuse);
            match self.not_worth(site, &pool.1) {
                None => actions.push(pool),
                Some(reason) => no_action = Some(reason),
            }
            if site.seems_one_at_a_time() && site.freed_elsewhere_share() < ELSEWHERE {
                let scratch = self.all_but_the_peak(site);
                match self.not_worth(site, &scratch) {
                    None => actions.push((Action::Scratch, scratch)),
                    Some(reason) => no_action = no_action.or(Some(reason)),
                }
            }
        }
        if let Some(totals) = self.with_capacity(site)
            && self.not_worth(site, &totals).is_none()
        {
            actions.push((Action::WithCapacity, totals));
        }
        // An action whose condition is not certain is not the first, even if it saves the most.
        let is_uncertain = |action: Action| action == Action::Scratch && !site.is_one_at_a_time();
        actions.sort_by(|(one, a), (other, b)| {
            let ns = |totals: &Totals| totals.ns.unwrap_or(0.0);
            let by_ns = ns(b).total_cmp(&ns(a));
            is_uncertain(*one)
                .cmp(&is_uncertain(*other))
                .then(by_ns)
                .then(b.allocations.total_cmp(&a.allocations))
                .then(one.cmp(other))
        });
        if actions.is_empty() {
            return Err(no_action.unwrap_or(NoAction::LongLived));
        }
        Ok(actions)
    }

    /// What reuse of objects saves, before the cost of a pool. New objects are allocated until the
    /// peak of live objects is reached; for buffers of many sizes, until the peak is reached in
    /// each size class.
    fn reuse(&self, site: &SiteStats) -> Totals {
        if site.grows() || is_one_size(site) || are_small(site) {
            return self.all_but_the_peak(site);
        }
        let peak_live = site.peak_live(self.duration_ns);
        let cost = self.cost(&site.sizes);
        let mut classes: BTreeMap<usize, BTreeMap<u64, BlockCounts>> = BTreeMap::new();
        for (size, blocks) in &site.sizes {
            let capacity = usize::try_from(*size).unwrap_or(usize::MAX);
            let class = classes.entry(BufPool::size_class(capacity)).or_default();
            class.insert(*size, *blocks);
        }
        let mut saved = Totals {
            ns: cost.map(|_| 0.0),
            ..Totals::default()
        };
        for sizes in classes.values() {
            let count = |blocks: &BlockCounts| blocks.fresh + blocks.grown;
            let objects: f64 = sizes.values().map(count).sum();
            let bytes: f64 = sizes.iter().map(|(size, n)| *size as f64 * count(n)).sum();
            let share = 1.0 - peak_live.min(objects) / objects.max(1.0);
            saved.allocations += objects * share;
            saved.bytes += bytes * share;
            saved.ns = saved
                .ns
                .zip(self.cost(sizes))
                .map(|(sum, cost)| sum + cost * share);
        }
        saved.bytes = saved.bytes.min(site.bytes);
        saved
    }

    /// What reuse saves if any object can replace any other: all but the peak of live objects.
    fn all_but_the_peak(&self, site: &SiteStats) -> Totals {
        let share = 1.0 - site.peak_live(self.duration_ns) / site.objects().max(1.0);
        Totals {
            allocations: site.allocations * share,
            bytes: site.bytes * share,
            ns: self.cost(&site.sizes).map(|cost| cost * share),
        }
    }

    /// The kind of pool that suits a site, and what it saves after its own cost.
    fn pool(&self, site: &SiteStats, reuse: &Totals) -> (Action, Totals) {
        let (action, pair_ns) = if site.grows() || are_small(site) && !is_one_size(site) {
            (Action::PoolOfBuffers, self.costs.pool_pair_ns)
        } else if is_one_size(site) {
            (Action::Pool, self.costs.pool_pair_ns)
        } else {
            (Action::BufPool, self.costs.buf_pool_pair_ns)
        };
        let spent = site.objects() * finite_cost(pair_ns);
        let ns = reuse.ns.map(|ns| ns - spent);
        (action, Totals { ns, ..*reuse })
    }

    /// What `with_capacity` saves: each buffer is allocated with its final size. `None` for a site
    /// with few objects or without growth.
    fn with_capacity(&self, site: &SiteStats) -> Option<Totals> {
        if !site.grows() || site.objects() < FEW_OBJECTS {
            return None;
        }
        let growth = Growth::of(&site.sizes);
        let at_once = growth.final_sizes.iter().map(|(size, count)| {
            let blocks = BlockCounts {
                fresh: *count,
                ..BlockCounts::default()
            };
            (*size, blocks)
        });
        let at_once = self.cost(&at_once.collect());
        Some(Totals {
            allocations: site.grown(),
            bytes: growth.replaced_bytes.min(site.bytes),
            ns: self
                .cost(&site.sizes)
                .zip(at_once)
                .map(|(grown, at_once)| grown - at_once),
        })
    }

    /// The allocator's time for these blocks in nanoseconds; `None` if no allocator was measured.
    pub(super) fn cost(&self, sizes: &BTreeMap<u64, BlockCounts>) -> Option<f64> {
        let costs = self.allocator?;
        let cost = sizes.iter().map(|(size, blocks)| {
            let fresh = blocks.fresh * finite_cost(costs.fresh_ns(*size));
            fresh + blocks.grown * finite_cost(costs.grown_ns(*size))
        });
        Some(cost.sum())
    }

    /// Why a saving is not worth a change; `None` if it is.
    fn not_worth(&self, site: &SiteStats, saved: &Totals) -> Option<NoAction> {
        let objects = site.objects();
        let share_of_time = match saved.ns {
            Some(ns) if self.duration_ns > 0.0 => Some(ns / self.duration_ns),
            _ => None,
        };
        if let Some(ns) = saved.ns
            && ns <= FASTER * self.cost(&site.sizes).unwrap_or(0.0)
        {
            return Some(NoAction::AllocatorIsAsFast);
        }
        if share_of_time.is_some_and(|share| share >= MUCH_TIME) && objects >= VERY_FEW_OBJECTS {
            return None;
        }
        let is_rare = match self.operations {
            Some(operations) => objects * RARE_OPERATIONS < operations as f64,
            None => share_of_time.is_some_and(|share| share < RARE_TIME),
        };
        (is_rare || objects < FEW_OBJECTS).then_some(NoAction::Rare)
    }
}

/// Whether all buffers are so small that a pool may give each the largest capacity.
fn are_small(site: &SiteStats) -> bool {
    let greatest = site.sizes.last_key_value().map_or(0, |(size, _)| *size);
    !site.sizes_merged && greatest <= SMALL
}

/// Whether nearly all blocks have the same size. Never true for merged sizes, where a size may be the
/// mean of several.
fn is_one_size(site: &SiteStats) -> bool {
    let counts = || {
        site.sizes
            .values()
            .map(|blocks| blocks.fresh + blocks.grown)
    };
    let all: f64 = counts().sum();
    !site.sizes_merged && counts().any(|count| count >= ONE_SIZE * all)
}

/// A cost that can be summed, even if a profile or a caller gives a negative or infinite one.
fn finite_cost(ns: f64) -> f64 {
    const MAX: f64 = 1e12;
    if ns > 0.0 { ns.min(MAX) } else { 0.0 }
}
