//! Slow paths of pop and push: magazines between a CPU's cache and the depot, and between CPUs. Written
//! once for both engines, on the interface [`Cpus`].
//!
//! The thread may move to another CPU between any two steps. Each step keeps every object in one place
//! (C1), so that a move costs no more than a magazine in another cache than planned.

use core::ptr;

use super::counts::DropReason;
use super::drain::{Collector, StolenMagazines, pointer};
use super::excess::Excess;
use crate::cpu::{Busy, Cpus, MagazineSlot, PopError, Search};
use crate::depot::magazine::Magazine;
use crate::depot::{Depot, Supply};

/// Searches of a pop that cannot create an object instead, as long as others have objects in flight. It does
/// not wait for them: what they hold may be all that there is. Loom explores one search.
const SEARCHES: usize = if cfg!(all(test, repool_loom)) { 1 } else { 8 };

/// One pool's caches and depot.
pub(crate) struct Exchange<'a, C> {
    pub(crate) cpus: C,
    pub(crate) depot: &'a Depot,
    pub(crate) excess: &'a Excess,
    /// Whether caches may hold magazines; in a pool that may keep one or two objects they may not.
    pub(crate) magazines: bool,
    /// Whether the depot has a budget. Without one its counts are not read: they are on a cache line
    /// that all CPUs write to.
    pub(crate) bounded: bool,
    /// Whether objects pass from CPU to CPU; otherwise each CPU has its own.
    pub(crate) shared: bool,
}

impl<'a, C: Cpus> Exchange<'a, C> {
    /// Pops an idle object from wherever there is one. Waits for no other thread: while the cache of this
    /// CPU is stopped, it pops from the depot, or from another cache.
    pub(crate) fn pop(&self, search: Search) -> Result<*mut (), PopError> {
        let searches = match search {
            Search::Polite => 1,
            Search::Thorough => SEARCHES,
        };
        let mut found = self.try_pop(search);
        for _ in 1..searches {
            if found != Err(PopError::Contended) {
                break;
            }
            found = self.try_pop(search);
        }
        match found {
            Err(PopError::Contended) if !self.is_contended() && !self.has_idle() => {
                Err(PopError::Empty)
            }
            found => found,
        }
    }

    /// Pops from this cache, its previous magazine, the depot, another CPU's cache or the victims, in
    /// that order.
    fn try_pop(&self, search: Search) -> Result<*mut (), PopError> {
        let object = self.cpus.pop();
        if !object.is_null() {
            return Ok(object);
        }
        if self.shared && self.cpus.is_asked() {
            let object = self.answer_with_pop();
            if !object.is_null() {
                return Ok(object);
            }
        }
        let previous = self.swap(MagazineSlot::Previous, None);
        if let Ok(Some(previous)) = previous
            && let Some(object) = previous.pop()
        {
            self.load(previous, None);
            return Ok(object);
        }
        let empty = previous.ok().flatten();
        if let Some(object) = self.load_full(empty) {
            return Ok(object);
        }
        self.park(empty);
        let mut error = match previous {
            // Not for a thread that the kernel has no CPU number for: every cache is busy for it.
            Err(Busy) if self.is_contended() => PopError::Contended,
            _ => PopError::Empty,
        };
        if self.shared {
            match self.steal(search) {
                Ok(object) if object.is_null() => {}
                Ok(object) => return Ok(object),
                Err(PopError::NotStolen) if error == PopError::Contended => {}
                Err(why) => error = why,
            }
            if let Some((object, _guard)) = self.depot.pop_victim(self.cpus.in_flight()) {
                return Ok(object);
            }
        }
        match self.cpus.has_in_flight() || error == PopError::Empty && self.has_idle() {
            true => Err(PopError::Contended),
            false => Err(error),
        }
    }

    /// Makes what is cached here victims, for the sweep that has asked for it, but for one object, which it
    /// pops; null if there was none.
    #[cold]
    fn answer_with_pop(&self) -> *mut () {
        let _guard = self.cpus.in_flight().enter();
        let mut cached = StolenMagazines::new(self.depot);
        self.cpus.answer(&mut cached);
        let mut object = cached.object;
        for magazine in cached.magazines.into_iter().flatten() {
            if object.is_null() {
                object = magazine.pop().unwrap_or(ptr::null_mut());
            }
            self.depot.store_victims(magazine);
        }
        object
    }

    /// Makes what is cached here victims, for the sweep that has asked for it.
    #[cold]
    fn answer(&self) {
        let in_flight = self.cpus.in_flight();
        self.cpus
            .answer(&mut Collector::at_once(self.depot, in_flight, |magazine| {
                self.depot.store_victims(magazine)
            }));
    }

    /// Whether an object is idle, at a glance. A search takes long, the more so if the thread is
    /// preempted: at its end, many objects may have been returned to where it looked first.
    pub(crate) fn has_idle(&self) -> bool {
        self.shared && (self.depot.has_any() || self.cpus.has_any())
    }

    /// Whether another thread has stopped the caches or has objects in flight.
    fn is_contended(&self) -> bool {
        self.cpus.is_stopped() || self.cpus.has_in_flight()
    }

    /// Drains another CPU's cache into this one. Null if all are empty.
    fn steal(&self, search: Search) -> Result<*mut (), PopError> {
        let mut stolen = StolenMagazines::new(self.depot);
        self.cpus.steal(search, &mut stolen)?;
        let _guard = self.cpus.in_flight().enter();
        let mut object = stolen.object;
        for magazine in stolen.magazines.into_iter().flatten() {
            if object.is_null() {
                object = magazine.pop().unwrap_or(ptr::null_mut());
            }
            // Of two, the last stays loaded and the first becomes the previous one.
            self.load(magazine, None);
        }
        Ok(object)
    }

