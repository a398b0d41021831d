//! What to do about a site, by its figures alone.

use std::collections::BTreeMap;

use repool_prof::AllocatorCosts;

use super::choice::{Kind, Nothing, Totals};
use super::figures::{Figures, Size};
use super::growth::Growth;
use super::{Costs, class};

/// What all sites have in common.
pub(super) struct Judge<'a> {
    pub(super) costs: &'a Costs,
    pub(super) allocator: Option<&'a AllocatorCosts>,
    pub(super) operations: Option<u64>,
    /// 0 if nobody knows.
    pub(super) duration_ns: f64,
    pub(super) allocations: f64,
    pub(super) bytes: f64,
    pub(super) is_exact: bool,
}

/// Below this share of all allocations and of all bytes a site is rare.
const RARE_SHARE: f64 = 0.01;
/// So is one that is met in fewer than one of so many operations,
const RARE_OPERATIONS: f64 = 100.0;
/// one that has so few objects,
const FEW_OBJECTS: f64 = 100.0;
/// and one that would save less than this share of the time.
const RARE_TIME: f64 = 1e-4;
/// A few large objects are worth it all the same if they save this share of the time,
const MUCH_TIME: f64 = 0.01;
/// and are more than these.
const VERY_FEW_OBJECTS: f64 = 8.0;
/// With fewer samples the error is more than a quarter.
const FEW_SAMPLES: u64 = 16;
/// A pool is worth it if it saves so much of what is allocated: each object is used five times.
const MOSTLY: f64 = 0.8;
/// What saves less than this share of what is spent is no faster.
const FASTER: f64 = 0.1;
/// More than that freed on other threads, and there is no one owner.
const ELSEWHERE: f64 = 0.01;
/// Sizes are one size if so many are.
const ONE_SIZE: f64 = 0.95;
/// Up to this size, in bytes, buffers of many sizes need no size classes.
const SMALL: u64 = 1024;
/// Nearly all were freed: so much is known without lifetimes.
const CHURNS: f64 = 0.9;

