//! What the sweeper of the process does to a pool: by the pool's heap part alone.
//!
//! A pool that is not borrowed may be moved, or forgotten, so that no other thread can know where it
//! is; its [`Core`] stays where it is. The sweeper does there what a sweep does, in two ways:
//!
//! - Idle objects that any thread may drop (D1) age and go as in a sweep. They are dropped when the lock
//!   of the [registry](super::registry) is no longer held, and may outlive the pool by that moment.
//! - Of objects that their users' threads have to drop, those that CPUs have cached are moved to the
//!   depot, and the pool is told that a sweep is due: the next get on each CPU comes to the depot, and
//!   sweeps before. Nothing of them is dropped, or looked at but for the weight (W1).
//!
//! What a CPU has cached is moved by a thread on that CPU (R3), so that one goes from CPU to CPU.
//!
//! **G3.** A visit moves magazines of a pool only while the pool is [this process's](Core::is_ours): in a
//! forked child, magazines that the parent's threads had taken out have to be found first, by a thread
//! that is alone with the pool. A round begins by [claiming](Core::claim) each pool as the first ordinary
//! call would, and skips a pool that another thread is claiming, that a child has to empty itself
//! (`drop_on_fork`), or that there is no memory to recover. Each later step asks again, for an object
//! that is dropped between two steps may fork: in that child the round goes on, and skips every pool.

use core::sync::atomic::Ordering;
use core::time::Duration;

use super::core::{Core, Idle, Storage};
use super::counts::Why;
use super::disposal::{Disposal, Doomed};
use super::haul::Collector;
use super::registry::Claim;
use crate::clock;
use crate::cpu::{Cpus, Patience, Sink};
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

/// What a round is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    /// Lets a generation pass in pools that were not swept for three quarters of this time: a round
    /// is never exactly on time.
    Sweep(Duration),
    /// Drops everything idle.
    Clear,
}

/// One round over all pools of the process.
pub(crate) struct Round<'a> {
    claim: &'a mut Claim,
    visit: Visit,
    doomed: Doomed,
}

/// Runs what drops an object, and catches its panic.
pub(crate) type Run<'a> = dyn FnMut(&mut dyn FnMut()) + 'a;

impl<'a> Round<'a> {
    pub(crate) fn new(claim: &'a mut Claim, visit: Visit) -> Self {
        Round {
            claim,
            visit,
            doomed: Doomed::default(),
        }
    }

    /// Begins: what is aged goes. Returns the CPUs that have something cached of the pools that take
    /// part, each to be [emptied](Round::empty_cpu) by a thread on it.
    pub(crate) fn begin(&mut self, run: &mut Run<'_>) -> CpuSet {
        let mut cpus = CpuSet::default();
        let visit = self.visit;
        self.each(run, |core, doomed| {
            core.begin_visit(visit, &mut cpus, doomed)
        });
        cpus
    }

    /// Moves what the calling thread's CPU has cached on.
    pub(crate) fn empty_cpu(&mut self, run: &mut Run<'_>) {
        let visit = self.visit;
        self.each(run, |core, doomed| core.empty_own_cpu(visit, doomed));
    }

    /// Ends: outliers go; where all is to go, it does.
    pub(crate) fn end(mut self, run: &mut Run<'_>) {
        let visit = self.visit;
        self.each(run, |core, doomed| core.end_visit(visit, doomed));
    }

    fn each(&mut self, run: &mut Run<'_>, mut work: impl FnMut(&Core, &mut Doomed)) {
        self.claim.rewind();
        let doomed = &mut self.doomed;
        loop {
            let more = self.claim.visit_some(&mut |core| {
                work(core, doomed);
                doomed.is_empty()
            });
            doomed.drop_all(run);
            if !more {
                return;
            }
        }
    }
}

impl Core {
    /// How any thread may dispose of what is idle here. To be asked after the objects were taken: who
    /// keeps one that was not recycled says so first.
    fn disposal(&self) -> Option<Disposal> {
        self.disposal.filter(|disposal| {
            !disposal.once_recycled || !self.has_unrecycled.load(Ordering::Acquire)
        })
    }

    /// Whether this round is for this pool.
    fn takes_part(&self, visit: Visit) -> bool {
        if self.sweep_every == u64::MAX {
            return false;
        }
        // Objects that do not go to the depot stay where they are, until ordinary calls sweep: each
        // return to such a pool may.
        if !self.plan.shared && self.disposal().is_none() {
            return false;
        }
        match visit {
            Visit::Clear => true,
            Visit::Sweep(every) => {
                let swept = self.swept.load(Ordering::Relaxed);
                let since = clock::coarse().saturating_sub(swept);
                // Not what was swept just now, as one that is watched.
                u128::from(since) > every.as_nanos() / 4 * 3
            }
        }
    }