    /// Loads a full magazine of the depot's and pops an object from it; or pops one object alone, if they
    /// are too heavy together. Takes over `empty`, which is the caller's, if it finds one.
    fn load_full(&self, empty: Option<&'a Magazine>) -> Option<*mut ()> {
        let (supply, _guard) = self.depot.pop_full(self.cpus.in_flight())?;
        match supply {
            Supply::Magazine(full) => {
                // The depot has no empty one among them, but nothing here relies on it.
                let object = full.pop();
                self.load(full, empty);
                object
            }
            Supply::Object(object) => {
                self.park(empty);
                Some(object)
            }
        }
    }

    /// Pushes an object to this CPU's cache; `false` if there is no room.
    #[inline]
    pub(crate) fn push_here(&self, object: *mut ()) -> bool {
        if !self.shared {
            self.cpus.note_unused();
        }
        self.cpus.push(object)
    }

    /// Objects that are cached here or in the depot, if the depot counts them.
    pub(crate) fn count_near(&self) -> usize {
        self.cpus.count_here().saturating_add(self.depot.held())
    }

    /// Pushes an object to this cache or the depot; says why not if neither has room.
    pub(crate) fn push(&self, object: *mut ()) -> Result<(), DropReason> {
        if self.push_here(object) {
            return Ok(());
        }
        if !self.shared {
            return self.push_first(object);
        }
        if self.cpus.is_asked() {
            self.answer();
            if self.push_here(object) {
                return Ok(());
            }
        }
        // Not while contention lasts: an object dropped now would be missed at once, created again and
        // counted as excess again, for as long as the thread in between is preempted.
        if self.excess.has_any() && !self.is_contended() && self.excess.try_remove() {
            return Err(DropReason::Surplus);
        }
        if self.magazines
            && (!self.bounded || self.depot.has_room())
            && let Ok(previous) = self.swap(MagazineSlot::Previous, None)
        {
            // Most often empty; or full, to be stored in the depot; or none yet.
            if let Some(magazine) = previous
                && magazine.push(object)
            {
                self.load(magazine, None);
                return Ok(());
            }
            if previous.is_none_or(|full| self.depot.try_store(full)) {
                return match self.depot.pop_empty() {
                    Some(fresh) if fresh.push(object) => {
                        self.load(fresh, None);
                        Ok(())
                    }
                    fresh => {
                        self.park(fresh);
                        Err(DropReason::OverBudget)
                    }
                };
            }
            self.park(previous);
        }
        self.push_to_depot(object)
    }

    /// Pushes an object to this cache in a first magazine, for a pool without a depot: a cache there may
    /// have one.
    fn push_first(&self, object: *mut ()) -> Result<(), DropReason> {
        if !self.magazines || self.cpus.has_magazine(MagazineSlot::Loaded) {
            return Err(DropReason::OverBudget);
        }
        let Some(fresh) = self.depot.pop_empty() else {
            return Err(DropReason::OverBudget);
        };
        let kept = fresh.push(object);
        match self.swap(MagazineSlot::Loaded, Some(fresh)) {
            // The thread has moved to a CPU that had a magazine already.
            Ok(Some(other)) => self.depot.store(other),
            Ok(None) => {}
            Err(Busy) => {
                fresh.pop();
                self.depot.store(fresh);
                return Err(DropReason::OverBudget);
            }
        }
        kept.then_some(()).ok_or(DropReason::OverBudget)
    }

    /// Makes the caller's `magazine` the loaded one, and parks the one that it replaces. `empty`, which
    /// is the caller's too, goes back to the depot or the cache.
    fn load(&self, magazine: &'a Magazine, empty: Option<&'a Magazine>) {
        let loaded = if self.magazines {
            self.swap(MagazineSlot::Loaded, Some(magazine))
        } else {
            Err(Busy)
        };
        match loaded {
            Ok(old) => {
                // A cache needs one empty magazine at most.
                if let Some(empty) = empty {
                    self.depot.store(empty);
                }
                self.park(old);
            }
            Err(_) => {
                self.depot.store(magazine);
                self.park(empty);
            }
        }
    }

    /// Puts the caller's magazine into the previous slot, or into the depot.
    fn park(&self, magazine: Option<&'a Magazine>) {
        let Some(magazine) = magazine else { return };
        match self.swap(MagazineSlot::Previous, Some(magazine)) {
            Ok(Some(displaced)) => self.depot.store(displaced),
            Ok(None) => {}
            Err(_) => self.depot.store(magazine),
        }
    }

    /// Adds an object to the depot's next magazine, or a new one: while the cache is busy, if the budget
    /// has no room for a full magazine, and if the object is too heavy to be cached uncounted. Not a
    /// magazine for each object: while a thread that has stopped the caches is preempted, there may be a
    /// hundred thousand such objects, and as many exchanges to come.
    pub(crate) fn push_to_depot(&self, object: *mut ()) -> Result<(), DropReason> {
        match self.depot.add(object, self.cpus.in_flight()) {
            true => Ok(()),
            false => Err(DropReason::OverBudget),
        }
    }

    fn swap(
        &self,
        slot: MagazineSlot,
        new: Option<&'a Magazine>,
    ) -> Result<Option<&'a Magazine>, Busy> {
        let old = self.cpus.swap(slot, new.map_or(ptr::null_mut(), pointer))?;
        // SAFETY: the caches of this pool hold magazines of its arena only (C2).
        Ok(unsafe { self.depot.arena().at(old) })
    }
}
