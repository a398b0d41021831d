//! The engine without types: a pool of pointers.
//!
//! Compiled once for all types. It runs none of the user's code, and reads at most the weight of what a
//! pointer points to (W1). What it has on the heap is a [`Core`]; [`Engine`](super::Engine) wraps it for
//! one type, [`sweep`](super::sweep) has more of its methods.

use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use super::core::{Caches, Core};
use super::counts::{Counts, DropReason, MissReason, Tally};
use super::demand::Demand;
use super::registry;
use super::settings::{ALREADY_USED, Settings};
use crate::cpu::rseq::{Checks, Entered};
use crate::cpu::{Cpus, PopError, Search, rseq};
use crate::debug;

/// The part of a pool that is in the pool's own memory, so that a `static` needs no heap until it is
/// used.
///
/// What the fast path reads comes first and is rarely written; the counts, which slow paths write, are
/// on another cache line.
#[repr(C)]
pub(crate) struct RawPool {
    pub(super) table: rseq::Table,
    /// Null until first used; then a box that lives as long as the pool.
    core: AtomicPtr<Core>,
    pub(super) settings: Settings,
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
    pub(crate) fn add_dropped(&self, why: DropReason) {
        match self.core() {
            Some(core) => {
                // Adopted objects are noted here at the latest.
                core.tally.note_live(&self.counts);
                core.tally.add_dropped(why);
            }
            None => Counts::add(&self.counts.unplaced),
        }
    }

    /// Counts an object that left the pool for good.
    pub(crate) fn add_detached(&self) {
        self.tally().inspect(|tally| tally.note_live(&self.counts));
        Counts::add(&self.counts.detached);
    }

    /// Counts an object that was created, and the miss that it was created for.
    pub(crate) fn add_created(&self, missed: Option<PopError>) {
        let core = self.made();
        if let (Some(core), Some(error)) = (core, missed) {
            // The pop failed because of contention. The miss counts as contended only if the pool has
            // idle objects, of which those in flight are part.
            let idle = match error {
                PopError::Contended => self.idle(),
                PopError::Empty | PopError::NotStolen => 0,
            };
            core.tally.add_missed(match error {
                PopError::NotStolen => MissReason::Contended,
                PopError::Contended if idle > 0 => MissReason::Contended,
                _ => core.tally.cold_or_empty(&self.counts),
            });
            match error {
                PopError::NotStolen => {}
                PopError::Contended if idle > 0 => core.excess.add(idle),
                _ if !core.excess.has_any() => {}
                // The search found nothing, but objects may have been returned since.
                PopError::Empty if core.exchange(&self.table).has_idle() => {}
                // Every object is in use, so that none is excess.
                _ => core.excess.clear(),
            }
        }
        Counts::add(&self.counts.created);
        if let Some(core) = core {
            core.tally.note_live(&self.counts);
        }
    }

    pub(crate) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The settings, to be changed before the first use.
    ///
    /// # Panics
    ///
    /// If the pool was used: what it has on the heap was made by the old settings.
    #[track_caller]
    pub(crate) const fn settings_mut(&mut self) -> &mut Settings {
        // SAFETY: `&mut self`: no other thread has the pool, so that its pointer can be read as it is.
        let core = unsafe { *self.core.as_ptr() };
        assert!(core.is_null(), "{}", ALREADY_USED);
        &mut self.settings
    }

    /// Notes that an object which was never recycled is about to be idle.
    pub(crate) fn note_unrecycled(&self) {
        if let Some(core) = self.core() {
            core.has_unrecycled.store(true, Ordering::Release);
        }
    }

    /// Whether the process's sweeper has made a sweep by the pool's own calls due.
    pub(crate) fn is_told_to_sweep(&self) -> bool {
        self.made()
            .is_some_and(|core| core.due.load(Ordering::Relaxed) == 0)
    }

    /// Whether returns have to be checked before they are kept.
    pub(crate) fn checks_returns(&self) -> bool {
        self.settings.checks_returns() || debug::switches().any()
    }

    /// Pops an object that is cached on this CPU; null if there is none.
    #[inline(always)]
    pub(crate) fn pop(&self) -> *mut () {
        match self.table.enter() {
            Some(cache) => cache.pop(),
            None => self.pop_elsewhere_slow(),
        }
    }

