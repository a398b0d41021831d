//! The rules, as a pool's documentation states them, over plain maps of numbered objects.
//!
//! Each function panics if the pool did what the rules do not allow.

use std::collections::{BTreeMap, BTreeSet};

use crate::operations::{By, Settings};
use repool::Stats;

/// The most objects that a CPU keeps with `per_cpu`, even if that says more.
const MOST_PER_CPU: usize = 31;
/// Objects by which one CPU may exceed a bound after a sweep.
const MAGAZINE: usize = 30;
/// An object is an outlier if it is heavier than demand by more than this factor, and heavier than a page.
const FAR: usize = 8;
const PAGE: usize = 4096;

struct Idle {
    weight: usize,
    /// Whether it was idle at the last sweep, and ever since.
    victim: bool,
}

/// The results of recycling and weighing an object.
#[derive(Clone, Copy)]
pub struct Observed {
    pub bytes: usize,
    pub used: usize,
    pub spoiled: bool,
}

/// The figures that a pool must show.
#[derive(Debug, Default, PartialEq, Eq)]
struct Figures {
    created: usize,
    adopted: usize,
    detached: usize,
    refused: usize,
    heavy: usize,
    over_budget: usize,
    swept: usize,
    cleared: usize,
    cold: usize,
    empty: usize,
}

/// Whether there is room for one more.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Room {
    None,
    /// The documentation allows either.
    Either,
    Enough,
}

pub struct Model {
    settings: Settings,
    cpus: usize,
    idle: BTreeMap<usize, Idle>,
    idle_bytes: usize,
    /// The objects in use, and their weights when they were last weighed.
    in_use: BTreeMap<usize, usize>,
    figures: Figures,
    /// The most objects that the pool ever had.
    peak: usize,
    /// Whether there was a sweep since the pool was empty: bounds are exact before.
    swept: bool,
    /// The most bytes that a user needed in this period, in the one before, and the weight of a created object.
    demand: [usize; 3],
}

impl Model {
    pub fn new(settings: Settings) -> Self {
        // SAFETY: sysconf(3) has no preconditions.
        let cpus = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
        Model {
            settings,
            cpus: usize::try_from(cpus).unwrap(),
            idle: BTreeMap::new(),
            idle_bytes: 0,
            in_use: BTreeMap::new(),
            figures: Figures::default(),
            peak: 0,
            swept: false,
            demand: [0; 3],
        }
    }

    pub fn idle(&self) -> usize {
        self.idle.len()
    }

    pub fn all_idle(&self) -> BTreeSet<usize> {
        self.idle.keys().copied().collect()
    }

    fn alive(&self) -> usize {
        self.idle.len() + self.in_use.len()
    }

    fn in_pool(&mut self, id: usize, weight: usize) {
        let before = self.in_use.insert(id, weight);
        assert!(before.is_none(), "object {id} was handed out twice");
        self.peak = self.peak.max(self.alive());
    }

    /// `create` made an object, for a get if `missed`.
    pub fn created(&mut self, id: usize, missed: bool) {
        if missed {
            assert_eq!(self.idle(), 0, "created {id} beside idle objects");
            match self.alive() >= self.peak {
                true => self.figures.cold += 1,
                false => self.figures.empty += 1,
            }
        }
        self.figures.created += 1;
        let weight = if self.settings.weighs() {
            self.settings.made
        } else {
            0
        };
        self.demand[2] = weight;
        self.in_pool(id, weight);
    }

    /// A get returned an idle object: any of them, because no order is promised.
    pub fn got(&mut self, id: usize) {
        let idle = self.idle.remove(&id);
        let weight = idle.unwrap_or_else(|| panic!("{id} was not idle")).weight;
        self.idle_bytes -= weight;
        self.in_use.insert(id, weight);
    }

    pub fn detached(&mut self, id: usize) {
        assert!(self.in_use.remove(&id).is_some());
        self.figures.detached += 1;
    }

    pub fn adopted(&mut self, id: usize) {
        self.figures.adopted += 1;
        self.in_pool(id, 0);
    }

    /// An object was returned.
    pub fn returned(&mut self, id: usize, found: Observed, dropped: bool) {
        let before = self.in_use.remove(&id).expect("it was in use");
        if found.spoiled {
            assert!(dropped, "{id} was refused and kept");
            self.figures.refused += 1;
            return;
        }
        let weight = if self.settings.weighs() {
            found.bytes
        } else {
            0
        };
        if self.settings.fade_outliers && weight <= self.max_object_bytes() {
            let knows_use = matches!(self.settings.by, By::Trait | By::TraitAndWeigher);
            let used = if knows_use { found.used } else { 0 };
            let grown = if weight > before { weight } else { 0 };
            self.demand[0] = self.demand[0].max(used).max(grown);
            if weight > self.far() {
                assert!(dropped, "{id} is an outlier of {weight} bytes and was kept");
                self.figures.heavy += 1;
                return;
            }
        }
        self.settle(id, weight, dropped);
    }

    /// An object without a former user was added to the pool.
    pub fn added_unused(&mut self, id: usize, dropped: bool) {
        let weight = self.in_use.remove(&id).expect("it was in use");
        self.settle(id, weight, dropped);
    }

    fn settle(&mut self, id: usize, weight: usize, dropped: bool) {
        if weight > self.max_object_bytes() {
            assert!(dropped, "{id} weighs {weight} bytes and was kept");
            self.figures.heavy += 1;
            return;
        }
        let room = self.room(weight);
        let idle = (self.idle(), self.idle_bytes);
        if dropped {
            self.figures.over_budget += 1;
            assert!(
                room < Room::Enough,
                "{id} of {weight} bytes beside {idle:?} was dropped"
            );
            return;
        }
        assert!(
            room > Room::None,
            "{id} of {weight} bytes beside {idle:?} was kept"
        );
        self.insert(id, weight);
    }

