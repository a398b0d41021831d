//! Magazines between a CPU and the depot, and between CPUs: what get and put do when what is at
//! hand does not do. Written once for both engines.
//!
//! Any step may happen on another CPU than the last; each keeps every object in one place (C1),
//! so all that a migration costs is a magazine that ends up elsewhere than planned.

use core::hint;
use core::ptr;

use super::counts::Why;
use super::haul::{Haul, pointer};
use super::surplus::Surplus;
use crate::clock;
use crate::cpu::{Busy, Cpus, Place, Search, Sought};
use crate::depot::magazine::Magazine;
use crate::depot::{Depot, Supply};

/// For how many nanoseconds a take lets others go first that are in its way. Longer than any of
/// them holds on, unless it has lost its CPU: a sweep's barrier takes some microseconds here.
const PATIENCE: u64 = 50_000;

/// Looks at the clock within that wait, at most: ten times as many as fit into it at 25 ns each, so
/// that the wait ends also if the clock stands still (a sandbox may refuse it).
const LOOKS: u32 = 20_000;

/// A wait of [`PATIENCE`] by a clock, and of [`LOOKS`] looks at it at most.
struct Wait<F> {
    clock: F,
    start: u64,
    looks: u32,
}

impl<F: Fn() -> u64> Wait<F> {
    fn new(clock: F) -> Self {
        let start = clock();
        Wait {
            clock,
            start,
            looks: 0,
        }
    }

    /// Looks at the clock; says whether the wait is over.
    fn is_over(&mut self) -> bool {
        self.looks += 1;
        self.looks > LOOKS || (self.clock)().saturating_sub(self.start) > PATIENCE
    }
}

/// One pool's slots and depot.
pub(crate) struct Exchange<'a, C> {
    pub(crate) cpus: C,
    pub(crate) depot: &'a Depot,
    pub(crate) surplus: &'a Surplus,
    /// Whether CPUs may hold magazines; a pool that may keep one or two objects has none there.
    pub(crate) magazines: bool,
    /// Whether the depot has a budget; what it holds is not looked at where it has none, for that
    /// is on a cache line that all CPUs write to.
    pub(crate) bounded: bool,
    /// Whether objects go from CPU to CPU; else each has its own only.
    pub(crate) shared: bool,
}

/// Why there was no object to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Without {
    /// None is idle.
    None,
    /// Other CPUs have some, which are left to them.
    Left,
    /// Others were in the way.
    Contended,
}

impl<'a, C: Cpus> Exchange<'a, C> {
    /// An idle object from wherever there is one.
    pub(crate) fn take(&self, search: Search) -> Result<*mut (), Without> {
        let mut found = self.look(search);
        if found == Err(Without::Contended) && !cfg!(all(test, repool_loom)) {
            let mut wait = Wait::new(clock::exact);
            let mut late = false;
            while found == Err(Without::Contended) && !late {
                while self.is_in_the_way() && !late {
                    hint::spin_loop();
                    late = wait.is_over();
                }
                found = self.look(search);
                late |= wait.is_over();
            }
        }
        match found {
            Err(Without::Contended) if !self.is_in_the_way() && !self.sees_any() => {
                Err(Without::None)
            }
            found => found,
        }
    }

    /// Looks here, in the previous magazine, the depot, on another CPU and at the victims, in that
    /// order.
    fn look(&self, search: Search) -> Result<*mut (), Without> {
        let object = self.cpus.take();
        if !object.is_null() {
            return Ok(object);
        }
        let previous = self.swap(Place::Previous, None);
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
        let mut without = match previous {
            // Not for a thread that the kernel has no CPU number for: it finds every slot busy.
            Err(Busy) if self.is_in_the_way() => Without::Contended,
            _ => Without::None,
        };
        if self.shared {
            match self.steal(search) {
                Ok(object) if object.is_null() => {}
                Ok(object) => return Ok(object),
                Err(Without::Left) if without == Without::Contended => {}
                Err(why) => without = why,
            }
            if let Some((object, _in_hand)) = self.depot.take_victim(self.cpus.hands()) {
                return Ok(object);
            }
        }
        match self.cpus.hands_are_raised() || without == Without::None && self.sees_any() {
            true => Err(Without::Contended),
            false => Err(without),
        }
    }

    /// Whether something is idle, at a glance. A look takes long, the more so where it loses its
    /// CPU: by its end, much may have come home to where it looked first.
    pub(crate) fn sees_any(&self) -> bool {
        self.shared && (self.depot.has_any() || self.cpus.have_any())
    }

    fn is_in_the_way(&self) -> bool {
        self.cpus.shut() || self.cpus.hands_are_raised()
    }

    /// Takes over what another CPU has at hand: to this CPU's own places, where it counts as its
    /// own. Null when nobody has anything.
    fn steal(&self, search: Search) -> Result<*mut (), Without> {
        let mut haul = Haul::new(self.depot);
        match self.cpus.steal(search, &mut haul) {
            Sought::Through => {}
            Sought::Left => return Err(Without::Left),
            Sought::Busy => return Err(Without::Contended),
        }
        let _in_hand = self.cpus.hands().raise();
        let mut object = haul.object;
        for magazine in haul.magazines.into_iter().flatten() {
            if object.is_null() {
                object = magazine.pop().unwrap_or(ptr::null_mut());
            }
            // Of two, the last stays loaded and the first becomes the previous one.
            self.load(magazine, None);
        }
        Ok(object)
    }

