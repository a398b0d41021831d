//! What the process's sweeper does to a pool, by the pool's heap part alone.
//!
//! A pool that is not borrowed may be moved, or forgotten, so that no other thread can know where it
//! is; its [`Core`] does not move. The sweeper finds it in the [registry](super::registry) and does there
//! what a [sweep](super::sweep) does, in two ways:
//!
//! - Idle objects that any thread may drop (D1) age and go as in a sweep. They are dropped after the lock
//!   of the registry was released, and may outlive the pool by that moment.
//! - Objects that a thread which uses the pool has to drop are moved from the CPUs' caches to the depot,
//!   and a sweep of the pool becomes due: the next get on each CPU finds its cache empty, and sweeps
//!   before it pops from the depot. The sweeper drops none of them, and reads at most their weight (W1).
//!
//! A CPU's cache is drained by a thread on that CPU (R3), so that the sweeper visits CPU by CPU.
//!
//! **G3.** A visit moves magazines of a pool only while the pool is [this process's](super::ownership): in a
//! forked child, the magazines that the parent's threads had taken out have to be recovered first, by a
//! claimant that is alone with the pool. A round begins by claiming each pool, as the first ordinary call
//! would, and skips a pool that another thread is claiming, that a child has to empty itself
//! (`drop_on_fork`), or that there is no memory to recover. Each later step asks again, for an object
//! that is dropped between two steps may fork: in that child the round goes on, and skips every pool.

use core::sync::atomic::Ordering;
use core::time::Duration;

use super::core::{Caches, Core};
use super::counts::DropReason;
use super::disposal::{Disposal, PendingDrops};
use super::drain::Collector;
use super::ownership::Ownership;
use super::registry::Claim;
use crate::clock;
use crate::cpu::{Cpus, DrainSink, Patience};
use crate::depot::Depot;
use crate::depot::magazine::Magazine;
use crate::depot::stack::Stack;

/// A set of CPUs, by their numbers below 1024: no more have an affinity in glibc either.
#[derive(Debug, Default)]
pub(crate) struct CpuSet([u64; 16]);

impl CpuSet {
    pub(crate) fn insert(&mut self, cpu: usize) {
        if let Some(word) = self.0.get_mut(cpu / 64) {
            *word |= 1 << (cpu % 64);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        let words = self.0.iter().enumerate();
        words.flat_map(|(at, word)| {
            (0..64)
                .filter(move |bit| word >> bit & 1 == 1)
                .map(move |bit| 64 * at + bit)
        })
    }
}

/// The kind of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    /// Ages pools that were not swept for three quarters of this time: a round is never exactly on time.
    Sweep(Duration),
    /// Drops everything idle.
    Clear,
}

/// One round over all pools of the process.
pub(crate) struct Round<'a> {
    claim: &'a mut Claim,
    visit: Visit,
    pending: PendingDrops,
}

/// Runs a function that drops an object, and catches its panic.
pub(crate) type Run<'a> = dyn FnMut(&mut dyn FnMut()) + 'a;

impl<'a> Round<'a> {
    pub(crate) fn new(claim: &'a mut Claim, visit: Visit) -> Self {
        Round {
            claim,
            visit,
            pending: PendingDrops::default(),
        }
    }

    /// Drops aged objects. Returns the CPUs that have objects cached of pools that take part: each is to be
    /// [emptied](Round::empty_cpu) by a thread on it.
    pub(crate) fn begin(&mut self, run: &mut Run<'_>) -> CpuSet {
        let mut cpus = CpuSet::default();
        let visit = self.visit;
        self.each(run, |core, pending| {
            core.begin_visit(visit, &mut cpus, pending)
        });
        cpus
    }

    /// Drains the cache of the calling thread's CPU, in every pool.
    pub(crate) fn empty_cpu(&mut self, run: &mut Run<'_>) {
        let visit = self.visit;
        self.each(run, |core, pending| core.empty_own_cpu(visit, pending));
    }

    /// Ends the round: drops outliers, or everything in a [`Visit::Clear`], and gives memory back.
    pub(crate) fn end(mut self, run: &mut Run<'_>) {
        let visit = self.visit;
        self.each(run, |core, pending| core.end_visit(visit, pending));
    }

    fn each(&mut self, run: &mut Run<'_>, mut work: impl FnMut(&Core, &mut PendingDrops)) {
        self.claim.rewind();
        let pending = &mut self.pending;
        loop {
            let more = self.claim.visit_some(&mut |core| {
                work(core, pending);
                pending.is_empty()
            });
            pending.drop_all(run);
            if !more {
                return;
            }
        }
    }
}

impl Core {
    /// How any thread may drop an idle object of this pool; `None` if only threads that use the pool may.
    /// To be called after the objects were taken out: a thread that adds one that was not recycled stores
    /// `has_unrecycled` first.
    fn disposal(&self) -> Option<Disposal> {
        self.disposal.filter(|disposal| {
            !disposal.once_recycled || !self.has_unrecycled.load(Ordering::Acquire)
        })
    }

    /// Whether this round includes this pool.
    fn takes_part(&self, visit: Visit) -> bool {
        if self.sweep_every == u64::MAX {
            return false;
        }
        // Without a depot, objects stay in the caches until ordinary calls sweep: each return to such a
        // pool may.
        if !self.plan.shared && self.disposal().is_none() {
            return false;
        }
        match visit {
            Visit::Clear => true,
            Visit::Sweep(every) => {
                let swept = self.swept.load(Ordering::Relaxed);
                let since = clock::coarse().saturating_sub(swept);
                // Not a pool that its own sweeper swept just now.
                u128::from(since) > every.as_nanos() / 4 * 3
            }
        }
    }

