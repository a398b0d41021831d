//! The rules by which actions are recommended for a site, from its statistics alone.

use std::collections::BTreeMap;

use repool::BufPool;

use super::access::Access;
use super::amount::Totals;
use super::cost_model::CostModel;
use super::growth::Growth;
use super::object_kind::ObjectKind;
use super::site_stats::{BlockCounts, SiteStats};
use super::{Action, NoAction, NsInterval};

/// The rules, with the values of the whole profile that they need.
pub(super) struct Rules<'a> {
    pub(super) costs: CostModel<'a>,
    pub(super) operations: Option<u64>,
    /// The time that the profile covers; 0 if it is not known.
    pub(super) duration_ns: f64,
    /// All allocations of the profile.
    pub(super) allocations: f64,
    /// All allocated bytes of the profile.
    pub(super) bytes: f64,
    /// Whether every block was sampled and followed, so that no value is an estimate.
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
/// A pool is not recommended if a larger fraction of the objects is in use at the end.
pub(super) const KEPT: f64 = 0.05;
/// Objects are allocated in vain if at least this fraction is freed and the rest kept.
const IN_VAIN: f64 = 0.3;
/// The objects that are freed live shortly if others allocate less than this fraction of the kept
/// bytes meanwhile. Those of a queue or a cache live longer.
const SHORT: f64 = 0.1;
/// A saving of less than this fraction of the allocator's time is no gain.
const FASTER: f64 = 0.1;
/// The size in bytes up to which buffers of many sizes need no size classes.
const SMALL: u64 = 1024;
/// Without lifetimes, a site may be worth a change if this fraction of its objects was freed.
const CHURNS: f64 = 0.9;
/// The bytes that `Bytes` allocates to share a buffer of a pool that is frozen.
const FROZEN_HEADER: u64 = 40;
/// The time to reach a thread-local value.
pub(super) const THREAD_LOCAL: NsInterval = NsInterval {
    ns: 1.0,
    low: 0.3,
    high: 2.0,
};

/// The actions that apply to a site, with their savings, the best first; or why none applies.
pub(super) type Outcome = Result<Vec<(Action, Totals)>, NoAction>;