    /// Access to this CPU's cache, to push an object that needs no check; `None` if it needs one, and on
    /// the sharded engine.
    #[inline(always)]
    pub(crate) fn enter_unchecked(&self) -> Option<Entered<'_>> {
        self.table.enter_unchecked()
    }

    /// `pop` on the sharded engine: out of line, with no more than that needs.
    #[inline(never)]
    fn pop_elsewhere_slow(&self) -> *mut () {
        match self.made().map(|core| &core.caches) {
            Some(Caches::Sharded(caches)) if !self.settings.drop_on_fork => caches.view().pop(),
            _ => ptr::null_mut(),
        }
    }

    /// Pushes an object that weighs `bytes` to this CPU's cache; `false` if there is no room, or if it is
    /// too heavy to be cached uncounted.
    #[inline]
    pub(crate) fn push_here(&self, object: *mut (), bytes: usize) -> bool {
        let Some(core) = self.made().filter(|_| self.settings.keeps()) else {
            return false;
        };
        // If returns have to be counted, `push_slow` does it.
        let may = core.plan.most == usize::MAX && bytes <= core.plan.light;
        may && core.exchange(&self.table).push_here(object)
    }

    /// Counts a checked return that was cached on this CPU; says whether the caller has to ask
    /// [`sweep_is_due`](Self::sweep_is_due). A pool whose calls all stay on the warm path ages only so.
    pub(crate) fn count_checked(&self) -> bool {
        self.made()
            .is_some_and(|core| core.cpus(&self.table).count_checked())
    }

    /// Pops an idle object from wherever there is one. Only after [`may_move`](Self::may_move) returned
    /// `true`.
    #[inline(never)]
    pub(crate) fn pop_slow(&self, search: Search) -> Result<*mut (), PopError> {
        let Some(core) = self.core().filter(|_| self.settings.keeps()) else {
            return Err(PopError::Empty);
        };
        if !core.link.has_joined() {
            registry::join(core);
        }
        core.exchange(&self.table).pop(search)
    }

    /// Pushes an object that weighs `bytes` wherever there is room; says why not if there is none. With
    /// `drop_on_fork`, only after [`may_move`](Self::may_move) returned `true`.
    #[inline(never)]
    pub(crate) fn push_slow(&self, object: *mut (), bytes: usize) -> Result<(), DropReason> {
        let Some(core) = self.core().filter(|_| self.settings.keeps()) else {
            return Err(DropReason::OverBudget);
        };
        // Drops no object: with `drop_on_fork` the caller has claimed the pool already.
        if !self.settings.drop_on_fork && !self.may_move(&mut |_| ()) {
            return Err(DropReason::Fork);
        }
        let exchange = core.exchange(&self.table);
        if core.plan.most != usize::MAX && exchange.count_near() >= core.plan.most {
            return Err(DropReason::OverBudget);
        }
        match bytes <= core.plan.light {
            true => exchange.push(object),
            false if core.plan.shared => exchange.push_to_depot(object),
            false => Err(DropReason::OverBudget),
        }
    }

    /// Counts no object as excess any more: the user wants more.
    pub(crate) fn clear_excess(&self) {
        if let Some(core) = self.made() {
            core.excess.clear();
        }
    }

    /// What recent users needed; `None` if memory has run out.
    pub(crate) fn demand(&self) -> Option<&Demand> {
        self.core().map(|core| &core.demand)
    }

    /// Whether a debugging switch refuses this return: one in four.
    pub(crate) fn refuses_in_debug(&self) -> bool {
        debug::switches().drop
            && self
                .core()
                .is_some_and(|core| core.returns.fetch_add(1, Ordering::Relaxed) % 4 == 3)
    }

    /// Hands every idle object to `sink`, which may panic, also if a thread of a parent process left
    /// caches stopped or locked. Called again after a panic, it goes on with the rest.
    pub(crate) fn drain_mut(&mut self, sink: &mut dyn FnMut(*mut ())) {
        let Some(core) = self.made() else { return };
        // If the list is out of use, this process has no sweeper.
        registry::leave(core);
        // SAFETY: `&mut self`, and it has left the list: no other thread has the pool.
        unsafe { core.cpus(&self.table).drain_private_slots(sink) };
        // `&mut self`: every magazine is this thread's, wherever it is (M1).
        for magazine in core.depot.arena().iter() {
            while let Some(object) = magazine.pop() {
                sink(object);
            }
        }
    }

    /// Objects that are idle; exact while no call is under way.
    pub(crate) fn idle(&self) -> usize {
        self.made().map_or(0, |core| {
            let private = core.cpus(&self.table).count_private();
            // Magazines count wherever they are, in flight too.
            let magazines = core.depot.arena().iter();
            private + magazines.map(|magazine| magazine.count()).sum::<usize>()
        })
    }

    /// Bytes that the objects in the depot weigh; `None` for a pool without a bound in bytes or without a
    /// depot.
    pub(crate) fn idle_bytes(&self) -> Option<usize> {
        let counts = self.settings.max_idle_bytes != usize::MAX && self.settings.per_cpu == 0;
        counts.then(|| self.made().map_or(0, |core| core.depot.held_bytes()))
    }

    pub(super) fn made(&self) -> Option<&Core> {
        // Acquire: sees the core initialised.
        let core = self.core.load(Ordering::Acquire);
        // SAFETY: null, or leaked by `make` for as long as the pool lives.
        unsafe { core.as_ref() }
    }

    /// The core, made now if there is none yet; `None` if memory has run out.
    #[inline]
    fn core(&self) -> Option<&Core> {
        self.made().or_else(|| self.make())
    }

    #[cold]
    fn make(&self) -> Option<&Core> {
        let checks = Checks {
            pops: self.settings.drop_on_fork,
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
            // SAFETY: `fresh` came from `Box::into_raw` above and no other thread has seen it.
            drop(unsafe { Box::from_raw(fresh) });
            return self.made();
        }
        let core = self.made()?;
        if let Caches::Rseq(storage) = &core.caches {
            self.table.publish(storage);
        }
        registry::join(core);
        Some(core)
    }
}

impl Drop for RawPool {
    /// Frees the core. Its objects have to be drained before: those that are left are leaked.
    fn drop(&mut self) {
        let core = *self.core.get_mut();
        if self.made().is_some_and(registry::leave) {
            // SAFETY: `make` leaked a boxed slice of one core, and no other thread has the pool.
            drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(core, 1)) });
        }
    }
}
