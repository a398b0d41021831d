//! The engine without types: a pool of pointers.
//!
//! Compiled once, whatever is pooled. It runs none of the user's code, and of what is behind a
//! pointer it reads the weight at most (W1).

use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use super::core::{Core, Storage, with_exchange};
use super::counts::{Counts, Miss, Tally, Why};
use super::demand::Demand;
use super::exchange::Without;
use super::haul::Collector;
use super::settings::Settings;
use super::taken::Taken;
use crate::cpu::rseq::{Checks, Entered};
use crate::cpu::{Cpus, Loot, Search, Sink, rseq};
use crate::debug;
use crate::depot::magazine::weight;
use crate::depot::stack::Stack;

/// The part of a pool that stands in the pool's own memory, so that a `static` needs no heap
/// until it is used.
///
/// First what the fast path reads, which is hardly ever written; the counts, which slow paths
/// write, are not on that cache line.
#[repr(C)]
pub(crate) struct RawPool {
    table: rseq::Table,
    /// Null until first used; then a box that lives as long as the pool.
    core: AtomicPtr<Core>,
    settings: Settings,
    counts: Counts,
}

impl RawPool {
    pub(crate) const fn new(settings: Settings) -> Self {
        RawPool {
            table: rseq::Table::new(),
            core: AtomicPtr::new(ptr::null_mut()),
            settings,
            counts: Counts::new(),
        }
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// `None` before the first use.
    pub(crate) fn tally(&self) -> Option<&Tally> {
        self.made().map(|core| &core.tally)
    }

    /// Counts an object that is dropped.
    pub(crate) fn add_dropped(&self, why: Why) {
        match self.core() {
            Some(core) => core.tally.add_dropped(why),
            None => Counts::add(&self.counts.unplaced),
        }
    }

    /// Counts an object that was made, and why it had to be.
    pub(crate) fn add_created(&self, missed: Option<Without>) {
        let tally = self.tally();
        if let (Some(tally), Some(without)) = (tally, missed) {
            tally.add_missed(match without {
                Without::None => tally.cold_or_empty(&self.counts),
                Without::Left | Without::Contended => Miss::Contended,
            });
        }
        if let (Some(core), Some(Without::Contended)) = (self.made(), missed) {
            core.surplus.owe();
        }
        Counts::add(&self.counts.created);
        tally.inspect(|tally| tally.note_alive(&self.counts));
    }

    pub(crate) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// To be changed before the first use.
    pub(crate) const fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// Whether returns have to be looked at before they are kept.
    pub(crate) fn checks_returns(&self) -> bool {
        self.settings.checks_returns() || debug::switches().any()
    }

    /// Takes an object that is at hand; null when there is none.
    #[inline(always)]
    pub(crate) fn take(&self) -> *mut () {
        match self.table.enter() {
            Some(slots) => slots.take(),
            None => self.take_elsewhere_slow(),
        }
    }

    /// A way to keep an object at hand that need not be looked at; `None` where it must be, and
    /// on the slots engine.
    #[inline(always)]
    pub(crate) fn enter_unchecked(&self) -> Option<Entered<'_>> {
        self.table.enter_unchecked()
    }

    /// `take` on the slots engine: out of line, and no more than that needs.
    #[inline(never)]
    fn take_elsewhere_slow(&self) -> *mut () {
        match self.made().map(|core| &core.cpus) {
            Some(Storage::Slots(slots)) if !self.settings.drop_on_fork => {
                slots.seen_from_here().take()
            }
            _ => ptr::null_mut(),
        }
    }

    /// Keeps an object that weighs `bytes` at hand; `false` when there is no room, or it is too
    /// heavy to be there uncounted.
    #[inline]
    pub(crate) fn give_at_hand(&self, object: *mut (), bytes: usize) -> bool {
        let Some(core) = self.made().filter(|_| self.settings.keeps()) else {
            return false;
        };
        with_exchange!(self, core, |exchange| bytes <= core.plan.light
            && exchange.give_at_hand(object))
    }

    /// Takes an idle object from wherever there is one.
    #[inline(never)]
    pub(crate) fn take_slow(&self, search: Search) -> Result<*mut (), Without> {
        let Some(core) = self.core().filter(|_| self.settings.keeps()) else {
            return Err(Without::None);
        };
        let found = with_exchange!(self, core, |exchange| exchange.take(search));
        if found == Err(Without::Contended) && core.is_first_in_a_fork() {
            // Those who were in the way are the parent's threads.
            return Err(Without::None);
        }
        found
    }

    /// Keeps an object that weighs `bytes` wherever there is room; says why not where there is
    /// none.
    #[inline(never)]
    pub(crate) fn give_slow(&self, object: *mut (), bytes: usize) -> Result<(), Why> {
        let Some(core) = self.core().filter(|_| self.settings.keeps()) else {
            return Err(Why::OverBudget);
        };
        with_exchange!(self, core, |exchange| match bytes <= core.plan.light {
            true => exchange.give(object),
            false if core.plan.shared => exchange.leave_at_depot(object),
            false => Err(Why::OverBudget),
        })
    }

    /// What recent users made use of; `None` before the first use.
    pub(crate) fn demand(&self) -> Option<&Demand> {
        self.made().map(|core| &core.demand)
    }

    /// Whether it is time for a sweep, which is then the caller's to do.
    pub(crate) fn sweep_is_due(&self) -> bool {
        self.made().is_some_and(Core::sweep_is_due)
    }

    /// Whether what is idle was the parent's of this forked child, and is the caller's to drop.
    pub(crate) fn is_to_drop_the_parents(&self) -> bool {
        self.settings.drop_on_fork && self.made().is_some_and(Core::is_first_in_a_fork)
    }

