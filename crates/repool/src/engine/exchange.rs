//! Magazines between a CPU and the depot, and between CPUs: what get and put do when what is at
//! hand does not do. Written once for both engines.
//!
//! Any step may happen on another CPU than the last; each keeps every object in one place (C1),
//! so all that a migration costs is a magazine that ends up elsewhere than planned.

use core::ptr;

use crate::cpu::{Busy, Cpus, Loot, Place, Search, Sink};
use crate::depot::Depot;
use crate::depot::magazine::Magazine;

fn pointer(magazine: &Magazine) -> *mut Magazine {
    ptr::from_ref(magazine).cast_mut()
}

/// One pool's slots and depot.
pub(crate) struct Exchange<'a, C> {
    pub(crate) cpus: C,
    pub(crate) depot: &'a Depot,
    /// Whether CPUs may hold magazines; a pool that may keep one or two objects has none there.
    pub(crate) magazines: bool,
}

impl<'a, C: Cpus> Exchange<'a, C> {
    /// An idle object from here, the previous magazine, the depot or another CPU, in that order;
    /// null when there is none.
    pub(crate) fn take(&self, search: Search) -> *mut () {
        let object = self.cpus.take();
        if !object.is_null() {
            return object;
        }
        let previous = self.swap(Place::Previous, None);
        if let Ok(Some(previous)) = previous
            && let Some(object) = previous.pop()
        {
            self.load(previous, None);
            return object;
        }
        let empty = previous.ok().flatten();
        if let Some(object) = self.load_full(empty) {
            return object;
        }
        self.park(empty);
        self.steal(search)
    }

    /// Takes over what another CPU has at hand: to this CPU's own places, where it counts as its
    /// own. Null when nobody has anything.
    fn steal(&self, search: Search) -> *mut () {
        let mut haul = Haul {
            depot: self.depot,
            object: ptr::null_mut(),
            magazines: [None; 2],
        };
        self.cpus.steal(search, &mut haul);
        let mut object = haul.object;
        for magazine in haul.magazines.into_iter().flatten() {
            if object.is_null() {
                object = magazine.pop().unwrap_or(ptr::null_mut());
            }
            // Of two, the last stays loaded and the first becomes the previous one.
            self.load(magazine, None);
        }
        object
    }

    /// Takes a full magazine from the depot, and an object from it. `empty`, which is the
    /// caller's, is taken over if there is one.
    fn load_full(&self, empty: Option<&'a Magazine>) -> Option<*mut ()> {
        let full = self.depot.take_full()?;
        // Never empty in the depot; but nothing here relies on it.
        let object = full.pop();
        self.load(full, empty);
        object
    }

    /// Keeps an object here or in the depot; `false` when neither has room.
    pub(crate) fn give(&self, object: *mut ()) -> bool {
        if self.cpus.give(object) {
            return true;
        }
        if self.magazines
            && let Ok(previous) = self.swap(Place::Previous, None)
        {
            // Empty, most often; or full, and on its way to the depot; or none yet.
            if let Some(magazine) = previous
                && magazine.push(object)
            {
                self.load(magazine, None);
                return true;
            }
            if previous.is_none_or(|full| self.depot.try_store(full)) {
                return match self.depot.take_empty() {
                    Some(fresh) if fresh.push(object) => {
                        self.load(fresh, None);
                        true
                    }
                    fresh => {
                        self.park(fresh);
                        false
                    }
                };
            }
            self.park(previous);
        }
        self.leave_at_depot(object)
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

    /// Stores one object in a magazine of its own: while the slot is busy, and at the edge of a
    /// budget that has no room for a full one.
    fn leave_at_depot(&self, object: *mut ()) -> bool {
        let Some(magazine) = self.depot.take_empty() else {
            return false;
        };
        if magazine.push(object) && self.depot.try_store(magazine) {
            return true;
        }
        magazine.pop();
        self.depot.store(magazine);
        false
    }

    /// Moves everything idle into the depot.
    pub(crate) fn collect(&self) {
        let mut collector = Collector {
            depot: self.depot,
            singles: None,
        };
        self.cpus.seize(&mut collector);
        if let Some(singles) = collector.singles {
            self.depot.store(singles);
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

/// Puts what is found in slots into the depot.
struct Collector<'a> {
    depot: &'a Depot,
    /// A magazine for single objects, which is not full.
    singles: Option<&'a Magazine>,
}

impl Sink for Collector<'_> {
    fn has_room(&mut self) -> bool {
        if self.singles.is_none() {
            self.singles = self.depot.take_empty();
        }
        self.singles.is_some()
    }

    fn put(&mut self, loot: Loot) {
        match loot {
            Loot::Magazine(magazine) => {
                // SAFETY: as in `swap`.
                if let Some(magazine) = unsafe { self.depot.arena().at(magazine) } {
                    self.depot.store(magazine);
                }
            }
            Loot::Object(object) => {
                let Some(singles) = self.singles.filter(|singles| singles.push(object)) else {
                    return;
                };
                if singles.count() == singles.limit {
                    self.depot.store(singles);
                    self.singles = None;
                }
            }
        }
    }
}

/// Holds what was found in one slot.
struct Haul<'a> {
    depot: &'a Depot,
    object: *mut (),
    magazines: [Option<&'a Magazine>; 2],
}

impl Sink for Haul<'_> {
    fn has_room(&mut self) -> bool {
        self.object.is_null()
    }

    fn put(&mut self, loot: Loot) {
        match loot {
            Loot::Magazine(magazine) => {
                // SAFETY: as in `swap`.
                let magazine = unsafe { self.depot.arena().at(magazine) };
                match self.magazines.iter_mut().find(|place| place.is_none()) {
                    Some(place) => *place = magazine,
                    None => magazine.into_iter().for_each(|more| self.depot.store(more)),
                }
            }
            Loot::Object(object) => self.object = object,
        }
    }
}