    /// Whether the round may move this pool's magazines; claims the pool if it is a parent's (G3).
    fn claim_for_visit(&self) -> bool {
        // A call of the child drops the parent's objects before it uses the pool.
        if self.drop_on_fork && !self.owner.is_current() {
            return false;
        }
        match self.owner.ownership() {
            Ownership::Ours => true,
            Ownership::BeingClaimed => false,
            Ownership::Inherited(claim) => {
                let recovered = match &self.caches {
                    Caches::Rseq(storage) => {
                        storage.reset_after_fork();
                        self.recover(storage.each_cache())
                    }
                    Caches::Sharded(caches) => {
                        let cpus = caches.view();
                        cpus.reset_after_fork();
                        self.recover(cpus.caches())
                    }
                };
                if recovered {
                    claim.finish();
                }
                recovered
            }
        }
    }

    /// Whether a later step of the round may move this pool's magazines (G3).
    fn is_visited(&self) -> bool {
        self.link.in_round.load(Ordering::Relaxed) && self.owner.is_current()
    }

    fn begin_visit(&self, visit: Visit, cpus: &mut CpuSet, pending: &mut PendingDrops) {
        let takes_part = self.takes_part(visit) && self.claim_for_visit();
        self.link.in_round.store(takes_part, Ordering::Relaxed);
        if !takes_part {
            return;
        }
        if self.disposal().is_none() {
            self.due.store(0, Ordering::Relaxed);
        } else {
            let now = clock::coarse();
            self.swept.store(now, Ordering::Relaxed);
            self.due
                .store(now.saturating_add(self.sweep_every), Ordering::Relaxed);
            if visit != Visit::Clear
                && self.plan.shared
                && let Some(aged) = self.depot.age()
            {
                self.drop_later(aged, DropReason::Swept, pending);
            }
            if self.fades && self.trims(visit) {
                self.demand.end_period();
            }
        }
        match &self.caches {
            Caches::Rseq(storage) => storage.cpus_in_use().for_each(|cpu| cpus.insert(cpu)),
            Caches::Sharded(caches) => {
                let cpus = caches.view();
                if self.trims(visit) {
                    self.trim(pending, |sink, drops| {
                        cpus.trim(Patience::None, sink, drops)
                    });
                } else {
                    let store = self.store(visit);
                    let in_flight = cpus.in_flight();
                    let sink = &mut Collector::at_once(&self.depot, in_flight, |magazine| {
                        store(&self.depot, magazine);
                    });
                    // Without patience: this thread has the registry's lock.
                    cpus.drain_all(Patience::None, sink);
                }
            }
        }
    }

    fn empty_own_cpu(&self, visit: Visit, pending: &mut PendingDrops) {
        let Caches::Rseq(storage) = &self.caches else {
            return;
        };
        if !self.is_visited() {
            return;
        }
        let Some(own) = storage.own_cpu() else { return };
        if self.trims(visit) {
            return self.trim(pending, |sink, drops| own.trim(sink, drops));
        }
        let store = self.store(visit);
        own.drain(&mut Collector::at_once(
            &self.depot,
            own.in_flight(),
            |magazine| {
                store(&self.depot, magazine);
            },
        ));
    }

    fn end_visit(&self, visit: Visit, pending: &mut PendingDrops) {
        if !self.is_visited() || self.disposal().is_none() {
            return;
        }
        if visit == Visit::Clear {
            self.excess.clear();
            self.drop_later(self.depot.drain(), DropReason::Cleared, pending);
        } else if self.fades && self.plan.shared {
            self.demand.end_period();
            let outliers = match &self.caches {
                Caches::Rseq(storage) => self.fade(storage.in_flight_here()),
                Caches::Sharded(caches) => self.fade(caches.view().in_flight()),
            };
            self.drop_later(outliers, DropReason::Heavy, pending);
        }
        self.depot.trim();
    }

    /// Whether unused objects are dropped straight from the caches, because there is no depot.
    fn trims(&self, visit: Visit) -> bool {
        !self.plan.shared && visit != Visit::Clear
    }

    fn trim(
        &self,
        pending: &mut PendingDrops,
        trim: impl FnOnce(&mut dyn DrainSink, Option<&dyn Fn(*mut ()) -> bool>),
    ) {
        let unused = Stack::new();
        let is_outlier = |object| self.is_outlier(object);
        trim(
            &mut Collector::gather(&self.depot, |magazine| unused.push(magazine)),
            self.fades.then_some(&is_outlier),
        );
        self.drop_later(unused.drain(self.depot.arena()), DropReason::Swept, pending);
    }

    /// Where drained magazines are stored: as victims, or as recent ones for the sweep that is due.
    fn store(&self, visit: Visit) -> fn(&Depot, &Magazine) {
        match visit != Visit::Clear && self.disposal().is_some() {
            true => Depot::store_victims,
            false => Depot::store,
        }
    }

    /// Counts the objects in magazines that the caller owns (M1) as dropped and moves them to `pending`; or
    /// stores the magazines again, if this thread may not drop the objects or memory has run out. The
    /// peak of live objects is noted by the pool's own calls only.
    fn drop_later<'a>(
        &'a self,
        magazines: impl Iterator<Item = &'a Magazine>,
        why: DropReason,
        pending: &mut PendingDrops,
    ) {
        for magazine in magazines {
            if let Some(disposal) = self.disposal()
                && pending.reserve(magazine.count())
            {
                while let Some(object) = magazine.pop() {
                    let is_heavy = self.fades && self.is_outlier(object);
                    self.tally
                        .add_dropped(if is_heavy { DropReason::Heavy } else { why });
                    // SAFETY: the magazine is the caller's (M1); D1.
                    unsafe { pending.push(object, disposal) };
                }
            }
            self.depot.store(magazine);
        }
    }
}