impl Rules<'_> {
    /// All actions that apply to a site, with their savings, the best first; or why none applies.
    pub(super) fn recommend(&self, site: &SiteStats, kind: ObjectKind, access: Access) -> Outcome {
        self.check(site)?;
        let own = self.own(site, kind);
        match access {
            Access::Own | Access::PassedIn | Access::Constructed | Access::Author => own,
            Access::PerCall => {
                let actions = own?;
                let is_pool = |action: &Action| matches!(action, Action::Pool | Action::BufPool);
                let pool = actions.iter().find(|(action, _)| is_pool(action));
                let (_, totals) = pool.or(actions.first()).ok_or(NoAction::LongLived)?;
                Ok(vec![(Action::PassBuffer, *totals)])
            }
            Access::Copied => {
                let totals = self.all(site).share(site.churn());
                match self.not_worth(site, &totals) {
                    None => Ok(vec![(Action::Borrow, totals)]),
                    Some(reason) => Err(reason),
                }
            }
        }
    }

    /// Whether the profile suffices for a verdict on the site.
    fn check(&self, site: &SiteStats) -> Result<(), NoAction> {
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
        if site.lost > 0 {
            return Err(NoAction::SamplesLost);
        }
        if site.is_header_of_bytes() {
            return Err(NoAction::SharedHeader);
        }
        if !self.is_exact && site.samples < FEW_SAMPLES {
            return Err(NoAction::TooFewSamples);
        }
        Ok(())
    }

    /// The actions for objects that the user holds.
    fn own(&self, site: &SiteStats, kind: ObjectKind) -> Outcome {
        let mut actions = Vec::new();
        let mut no_action = None;
        let mut try_action = |action: Action, totals: Totals| match self.not_worth(site, &totals) {
            None => actions.push((action, totals)),
            Some(reason) => no_action = no_action.or(Some(reason)),
        };
        let reuse = self.reuse(site, kind);
        if reuse.allocations < MOSTLY * site.allocations {
            try_action(Action::Borrow, self.in_vain(site));
            no_action = Some(NoAction::LongLived);
        } else if site.kept_share() > KEPT {
            try_action(Action::Borrow, self.in_vain(site));
            no_action = Some(NoAction::KeptForGood);
        } else {
            let (action, totals) = self.pool(site, kind, &reuse);
            try_action(action, totals);
            let all = self.all_but_the_peak(site);
            let is_threaded = site.threads().is_some_and(|threads| threads > 1);
            if site.is_one_at_a_time() && !is_threaded {
                try_action(Action::Scratch, all);
            } else if site.is_one_for_each_thread() && is_threaded {
                let spent = THREAD_LOCAL.times(site.objects());
                let ns = all.ns.map(|ns| ns - spent);
                try_action(Action::ThreadLocal, Totals { ns, ..all });
            }
        }
        if let Some(totals) = self.with_capacity(site)
            && self.not_worth(site, &totals).is_none()
        {
            actions.push((Action::WithCapacity, totals));
        }
        actions.sort_by(|(one, a), (other, b)| {
            // Buffers of a pool that are frozen have their capacity from the beginning.
            let is_frozen = |action: &Action| site.is_of_bytes && *action == Action::BufPool;
            let by_ns = b.best_ns().total_cmp(&a.best_ns());
            let by_freezing = is_frozen(other).cmp(&is_frozen(one));
            by_freezing
                .then(by_ns)
                .then(b.allocations.total_cmp(&a.allocations))
                .then(one.cmp(other))
        });
        if actions.is_empty() {
            let zeroed = self.costs.zeroed_by_system(&site.sizes);
            return Err(match no_action.unwrap_or(NoAction::LongLived) {
                NoAction::AllocatorIsAsFast if zeroed => NoAction::ZeroedBySystem,
                reason => reason,
            });
        }
        Ok(actions)
    }

    /// Nothing, in a time of 0 if an allocator was measured.
    pub(super) fn nothing(&self) -> Totals {
        match self.costs.has_allocator() {
            true => Totals::zero(),
            false => Totals::default(),
        }
    }

    /// All allocations of a site.
    pub(super) fn all(&self, site: &SiteStats) -> Totals {
        Totals {
            allocations: site.allocations,
            bytes: site.bytes,
            ns: self.costs.blocks(&site.sizes, site.peak_live().upper),
        }
    }

    /// What is saved if the objects that are freed soon are not allocated, where the rest is kept for
    /// good; nothing if the kept ones may be those that were allocated last.
    fn in_vain(&self, site: &SiteStats) -> Totals {
        let kept_bytes = site.bytes / site.objects().max(1.0) * site.in_use;
        let lives_shortly = site
            .lifetimes_bytes
            .median()
            .is_some_and(|bytes| (bytes as f64) < SHORT * kept_bytes);
        let churn = site.churn();
        match churn >= IN_VAIN && site.kept_share() > KEPT && lives_shortly {
            true => self.all(site).share(churn),
            false => Totals::default(),
        }
    }

    /// What reuse of objects saves, before the cost of a pool. New objects are allocated until the
    /// peak of live objects is reached; for buffers of many sizes, until the peak is reached in
    /// each size class.
    fn reuse(&self, site: &SiteStats, kind: ObjectKind) -> Totals {
        if site.grows() || needs_no_classes(site, kind) {
            return self.all_but_the_peak(site);
        }
        let peak_live = site.peak_live();
        let mut classes: BTreeMap<usize, BTreeMap<u64, BlockCounts>> = BTreeMap::new();
        for (size, blocks) in &site.sizes {
            let capacity = usize::try_from(*size).unwrap_or(usize::MAX);
            let class = classes.entry(BufPool::size_class(capacity)).or_default();
            class.insert(*size, *blocks);
        }
        let mut saved = self.nothing();
        for sizes in classes.values() {
            let count = |blocks: &BlockCounts| blocks.fresh + blocks.grown;
            let objects: f64 = sizes.values().map(count).sum();
            let of_class = Totals {
                allocations: objects,
                bytes: sizes.iter().map(|(size, n)| *size as f64 * count(n)).sum(),
                ns: self.costs.reused(sizes, peak_live.upper),
            };
            let new = (peak_live.value as f64).min(objects);
            saved.add(&of_class.share(1.0 - new / objects.max(1.0)));
        }
        saved.bytes = saved.bytes.min(site.bytes);
        saved
    }

    /// What reuse saves if any object can replace any other: all but the peak of live objects.
    fn all_but_the_peak(&self, site: &SiteStats) -> Totals {
        let all = Totals {
            ns: self.costs.reused(&site.sizes, site.peak_live().upper),
            ..self.all(site)
        };
        all.share(1.0 - site.peak_live().value as f64 / site.objects().max(1.0))
    }

    /// The kind of pool that suits a site, and what it saves after its own cost.
    fn pool(&self, site: &SiteStats, kind: ObjectKind, reuse: &Totals) -> (Action, Totals) {
        let (action, pair) =
            match site.is_of_bytes || !site.grows() && !needs_no_classes(site, kind) {
                true => (Action::BufPool, self.costs.buf_pool_pair()),
                false => (Action::Pool, self.costs.pool_pair()),
            };
        let objects = site.objects();
        let mut saved = *reuse;
        // What makes the allocator slower makes the pool slower too: the bounds share the pool's cost.
        let pool = NsInterval::around(pair.ns * objects, 1.0, 1.0);
        saved.ns = saved.ns.map(|ns| ns - pool);
        if site.is_of_bytes {
            let objects = objects * site.new_headers;
            let header = self.costs.pair(FROZEN_HEADER).unwrap_or_default();
            saved.ns = saved.ns.map(|ns| ns - header.times(objects));
            saved.allocations = (saved.allocations - objects).max(0.0);
            saved.bytes = (saved.bytes - FROZEN_HEADER as f64 * objects).max(0.0);
        }
        (action, saved)
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
        let live = site.peak_live().upper;
        let grown = self.costs.blocks(&site.sizes, live);
        let at_once = self.costs.blocks(&at_once.collect(), live);
        // Both were measured in one run, so that they are too low or too high together.
        let ns = grown.zip(at_once).map(|(grown, at_once)| {
            let (one, other) = (grown.low - at_once.low, grown.high - at_once.high);
            let ns = grown.ns - at_once.ns;
            NsInterval {
                ns,
                low: one.min(other).min(ns),
                high: one.max(other).max(ns),
            }
        });
        Some(Totals {
            allocations: site.grown(),
            bytes: growth.replaced_bytes.min(site.bytes),
            ns,
        })
    }

    /// Why a saving is not worth a change; `None` if it is.
    fn not_worth(&self, site: &SiteStats, saved: &Totals) -> Option<NoAction> {
        let objects = site.objects();
        let share_of_time = match saved.ns {
            Some(ns) if self.duration_ns > 0.0 && ns.high > 0.0 => Some(ns.ns / self.duration_ns),
            _ => None,
        };
        let all = self.costs.blocks(&site.sizes, site.peak_live().upper);
        if let Some((saved, all)) = saved.ns.zip(all)
            && saved.ns <= FASTER * all.ns
            && all.ns > 0.0
        {
            return Some(NoAction::AllocatorIsAsFast);
        }
        if saved.allocations <= 0.0 {
            return Some(NoAction::LongLived);
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

/// Whether any buffer of a site may replace any other: all have one size, are small, or are not of
/// bytes, for which there are no size classes.
fn needs_no_classes(site: &SiteStats, kind: ObjectKind) -> bool {
    let greatest = site.sizes.last_key_value().map_or(0, |(size, _)| *size);
    greatest <= SMALL || site.sizes.len() == 1 || kind != ObjectKind::Bytes
}