impl Judge<'_> {
    /// Everything that applies, the best first; or why nothing does.
    pub(super) fn judge(&self, site: &Figures) -> Result<Vec<(Kind, Totals)>, Nothing> {
        let share = |part: f64, all: f64| if all > 0.0 { part / all } else { 0.0 };
        let share = share(site.allocations, self.allocations).max(share(site.bytes, self.bytes));
        if share < RARE_SHARE {
            return Err(Nothing::Rare);
        }
        if !site.has_lives {
            let looks = site.churn() >= CHURNS && site.objects() >= FEW_OBJECTS;
            return Err(if looks {
                Nothing::WorthALook
            } else {
                Nothing::NoLifetimes
            });
        }
        if !self.is_exact && site.births < FEW_SAMPLES {
            return Err(Nothing::TooFewSamples);
        }
        let mut choices = Vec::new();
        let kept = self.kept(site);
        let saves_most = kept.allocations >= MOSTLY * site.allocations;
        let mut nothing = if saves_most {
            None
        } else {
            Some(Nothing::LongLived)
        };
        if saves_most {
            let pool = self.pool(site, &kept);
            match self.not_worth(site, &pool.1) {
                None => choices.push(pool),
                Some(why) => nothing = Some(why),
            }
            if site.seems_one_at_a_time() && site.elsewhere() < ELSEWHERE {
                let scratch = self.all_but_the_first(site);
                match self.not_worth(site, &scratch) {
                    None => choices.push((Kind::Scratch, scratch)),
                    Some(why) => nothing = nothing.or(Some(why)),
                }
            }
        }
        if let Some(totals) = self.with_capacity(site)
            && self.not_worth(site, &totals).is_none()
        {
            choices.push((Kind::WithCapacity, totals));
        }
        // What is not sure is no first choice, though it would save most.
        let unsure = |kind: Kind| kind == Kind::Scratch && !site.is_one_at_a_time();
        choices.sort_by(|(one, a), (other, b)| {
            let ns = |totals: &Totals| totals.ns.unwrap_or(0.0);
            let by_ns = ns(b).total_cmp(&ns(a));
            unsure(*one)
                .cmp(&unsure(*other))
                .then(by_ns)
                .then(b.allocations.total_cmp(&a.allocations))
                .then(one.cmp(other))
        });
        if choices.is_empty() {
            return Err(nothing.unwrap_or(Nothing::LongLived));
        }
        Ok(choices)
    }

    /// What is saved where objects are kept, before what keeping them costs. Objects are created
    /// until there are as many as are ever alive; those of many sizes, so many of each class.
    fn kept(&self, site: &Figures) -> Totals {
        if site.grows() || is_one_size(site) || are_small(site) {
            return self.all_but_the_first(site);
        }
        let most_alive = site.most_alive(self.duration_ns);
        let cost = self.cost(&site.sizes);
        let mut classes: BTreeMap<u32, BTreeMap<u64, Size>> = BTreeMap::new();
        for (size, blocks) in &site.sizes {
            let class = classes.entry(class::of(*size)).or_default();
            class.insert(*size, *blocks);
        }
        let mut saved = Totals {
            ns: cost.map(|_| 0.0),
            ..Totals::default()
        };
        for sizes in classes.values() {
            let count = |size: &Size| size.fresh + size.grown;
            let objects: f64 = sizes.values().map(count).sum();
            let bytes: f64 = sizes.iter().map(|(size, n)| *size as f64 * count(n)).sum();
            let share = 1.0 - most_alive.min(objects) / objects.max(1.0);
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

    /// What is saved where an object does for the next, whatever its size.
    fn all_but_the_first(&self, site: &Figures) -> Totals {
        let share = 1.0 - site.most_alive(self.duration_ns) / site.objects().max(1.0);
        Totals {
            allocations: site.allocations * share,
            bytes: site.bytes * share,
            ns: self.cost(&site.sizes).map(|cost| cost * share),
        }
    }

    fn pool(&self, site: &Figures, kept: &Totals) -> (Kind, Totals) {
        let (kind, pair_ns) = if site.grows() || are_small(site) && !is_one_size(site) {
            (Kind::PoolOfBuffers, self.costs.pool_pair_ns)
        } else if is_one_size(site) {
            (Kind::Pool, self.costs.pool_pair_ns)
        } else {
            (Kind::BufPool, self.costs.buf_pool_pair_ns)
        };
        let spent = site.objects() * sane(pair_ns);
        let ns = kept.ns.map(|ns| ns - spent);
        (kind, Totals { ns, ..*kept })
    }

    /// What is saved where each buffer begins with the size that it ends with.
    fn with_capacity(&self, site: &Figures) -> Option<Totals> {
        if !site.grows() || site.objects() < FEW_OBJECTS {
            return None;
        }
        let growth = Growth::of(&site.sizes);
        let at_once = growth.last.iter().map(|(size, count)| {
            let size_at_once = Size {
                fresh: *count,
                ..Size::default()
            };
            (*size, size_at_once)
        });
        let at_once = self.cost(&at_once.collect());
        Some(Totals {
            allocations: site.grown(),
            bytes: growth.left_behind.min(site.bytes),
            ns: self
                .cost(&site.sizes)
                .zip(at_once)
                .map(|(grown, at_once)| grown - at_once),
        })
    }

    /// Nanoseconds that the allocator takes for these blocks.
    pub(super) fn cost(&self, sizes: &BTreeMap<u64, Size>) -> Option<f64> {
        let costs = self.allocator?;
        let cost = sizes.iter().map(|(size, blocks)| {
            let fresh = blocks.fresh * sane(costs.fresh_ns(*size));
            fresh + blocks.grown * sane(costs.grown_ns(*size))
        });
        Some(cost.sum())
    }

    /// Why a saving is not worth a change.
    fn not_worth(&self, site: &Figures, saved: &Totals) -> Option<Nothing> {
        let objects = site.objects();
        let share_of_time = match saved.ns {
            Some(ns) if self.duration_ns > 0.0 => Some(ns / self.duration_ns),
            _ => None,
        };
        if let Some(ns) = saved.ns
            && ns <= FASTER * self.cost(&site.sizes).unwrap_or(0.0)
        {
            return Some(Nothing::AllocatorIsAsFast);
        }
        if share_of_time.is_some_and(|share| share >= MUCH_TIME) && objects >= VERY_FEW_OBJECTS {
            return None;
        }
        let is_rare = match self.operations {
            Some(operations) => objects * RARE_OPERATIONS < operations as f64,
            None => share_of_time.is_some_and(|share| share < RARE_TIME),
        };
        (is_rare || objects < FEW_OBJECTS).then_some(Nothing::Rare)
    }
}

/// Whether buffers are so small that any may be large enough for all.
fn are_small(site: &Figures) -> bool {
    let greatest = site.sizes.last_key_value().map_or(0, |(size, _)| *size);
    !site.sizes_merged && greatest <= SMALL
}

/// Whether nearly all blocks have the same size.
fn is_one_size(site: &Figures) -> bool {
    let counts = || site.sizes.values().map(|size| size.fresh + size.grown);
    let all: f64 = counts().sum();
    // Else it may be the mean of many.
    !site.sizes_merged && counts().any(|count| count >= ONE_SIZE * all)
}

/// A time that can be added up, whatever somebody claims.
fn sane(ns: f64) -> f64 {
    const MOST: f64 = 1e12;
    if ns > 0.0 { ns.min(MOST) } else { 0.0 }
}
