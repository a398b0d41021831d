//! What was found in slots, on its way to where it is wanted.

use core::ptr;

use crate::cpu::{Loot, Sink};
use crate::depot::Depot;
use crate::depot::hands::{Hands, InHand};
use crate::depot::magazine::Magazine;

pub(crate) fn pointer(magazine: &Magazine) -> *mut Magazine {
    ptr::from_ref(magazine).cast_mut()
}

/// Holds what was found in one slot.
pub(crate) struct Haul<'a> {
    depot: &'a Depot,
    pub(crate) object: *mut (),
    pub(crate) magazines: [Option<&'a Magazine>; 2],
}

impl<'a> Haul<'a> {
    pub(crate) fn new(depot: &'a Depot) -> Self {
        Haul {
            depot,
            object: ptr::null_mut(),
            magazines: [None; 2],
        }
    }
}

impl Sink for Haul<'_> {
    fn has_room(&mut self) -> bool {
        self.object.is_null()
    }

    fn put(&mut self, loot: Loot) {
        match loot {
            Loot::Magazine(magazine) => {
                // SAFETY: the slots of a pool hold magazines of its arena only (C2).
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

/// Takes what is found in many slots to `store`, in magazines.
pub(crate) struct Collector<'a, S: Fn(&'a Magazine)> {
    depot: &'a Depot,
    store: S,
    /// A magazine for single objects, which is not full.
    singles: Option<&'a Magazine>,
    /// Objects that go together in one magazine.
    together: usize,
    /// Where others may look for what is found: raised from before an object is taken out of a
    /// slot until they find it again.
    hands: Option<&'a Hands>,
    in_hand: Option<InHand<'a>>,
}

impl<'a, S: Fn(&'a Magazine)> Collector<'a, S> {
    /// For objects that others may look for: none is out of their sight for longer than it takes
    /// to store it.
    pub(crate) fn at_once(depot: &'a Depot, hands: &'a Hands, store: S) -> Self {
        let mut collector = Collector::gather(depot, store);
        collector.together = 1;
        collector.hands = Some(hands);
        collector
    }

    /// For objects that go anyway: as few magazines as will do, the last of which is stored when
    /// this is dropped.
    pub(crate) fn gather(depot: &'a Depot, store: S) -> Self {
        Collector {
            depot,
            store,
            singles: None,
            together: depot.arena().limit(),
            hands: None,
            in_hand: None,
        }
    }
}

impl<'a, S: Fn(&'a Magazine)> Sink for Collector<'a, S> {
    fn has_room(&mut self) -> bool {
        if self.singles.is_none() {
            self.singles = self.depot.take_empty();
        }
        if self.in_hand.is_none() {
            self.in_hand = self.hands.map(Hands::raise);
        }
        self.singles.is_some()
    }

    fn put(&mut self, loot: Loot) {
        match loot {
            Loot::Magazine(magazine) => {
                // SAFETY: as in `Haul`.
                if let Some(magazine) = unsafe { self.depot.arena().at(magazine) } {
                    (self.store)(magazine);
                }
            }
            Loot::Object(object) => {
                let Some(singles) = self.singles.filter(|singles| singles.push(object)) else {
                    return;
                };
                if singles.count() >= self.together {
                    (self.store)(singles);
                    self.singles = None;
                }
                self.in_hand = None;
            }
        }
    }
}

impl<'a, S: Fn(&'a Magazine)> Drop for Collector<'a, S> {
    fn drop(&mut self) {
        match self.singles.take() {
            Some(singles) if singles.count() > 0 => (self.store)(singles),
            Some(empty) => self.depot.store(empty),
            None => {}
        }
    }
}