    fn insert(&mut self, id: usize, weight: usize) {
        let victim = false;
        self.idle.insert(id, Idle { weight, victim });
        self.idle_bytes += weight;
    }

    /// The objects of a reservation were returned to the pool, in an unknown order.
    pub fn unreserved(&mut self, all: &BTreeSet<usize>, dropped: &BTreeSet<usize>) {
        for &id in all.difference(dropped) {
            let weight = self.in_use.remove(&id).expect("it was in use");
            assert!(weight <= self.max_object_bytes());
            self.insert(id, weight);
        }
        for &id in dropped {
            let weight = self.in_use.remove(&id).expect("it was in use");
            if weight > self.max_object_bytes() {
                self.figures.heavy += 1;
                continue;
            }
            // There is less room now than at any time during the call.
            assert!(self.room(weight) < Room::Enough, "{id} was dropped");
            self.figures.over_budget += 1;
        }
    }

    pub fn swept(&mut self, dropped: &BTreeSet<usize>) {
        self.swept = true;
        self.demand = [0, self.demand[0], self.demand[2]];
        let (fades, far) = (self.settings.fade_outliers, self.far());
        let goes = |idle: &Idle| idle.victim || fades && idle.weight > far;
        let unused = self.idle.iter().filter(|(_, idle)| goes(idle));
        let unused: BTreeSet<_> = unused.map(|(&id, _)| id).collect();
        assert_eq!(*dropped, unused, "a sweep dropped the first, not the last");
        for id in unused {
            let weight = self.idle.remove(&id).unwrap().weight;
            self.idle_bytes -= weight;
            match fades && weight > far {
                true => self.figures.heavy += 1,
                false => self.figures.swept += 1,
            }
        }
        self.idle.values_mut().for_each(|idle| idle.victim = true);
    }

    pub fn cleared(&mut self, dropped: &BTreeSet<usize>) {
        assert_eq!(*dropped, self.all_idle(), "clear dropped the first");
        self.figures.cleared += self.idle();
        self.idle.clear();
        self.idle_bytes = 0;
        self.swept = false;
    }

    /// Checks the figures after every step.
    pub fn check(&self, stats: &Stats) {
        let (dropped, missed) = (stats.dropped, stats.missed);
        let shown = Figures {
            created: stats.created,
            adopted: stats.adopted,
            detached: stats.detached,
            refused: dropped.refused,
            heavy: dropped.heavy,
            over_budget: dropped.over_budget,
            swept: dropped.swept,
            cleared: dropped.cleared,
            cold: missed.cold,
            empty: missed.empty,
        };
        assert_eq!(shown, self.figures, "the pool's figures are on the left");
        assert_eq!((dropped.surplus, dropped.fork, missed.contended), (0, 0, 0));
        assert_eq!((stats.idle, stats.in_use), (self.idle(), self.in_use.len()));
        assert!(self.idle() <= self.most(), "{} idle", self.idle());
        let bytes = self.most_bytes();
        assert!(self.idle_bytes <= bytes, "{} bytes idle", self.idle_bytes);
        let heaviest = self.idle.values().map(|idle| idle.weight).max();
        assert!(heaviest <= Some(self.max_object_bytes()));
    }

    fn max_object_bytes(&self) -> usize {
        self.settings.max_object_bytes.unwrap_or(usize::MAX)
    }

    /// The weight above which an object is an outlier.
    fn far(&self) -> usize {
        PAGE.max(FAR * self.demand.iter().max().unwrap())
    }

    /// Most objects that may be idle.
    fn most(&self) -> usize {
        let bound = self.settings.max_idle.unwrap_or(usize::MAX);
        match self.settings.per_cpu {
            Some(n) => n.min(MOST_PER_CPU).min(bound),
            None if self.loose() && bound > 0 => bound.saturating_add(MAGAZINE),
            None => bound,
        }
    }

    /// Whether the bound on the number of objects is approximate, because a sweep moves what CPUs have cached
    /// to the depot. A pool with a bound in bytes checks every return, and counts all objects.
    fn loose(&self) -> bool {
        self.swept && self.settings.max_idle_bytes.is_none()
    }

    /// Most bytes that may be idle. What CPUs have cached is not counted, a quarter at most. A sweep moves it
    /// to the depot, and then the caches may fill up again.
    fn most_bytes(&self) -> usize {
        let quarters = match self.settings.per_cpu {
            Some(_) => 0,
            None if self.swept => 2,
            None => 1,
        };
        match self.settings.max_idle_bytes {
            Some(bound) => bound + quarters * (bound / 4),
            None => usize::MAX,
        }
    }

    fn room(&self, weight: usize) -> Room {
        let (idle, bytes) = (self.idle(), self.idle_bytes + weight);
        if idle >= self.most() || bytes > self.most_bytes() {
            return Room::None;
        }
        let bound = self.settings.max_idle_bytes.unwrap_or(usize::MAX);
        if self.settings.per_cpu.is_some() {
            // The bytes are divided equally among the objects.
            return match weight.saturating_mul(self.most() * self.cpus) <= bound {
                true => Room::Enough,
                false => Room::None,
            };
        }
        let most = self.settings.max_idle.unwrap_or(usize::MAX);
        let below = match self.loose() {
            true => most.saturating_sub(MAGAZINE - 1),
            false => most,
        };
        match idle < below && bytes <= bound {
            true => Room::Enough,
            false => Room::Either,
        }
    }
}