    /// Takes a full magazine from the depot, and an object from it; or one object alone, if they are
    /// too heavy together. `empty`, which is the caller's, is taken over if there is one.
    fn load_full(&self, empty: Option<&'a Magazine>) -> Option<*mut ()> {
        let (supply, _in_hand) = self.depot.take_full(self.cpus.hands())?;
        match supply {
            Supply::Magazine(full) => {
                // Never empty in the depot; but nothing here relies on it.
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

    /// Keeps an object with this CPU; `false` when there is no room.
    #[inline]
    pub(crate) fn give_at_hand(&self, object: *mut ()) -> bool {
        if !self.shared {
            self.cpus.note_unused();
        }
        self.cpus.give(object)
    }

    /// Objects that are idle here or in the depot, which counts them.
    pub(crate) fn near(&self) -> usize {
        self.cpus.at_hand().saturating_add(self.depot.held())
    }

    /// Keeps an object here or in the depot; says why not where neither has room.
    pub(crate) fn give(&self, object: *mut ()) -> Result<(), Why> {
        if self.give_at_hand(object) {
            return Ok(());
        }
        if !self.shared {
            return self.give_first(object);
        }
        // Not while others are still in the way: what is dropped now would be missed at once, made
        // anew and owed again, all the time that one of them has lost its CPU.
        if self.surplus.is_owed() && !self.is_in_the_way() && self.surplus.pay_back() {
            return Err(Why::Surplus);
        }
        if self.magazines
            && (!self.bounded || self.depot.has_room())
            && let Ok(previous) = self.swap(Place::Previous, None)
        {
            // Empty, most often; or full, and on its way to the depot; or none yet.
            if let Some(magazine) = previous
                && magazine.push(object)
            {
                self.load(magazine, None);
                return Ok(());
            }
            if previous.is_none_or(|full| self.depot.try_store(full)) {
                return match self.depot.take_empty() {
                    Some(fresh) if fresh.push(object) => {
                        self.load(fresh, None);
                        Ok(())
                    }
                    fresh => {
                        self.park(fresh);
                        Err(Why::OverBudget)
                    }
                };
            }
            self.park(previous);
        }
        self.leave_with_others(object)
    }

    /// Keeps an object with this CPU, which may have one magazine of its own, if it has none yet.
    fn give_first(&self, object: *mut ()) -> Result<(), Why> {
        if !self.magazines || self.cpus.has_magazine(Place::Loaded) {
            return Err(Why::OverBudget);
        }
        let Some(fresh) = self.depot.take_empty() else {
            return Err(Why::OverBudget);
        };
        let kept = fresh.push(object);
        match self.swap(Place::Loaded, Some(fresh)) {
            // Where the thread came to another CPU in between, that had one already.
            Ok(Some(other)) => self.depot.store(other),
            Ok(None) => {}
            Err(Busy) => {
                fresh.pop();
                self.depot.store(fresh);
                return Err(Why::OverBudget);
            }
        }
        kept.then_some(()).ok_or(Why::OverBudget)
    }

    /// Makes the caller's `magazine` the loaded one. What it replaces is parked; `empty`, which
    /// is the caller's too, goes back where it can be of use.
    fn load(&self, magazine: &'a Magazine, empty: Option<&'a Magazine>) {
        let loaded = if self.magazines {
            self.swap(Place::Loaded, Some(magazine))
        } else {
            Err(Busy)
        };
        match loaded {
            Ok(old) => {
                // One empty magazine is enough at hand.
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

    /// Leaves the caller's magazine in the previous place, or in the depot.
    fn park(&self, magazine: Option<&'a Magazine>) {
        let Some(magazine) = magazine else { return };
        match self.swap(Place::Previous, Some(magazine)) {
            Ok(Some(displaced)) => self.depot.store(displaced),
            Ok(None) => {}
            Err(_) => self.depot.store(magazine),
        }
    }

    /// Adds an object to the depot's next magazine, or a new one: while the slot is busy, at the edge
    /// of a budget that has no room for a full one, and where it is too heavy to be at hand uncounted.
    /// Not one for each object: while a thread that has shut the slots has lost its CPU, there may be a
    /// hundred thousand of them, and as many exchanges to come.
    pub(crate) fn leave_with_others(&self, object: *mut ()) -> Result<(), Why> {
        match self.depot.add(object, self.cpus.hands()) {
            true => Ok(()),
            false => Err(Why::OverBudget),
        }
    }

    fn swap(&self, place: Place, new: Option<&'a Magazine>) -> Result<Option<&'a Magazine>, Busy> {
        let old = self
            .cpus
            .swap(place, new.map_or(ptr::null_mut(), pointer))?;
        // SAFETY: the slots of this pool hold magazines of its arena only (C2).
        Ok(unsafe { self.depot.arena().at(old) })
    }
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::*;
    use core::cell::Cell;

    /// Looks until a wait is over by a clock that says `times` and then stands still.
    fn looks(times: &[u64]) -> u32 {
        let next = Cell::new(0);
        let mut wait = Wait::new(|| {
            let at = next.replace(next.get() + 1).min(times.len() - 1);
            times[at]
        });
        (1..).find(|_| wait.is_over()).unwrap()
    }

    #[test]
    fn a_wait_ends_by_the_clock() {
        assert_eq!(looks(&[7, 8, PATIENCE + 7, PATIENCE + 8]), 3);
        // As if the system had lost its word in between, and found it again.
        assert_eq!(looks(&[7, 0, PATIENCE + 8]), 2);
        assert_eq!(looks(&[0, PATIENCE + 1]), 1);
    }

    #[test]
    fn a_wait_ends_if_the_clock_stands_still() {
        assert_eq!(looks(&[0]), LOOKS + 1);
        assert_eq!(looks(&[u64::MAX]), LOOKS + 1);
        // Refused after the wait began.
        assert_eq!(looks(&[7_000_000_000, 0]), LOOKS + 1);
    }
}