    /// Whether a debugging switch has this return refused: one in four.
    pub(crate) fn refuses_in_debug(&self) -> bool {
        debug::switches().drop
            && self
                .core()
                .is_some_and(|core| core.returns.fetch_add(1, Ordering::Relaxed) % 4 == 3)
    }

    /// Hands every idle object to `sink`, which may panic, or use the pool.
    pub(crate) fn drain(&self, sink: &mut dyn FnMut(*mut ())) {
        let Some(core) = self.made() else { return };
        let depot = &core.depot;
        with_exchange!(self, core, |exchange| {
            exchange
                .cpus
                .seize(&mut Collector::at_once(depot, |magazine| {
                    depot.store(magazine)
                }))
        });
        core.surplus.forgive();
        Taken::new(depot.take_all(), depot).hand_to(sink);
    }

    /// Ends a period: hands what was not used since the last one ended to `sink`, which may panic,
    /// or use the pool.
    pub(crate) fn sweep(&self, sink: &mut dyn FnMut(*mut ())) {
        let Some(core) = self.made() else { return };
        let depot = &core.depot;
        if !core.plan.shared {
            let unused = Stack::new();
            with_exchange!(self, core, |exchange| exchange
                .cpus
                .trim(&mut Collector::gather(depot, |magazine| unused.push(magazine))));
            // And what a race may have left in the depot.
            let unused = unused.take_all(depot.arena()).chain(depot.take_all());
            return Taken::new(unused, depot).hand_to(sink);
        }
        let Some(aged) = depot.age() else { return };
        let mut aged = Taken::new(aged, depot);
        with_exchange!(self, core, |exchange| exchange.cpus.seize(
            &mut Collector::at_once(depot, |magazine| depot.store_victims(magazine))
        ));
        if self.settings.fade_outliers {
            core.demand.turn();
            self.fade(core, sink);
        }
        aged.hand_to(sink);
    }

    /// Hands the outliers among the victims to `sink`.
    fn fade(&self, core: &Core, sink: &mut dyn FnMut(*mut ())) {
        let depot = &core.depot;
        let bound = core.demand.bound();
        let (outliers, kept) = (Stack::new(), Stack::new());
        {
            let _in_hand = depot.hold();
            let mut collector = Collector::gather(depot, |magazine| outliers.push(magazine));
            while let Some(magazine) = depot.take_victims() {
                for place in (0..magazine.count()).rev() {
                    // SAFETY: W1: a pool that fades outliers weighs its objects; this one is in a
                    // magazine of ours.
                    let is_outlier = |&object: &*mut ()| unsafe { weight(object) } > bound;
                    if magazine.get(place).filter(is_outlier).is_some()
                        && collector.has_room()
                        && let Some(outlier) = magazine.remove(place)
                    {
                        collector.put(Loot::Object(outlier));
                    }
                }
                kept.push(magazine);
            }
            for magazine in kept.take_all(depot.arena()) {
                depot.store_victims(magazine);
            }
        }
        Taken::new(outliers.take_all(depot.arena()), depot).hand_to(sink);
    }

    /// Hands every idle object to `sink`, which may panic, whatever a dead thread left locked.
    /// Called again after a panic, it goes on with the rest.
    pub(crate) fn drain_mut(&mut self, sink: &mut dyn FnMut(*mut ())) {
        let Some(core) = self.made() else { return };
        // SAFETY: `&mut self`: nobody else has the pool.
        with_exchange!(self, core, |exchange| unsafe {
            exchange.cpus.drain_privates(sink);
        });
        // Every magazine is ours too, wherever it is.
        for magazine in core.depot.arena().iter() {
            while let Some(object) = magazine.pop() {
                sink(object);
            }
        }
    }

    /// Objects that are idle; exact while nobody is in the middle of a call.
    pub(crate) fn idle(&self) -> usize {
        self.made().map_or(0, |core| {
            let privates = with_exchange!(self, core, |exchange| exchange.cpus.privates());
            // A magazine is counted wherever it is.
            let magazines = core.depot.arena().iter();
            privates + magazines.map(|magazine| magazine.count()).sum::<usize>()
        })
    }

    fn made(&self) -> Option<&Core> {
        // Acquire: sees the core made.
        let core = self.core.load(Ordering::Acquire);
        // SAFETY: null, or leaked by `make` for as long as the pool lives.
        unsafe { core.as_ref() }
    }

    /// The core, made now if need be; `None` when memory has run out.
    #[inline]
    fn core(&self) -> Option<&Core> {
        self.made().or_else(|| self.make())
    }

    #[cold]
    fn make(&self) -> Option<&Core> {
        let checks = Checks {
            takes: self.settings.drop_on_fork,
            returns: self.checks_returns(),
        };
        let mut fresh = Vec::new();
        fresh.try_reserve_exact(1).ok()?;
        fresh.push(Core::new(&self.settings, checks)?);
        let fresh = Box::into_raw(fresh.into_boxed_slice());
        let placed = self.core.compare_exchange(
            ptr::null_mut(),
            fresh.cast::<Core>(),
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        if placed.is_err() {
            // SAFETY: `fresh` came from `Box::into_raw` above and nobody else has seen it.
            drop(unsafe { Box::from_raw(fresh) });
            return self.made();
        }
        let core = self.made()?;
        if let Storage::Rseq(storage) = &core.cpus {
            self.table.publish(storage);
        }
        Some(core)
    }
}

impl Drop for RawPool {
    /// Frees the core. The objects in it must have been drained: what is left is leaked.
    fn drop(&mut self) {
        let core = *self.core.get_mut();
        if !core.is_null() {
            // SAFETY: `make` leaked a boxed slice of one core, and nobody else has the pool.
            drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(core, 1)) });
        }
    }
}
