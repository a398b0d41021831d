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
use super::registry;
use super::settings::{ALREADY_USED, Settings};
use crate::cpu::rseq::{Checks, Entered};
use crate::cpu::{Cpus, Search, rseq};
use crate::debug;

/// The part of a pool that stands in the pool's own memory, so that a `static` needs no heap
/// until it is used.
///
/// First what the fast path reads, which is hardly ever written; the counts, which slow paths
/// write, are not on that cache line.
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
    pub(crate) fn add_dropped(&self, why: Why) {
        match self.core() {
            Some(core) => {
                // Those that were brought in are noted here at the latest.
                core.tally.note_alive(&self.counts);
                core.tally.add_dropped(why);
            }
            None => Counts::add(&self.counts.unplaced),
        }
    }

    /// Counts an object that was taken out for good.
    pub(crate) fn add_detached(&self) {
        self.tally().inspect(|tally| tally.note_alive(&self.counts));
        Counts::add(&self.counts.detached);
    }

    /// Counts an object that was made, and why it had to be.
    pub(crate) fn add_created(&self, missed: Option<Without>) {
        let core = self.made();
        if let (Some(core), Some(without)) = (core, missed) {
            // Somebody was in the way; but of what? Objects that he has in hand are idle too.
            let idle = match without {
                Without::Contended => self.idle(),
                Without::None | Without::Left => 0,
            };
            core.tally.add_missed(match without {
                Without::Left => Miss::Contended,
                Without::Contended if idle > 0 => Miss::Contended,
                _ => core.tally.cold_or_empty(&self.counts),
            });
            match without {
                Without::Left => {}
                Without::Contended if idle > 0 => core.surplus.owe(idle),
                _ if !core.surplus.is_owed() => {}
                // It was so when it was looked, which may be long ago by now.
                Without::None if with_exchange!(self, core, |exchange| exchange.sees_any()) => {}
                // All that there is is in use: nothing of it was made in vain.
                _ => core.surplus.forgive(),
            }
        }
        Counts::add(&self.counts.created);
        if let Some(core) = core {
            core.tally.note_alive(&self.counts);
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

    /// Says that an object which was never recycled is about to be idle.
    pub(crate) fn note_unrecycled(&self) {
        if let Some(core) = self.core() {
            core.has_unrecycled.store(true, Ordering::Release);
        }
    }

    /// Whether the sweeper of the process has left a sweep to the pool's own calls.
    pub(crate) fn is_told_to_sweep(&self) -> bool {
        self.made()
            .is_some_and(|core| core.due.load(Ordering::Relaxed) == 0)
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
        // Where objects are counted as they come home, `give_slow` does it.
        let may = core.plan.most == usize::MAX && bytes <= core.plan.light;
        with_exchange!(self, core, |exchange| may && exchange.give_at_hand(object))
    }

    /// Counts a return that was checked and kept on this CPU; says whether it is to ask
    /// [`sweep_is_due`](Self::sweep_is_due). A pool whose calls all stay on the warm path has no
    /// other occasion to age.
    pub(crate) fn count_checked(&self) -> bool {
        self.made().is_some_and(|core| {
            with_exchange!(self, core, |exchange| exchange.cpus.count_checked())
        })
    }

    /// Takes an idle object from wherever there is one; only after
    /// [`may_move`](Self::may_move) said so.
    #[inline(never)]
    pub(crate) fn take_slow(&self, search: Search) -> Result<*mut (), Without> {
        let Some(core) = self.core().filter(|_| self.settings.keeps()) else {
            return Err(Without::None);
        };
        if !core.link.has_joined() {
            registry::join(core);
        }
        with_exchange!(self, core, |exchange| exchange.take(search))
    }

    /// Keeps an object that weighs `bytes` wherever there is room; says why not where there is
    /// none. With `drop_on_fork`, only after [`may_move`](Self::may_move) said so.
    #[inline(never)]
    pub(crate) fn give_slow(&self, object: *mut (), bytes: usize) -> Result<(), Why> {
        let Some(core) = self.core().filter(|_| self.settings.keeps()) else {
            return Err(Why::OverBudget);
        };
        // No object of the user's is dropped here, for the caller has one in hand.
        if !self.settings.drop_on_fork && !self.may_move(&mut |_| ()) {
            return Err(Why::Fork);
        }
        with_exchange!(self, core, |exchange| {
            if core.plan.most != usize::MAX && exchange.near() >= core.plan.most {
                return Err(Why::OverBudget);
            }
            match bytes <= core.plan.light {
                true => exchange.give(object),
                false if core.plan.shared => exchange.leave_with_others(object),
                false => Err(Why::OverBudget),
            }
        })
    }

    /// Nothing is surplus any more: more is wanted.
    pub(crate) fn forgive_surplus(&self) {
        if let Some(core) = self.made() {
            core.surplus.forgive();
        }
    }

    /// What recent users made use of, from the first one on; `None` when memory has run out.
    pub(crate) fn demand(&self) -> Option<&Demand> {
        self.core().map(|core| &core.demand)
    }

    /// Whether a debugging switch has this return refused: one in four.
    pub(crate) fn refuses_in_debug(&self) -> bool {
        debug::switches().drop
            && self
                .core()
                .is_some_and(|core| core.returns.fetch_add(1, Ordering::Relaxed) % 4 == 3)
    }

    /// Hands every idle object to `sink`, which may panic, whatever a dead thread left locked.
    /// Called again after a panic, it goes on with the rest.
    pub(crate) fn drain_mut(&mut self, sink: &mut dyn FnMut(*mut ())) {
        let Some(core) = self.made() else { return };
        // Where the list is out of use, no sweeper is at work in this process.
        registry::leave(core);
        // SAFETY: `&mut self`, and it has left the list: nobody else has the pool.
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

    /// Bytes that the objects in the depot weigh, in a pool that is bounded in bytes and has a depot.
    pub(crate) fn idle_bytes(&self) -> Option<usize> {
        let counts = self.settings.max_idle_bytes != usize::MAX && self.settings.per_cpu == 0;
        counts.then(|| self.made().map_or(0, |core| core.depot.held_bytes()))
    }

    pub(super) fn made(&self) -> Option<&Core> {
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
        registry::join(core);
        Some(core)
    }
}

impl Drop for RawPool {
    /// Frees the core. The objects in it must have been drained: what is left is leaked.
    fn drop(&mut self) {
        let core = *self.core.get_mut();
        if self.made().is_some_and(registry::leave) {
            // SAFETY: `make` leaked a boxed slice of one core, and nobody else has the pool.
            drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(core, 1)) });
        }
    }
}
