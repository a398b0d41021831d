//! Sinks for what is drained from caches: one cache's worth for a steal, or all of them for a sweep.

use core::ptr;

use crate::cpu::{DrainSink, Drained};
use crate::depot::Depot;
use crate::depot::in_flight::{InFlight, InFlightGuard};
use crate::depot::magazine::Magazine;

pub(crate) fn pointer(magazine: &Magazine) -> *mut Magazine {
    ptr::from_ref(magazine).cast_mut()
}

/// What a steal drained from one cache.
pub(crate) struct StolenMagazines<'a> {
    depot: &'a Depot,
    /// The private object, or null.
    pub(crate) object: *mut (),
    pub(crate) magazines: [Option<&'a Magazine>; 2],
}

impl<'a> StolenMagazines<'a> {
    pub(crate) fn new(depot: &'a Depot) -> Self {
        StolenMagazines {
            depot,
            object: ptr::null_mut(),
            magazines: [None; 2],
        }
    }
}

impl DrainSink for StolenMagazines<'_> {
    fn has_room(&mut self) -> bool {
        self.object.is_null()
    }

    fn put(&mut self, drained: Drained) {
        match drained {
            Drained::Magazine(magazine) => {
                // SAFETY: the caches of a pool hold magazines of its arena only (C2).
                let magazine = unsafe { self.depot.arena().at(magazine) };
                match self.magazines.iter_mut().find(|free| free.is_none()) {
                    Some(free) => *free = magazine,
                    None => magazine.into_iter().for_each(|more| self.depot.store(more)),
                }
            }
            Drained::Object(object) => self.object = object,
        }
    }
}

/// Passes what is drained from many caches to `store`, in magazines.
pub(crate) struct Collector<'a, S: Fn(&'a Magazine)> {
    depot: &'a Depot,
    store: S,
    /// A magazine for single objects, which is not full.
    singles: Option<&'a Magazine>,
    /// Objects that a magazine of singles gets before it is stored.
    together: usize,
    /// Counts the objects in flight, from before one leaves its cache until it is stored.
    in_flight: Option<&'a InFlight>,
    guard: Option<InFlightGuard<'a>>,
}

impl<'a, S: Fn(&'a Magazine)> Collector<'a, S> {
    /// For objects that other threads may get: stores each at once, and counts it as in flight until
    /// then.
    pub(crate) fn at_once(depot: &'a Depot, in_flight: &'a InFlight, store: S) -> Self {
        let mut collector = Collector::gather(depot, store);
        collector.together = 1;
        collector.in_flight = Some(in_flight);
        collector
    }

    /// For objects that will be dropped: fills as few magazines as possible, the last of which is stored
    /// when this is dropped.
    pub(crate) fn gather(depot: &'a Depot, store: S) -> Self {
        Collector {
            depot,
            store,
            singles: None,
            together: depot.arena().limit(),
            in_flight: None,
            guard: None,
        }
    }
}

impl<'a, S: Fn(&'a Magazine)> DrainSink for Collector<'a, S> {
    fn has_room(&mut self) -> bool {
        if self.singles.is_none() {
            self.singles = self.depot.pop_empty();
        }
        if self.guard.is_none() {
            self.guard = self.in_flight.map(InFlight::enter);
        }
        self.singles.is_some()
    }

    fn put(&mut self, drained: Drained) {
        match drained {
            Drained::Magazine(magazine) => {
                // SAFETY: the caches of a pool hold magazines of its arena only (C2).
                if let Some(magazine) = unsafe { self.depot.arena().at(magazine) } {
                    (self.store)(magazine);
                }
            }
            Drained::Object(object) => {
                let Some(singles) = self.singles.filter(|singles| singles.push(object)) else {
                    return;
                };
                if singles.count() >= self.together {
                    (self.store)(singles);
                    self.singles = None;
                }
                self.guard = None;
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