    /// Whether magazines may be moved; claims the pool for a forked child if no thread has yet (G3).
    fn claim(&self) -> bool {
        // The child's own calls drop what they are not to have before they use the pool.
        if self.drop_on_fork && !self.is_ours() {
            return false;
        }
        match self.idle_are() {
            Idle::Ours => true,
            Idle::InHand => false,
            Idle::Parents(inheriting) => {
                let recovered = match &self.cpus {
                    // A table that a thread of the parent had closed is opened by the next call that has
                    // it; no slot of it is emptied before (`Storage::own_cpu`).
                    Storage::Rseq(storage) => {
                        storage.forget_hands();
                        self.recover(storage.each_slot())
                    }
                    Storage::Slots(slots) => {
                        let cpus = slots.seen_from_here();
                        cpus.renew();
                        self.recover(cpus.slots())
                    }
                };
                if recovered {
                    inheriting.done();
                }
                recovered
            }
        }
    }

    /// Whether a step after the first may move magazines (G3).
    fn is_visited(&self) -> bool {
        self.link.in_round.load(Ordering::Relaxed) && self.is_ours()
    }

    fn begin_visit(&self, visit: Visit, cpus: &mut CpuSet, doomed: &mut Doomed) {
        let takes_part = self.takes_part(visit) && self.claim();
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
                self.doom(aged, Why::Swept, doomed);
            }
            if self.fades && self.trims(visit) {
                self.demand.turn();
            }
        }
        match &self.cpus {
            Storage::Rseq(storage) => storage.cpus_in_use().for_each(|cpu| cpus.insert(cpu)),
            Storage::Slots(slots) => {
                let cpus = slots.seen_from_here();
                if self.trims(visit) {
                    self.trim(doomed, |sink, goes| cpus.trim(Patience::None, sink, goes));
                } else {
                    let store = self.store(visit);
                    let hands = cpus.hands();
                    let sink = &mut Collector::at_once(&self.depot, hands, |magazine| {
                        store(&self.depot, magazine);
                    });
                    // Who is at a slot is not waited for under the lock: it is not idle.
                    cpus.seize(Patience::None, sink);
                }
            }
        }
    }

    fn empty_own_cpu(&self, visit: Visit, doomed: &mut Doomed) {
        let Storage::Rseq(storage) = &self.cpus else {
            return;
        };
        if !self.is_visited() {
            return;
        }
        let Some(own) = storage.own_cpu() else { return };
        if self.trims(visit) {
            return self.trim(doomed, |sink, goes| own.trim(sink, goes));
        }
        let store = self.store(visit);
        own.unload(&mut Collector::at_once(
            &self.depot,
            own.hands(),
            |magazine| {
                store(&self.depot, magazine);
            },
        ));
    }

    fn end_visit(&self, visit: Visit, doomed: &mut Doomed) {
        if !self.is_visited() || self.disposal().is_none() {
            return;
        }
        if visit == Visit::Clear {
            self.surplus.forgive();
            self.doom(self.depot.take_all(), Why::Cleared, doomed);
        } else if self.fades && self.plan.shared {
            self.demand.turn();
            let outliers = match &self.cpus {
                Storage::Rseq(storage) => self.fade(storage.hands_here()),
                Storage::Slots(slots) => self.fade(slots.seen_from_here().hands()),
            };
            self.doom(outliers, Why::Heavy, doomed);
        }
        self.depot.trim();
    }

    /// Whether what was not used goes from the CPUs themselves, as there is no depot.
    fn trims(&self, visit: Visit) -> bool {
        !self.plan.shared && visit != Visit::Clear
    }

    fn trim(
        &self,
        doomed: &mut Doomed,
        trim: impl FnOnce(&mut dyn Sink, Option<&dyn Fn(*mut ()) -> bool>),
    ) {
        let unused = Stack::new();
        let is_outlier = |object| self.is_outlier(object);
        trim(
            &mut Collector::gather(&self.depot, |magazine| unused.push(magazine)),
            self.fades.then_some(&is_outlier),
        );
        self.doom(unused.take_all(self.depot.arena()), Why::Swept, doomed);
    }

    /// Where what a CPU had cached is put: with the generation that ages, or where the sweep that is
    /// to come finds it.
    fn store(&self, visit: Visit) -> fn(&Depot, &Magazine) {
        match visit != Visit::Clear && self.disposal().is_some() {
            true => Depot::store_victims,
            false => Depot::store,
        }
    }

    /// Counts the objects in magazines that the caller owns as dropped, and takes them out; or stores
    /// the magazines again, if this thread may not drop the objects or memory has run out. The peak of
    /// objects that there were, which the pool's own calls note, is left to them.
    fn doom<'a>(
        &'a self,
        magazines: impl Iterator<Item = &'a Magazine>,
        why: Why,
        doomed: &mut Doomed,
    ) {
        for magazine in magazines {
            if let Some(disposal) = self.disposal()
                && doomed.reserve(magazine.count())
            {
                while let Some(object) = magazine.pop() {
                    let is_heavy = self.fades && self.is_outlier(object);
                    self.tally
                        .add_dropped(if is_heavy { Why::Heavy } else { why });
                    // SAFETY: the magazine is the caller's (M1); D1.
                    unsafe { doomed.push(object, disposal) };
                }
            }
            self.depot.store(magazine);
        }
    }
}
