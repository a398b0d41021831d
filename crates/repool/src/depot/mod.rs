//! The depot: magazines that are in no CPU's cache, full ones and empty ones.
//!
//! An empty cache gets a whole magazine here and a full one leaves one, so that an object which is popped
//! on one CPU and pushed on another costs its share of one exchange. Nothing here blocks: magazines are on
//! lock-free stacks.
//!
//! Full magazines are of two generations, after the victim caches of Go's `sync.Pool` (2019). What
//! is stored is *recent*. A sweep drops the *victims* and turns recent ones into victims, from which
//! objects are popped one by one: only what is used again becomes recent again.
//!
//! [`magazine`] is the unit; [`arena`], [`directory`] and [`chunk`] own and number magazines, and [`stack`]
//! links them. [`aging`] ends a generation, [`budget`] bounds what the depot holds, [`trim`] gives memory
//! back, and [`recovery`] finds magazines that a fork lost. [`in_flight`] counts objects on their way
//! between caches and depot.

mod aging;
pub(crate) mod arena;
mod budget;
mod chunk;
pub(crate) mod directory;
pub(crate) mod in_flight;
pub(crate) mod magazine;
mod recovery;
pub(crate) mod stack;
mod trim;

use crate::sync::{AtomicUsize, Ordering};
use arena::Arena;
use budget::Budget;
use in_flight::{InFlight, InFlightGuard};
use magazine::Magazine;
use stack::Stack;

/// The magazines of one pool.
#[repr(align(64))]
pub(crate) struct Depot {
    /// Magazines with at least one object, youngest on top: a stack of recent ones and one of victims,
    /// whose roles swap at the end of each period.
    full: [Stack; 2],
    empty: Stack,
    /// The number of the current period; `full[period % 2]` is the stack of recent magazines.
    period: AtomicUsize,
    /// Counts what is in `full`.
    budget: Budget,
    /// Most bytes in a magazine that a cache may load, where no budget counts them; `usize::MAX` for no
    /// bound.
    loadable: usize,
    arena: Arena,
}

/// What the depot supplies to an empty cache.
pub(crate) enum Supply<'a> {
    /// A magazine with at least one object, for the caller to own.
    Magazine(&'a Magazine),
    /// One object, of a magazine that is too heavy to be loaded.
    Object(*mut ()),
}

impl Depot {
    /// A depot of magazines of `limit` objects, for about `budget` objects that weigh `byte_budget` bytes
    /// together. Caches may load magazines of up to `loadable` bytes.
    ///
    /// With a bound in bytes, objects must be weighed (W1).
    pub(crate) fn new(limit: usize, budget: usize, byte_budget: usize, loadable: usize) -> Self {
        Depot {
            full: [Stack::new(), Stack::new()],
            empty: Stack::new(),
            period: AtomicUsize::new(0),
            budget: Budget::new(budget, byte_budget),
            loadable,
            arena: Arena::new(limit),
        }
    }

    /// The owner of all magazines of the pool, those in caches too.
    pub(crate) fn arena(&self) -> &Arena {
        &self.arena
    }

    fn recent(&self) -> &Stack {
        &self.full[self.period.load(Ordering::Acquire) % 2]
    }

    fn victims(&self) -> &Stack {
        &self.full[(self.period.load(Ordering::Acquire) + 1) % 2]
    }

    /// Pops a recent magazine, or an object of one that is too heavy to be loaded. It counts as in flight
    /// until the guard is dropped.
    pub(crate) fn pop_full<'h>(
        &self,
        in_flight: &'h InFlight,
    ) -> Option<(Supply<'_>, InFlightGuard<'h>)> {
        let (magazine, guard) = self.pop(self.recent(), in_flight)?;
        if magazine.weighed() > self.loadable && magazine.count() > 1 {
            return self
                .pop_one(self.recent(), magazine)
                .map(|object| (Supply::Object(object), guard));
        }
        self.budget.count_magazine_out(magazine);
        Some((Supply::Magazine(magazine), guard))
    }

    /// Pops one object that was idle since before the last sweep. One, not a magazine, so that the next
    /// sweep drops the others. In flight as in [`Depot::pop_full`].
    pub(crate) fn pop_victim<'h>(
        &self,
        in_flight: &'h InFlight,
    ) -> Option<(*mut (), InFlightGuard<'h>)> {
        let (magazine, guard) = self.pop(self.victims(), in_flight)?;
        let object = self.pop_one(self.victims(), magazine)?;
        Some((object, guard))
    }

    /// Pops a victim magazine with at least one object, for the caller to own (M1).
    pub(crate) fn pop_victim_magazine(&self) -> Option<&Magazine> {
        let magazine = self.victims().pop(&self.arena)?;
        self.budget.count_magazine_out(magazine);
        Some(magazine)
    }

    /// Pops the top magazine of a stack, still counted by the budget, and counts it as in flight.
    fn pop<'h>(
        &self,
        stack: &Stack,
        in_flight: &'h InFlight,
    ) -> Option<(&Magazine, InFlightGuard<'h>)> {
        // Enters only if there is something to pop: other threads wait for calls in flight.
        if stack.is_empty() {
            return None;
        }
        let guard = in_flight.enter();
        Some((stack.pop(&self.arena)?, guard))
    }

    /// Pops one object from a counted magazine that the caller owns (M1), and puts the magazine back on
    /// `stack`. The budget counts the rest throughout, so that no other thread uses its room.
    fn pop_one(&self, stack: &Stack, magazine: &Magazine) -> Option<*mut ()> {
        let object = magazine.pop();
        let bytes = object.map_or(0, |object| self.budget.weight_of(object));
        self.budget.count_out(usize::from(object.is_some()), bytes);
        magazine.set_weighed(magazine.weighed().saturating_sub(bytes));
        match magazine.count() {
            0 => self.empty.push(magazine),
            _ => stack.push(magazine),
        }
        object
    }

    /// Adds an object to the next recent magazine with room, or to an empty one; `false` if it does not fit
    /// the budget or memory has run out, and it stays the caller's. Objects already in the magazine count
    /// as in flight meanwhile, and stay counted by the budget.
    pub(crate) fn add(&self, object: *mut (), in_flight: &InFlight) -> bool {
        let bytes = self.budget.weight_of(object);
        if !self.budget.count_in(1, bytes) {
            self.budget.count_out(1, bytes);
            return false;
        }
        let _guard;
        let mut magazine = None;
        // A guess: another thread may pop it meanwhile. A full one stays on the stack.
        if self
            .recent()
            .peek(&self.arena)
            .is_some_and(Magazine::has_room)
        {
            _guard = in_flight.enter();
            magazine = self.recent().pop(&self.arena);
        }
        if let Some(full) = magazine.take_if(|magazine| !magazine.has_room()) {
            self.recent().push(full);
        }
        let Some(magazine) = magazine.or_else(|| self.pop_empty()) else {
            self.budget.count_out(1, bytes);
            return false;
        };
        let before = match magazine.count() {
            0 => 0,
            _ => magazine.weighed(),
        };
        let added = magazine.push(object);
        debug_assert!(added, "an empty magazine, or one that has room");
        magazine.set_weighed(before + bytes);
        self.recent().push(magazine);
        true
    }

    /// Whether there is a magazine with objects; a guess.
    pub(crate) fn has_any(&self) -> bool {
        self.full.iter().any(|stack| !stack.is_empty())
    }

    /// Pops an empty magazine, for the caller to own (M1); `None` if memory has run out.
    pub(crate) fn pop_empty(&self) -> Option<&Magazine> {
        self.empty
            .pop(&self.arena)
            .or_else(|| self.arena.reuse(&self.empty))
            .or_else(|| self.arena.grow())
    }

    /// Removes every magazine with objects, for the caller to own (M1).
    pub(crate) fn drain(&self) -> impl Iterator<Item = &Magazine> {
        let [one, other] = self.full.each_ref().map(|stack| stack.drain(&self.arena));
        one.chain(other)
            .inspect(|magazine| self.budget.count_magazine_out(magazine))
    }

    /// Stores a magazine that the caller owns (M1) beyond the budget, if need be: its objects were idle
    /// before, or have no other place.
    pub(crate) fn store(&self, magazine: &Magazine) {
        self.store_on(self.recent(), magazine);
    }

    /// As [`Depot::store`], as victims.
    pub(crate) fn store_victims(&self, magazine: &Magazine) {
        self.store_on(self.victims(), magazine);
    }

    fn store_on(&self, stack: &Stack, magazine: &Magazine) {
        if magazine.count() == 0 {
            return self.empty.push(magazine);
        }
        self.budget.count_magazine_in(magazine);
        stack.push(magazine);
    }

    /// Stores a magazine with objects if they fit the budget; otherwise it stays the caller's.
    #[must_use]
    pub(crate) fn try_store(&self, magazine: &Magazine) -> bool {
        let fits = self.budget.count_magazine_in(magazine);
        match fits {
            true => self.recent().push(magazine),
            false => self.budget.count_magazine_out(magazine),
        }
        fits
    }

    /// Objects in the depot; 0 without a budget.
    pub(crate) fn held(&self) -> usize {
        self.budget.held()
    }

    /// Bytes in the depot; 0 without a bound in bytes.
    pub(crate) fn held_bytes(&self) -> usize {
        self.budget.held_bytes()
    }

    /// Whether caches may grow: not while the depot holds more than its budget, as after a sweep that
    /// drained caches into it.
    pub(crate) fn has_room(&self) -> bool {
        self.budget.has_room()
    }
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::*;

    /// Pops a recent magazine; `None` for a single object.
    fn full(depot: &Depot) -> Option<&Magazine> {
        let Supply::Magazine(magazine) = depot.pop_full(&InFlight::new())?.0 else {
            return None;
        };
        Some(magazine)
    }

    #[test]
    fn the_budget_counts_objects() {
        let depot = Depot::new(2, 3, usize::MAX, usize::MAX);
        let fill = |n| {
            let magazine = depot.pop_empty().unwrap();
            (1..=n).for_each(|i| assert!(magazine.push(i as *mut ())));
            magazine
        };
        assert!(depot.try_store(fill(2)));
        let two = fill(2);
        assert!(!depot.try_store(two));
        assert!(depot.try_store(fill(1)));
        two.pop();
        assert!(!depot.try_store(two));
        assert_eq!(full(&depot).unwrap().count(), 1);
        assert!(depot.try_store(two));
        assert_eq!(depot.drain().count(), 2);
        assert!(depot.try_store(fill(2)));
    }

    #[test]
    fn empties_are_used_again() {
        let depot = Depot::new(2, usize::MAX, usize::MAX, usize::MAX);
        let id = depot.pop_empty().unwrap().id();
        depot.store(depot.arena().get(id).unwrap());
        assert_eq!(depot.pop_empty().unwrap().id(), id);
        assert!(full(&depot).is_none());
    }

    #[test]
    fn two_generations() {
        let depot = Depot::new(1, usize::MAX, usize::MAX, usize::MAX);
        let put = |i: usize| {
            let magazine = depot.pop_empty().unwrap();
            assert!(magazine.push(i as *mut ()));
            depot.store(magazine);
        };
        put(4);
        assert_eq!(depot.age().unwrap().count(), 0);
        assert!(full(&depot).is_none());
        put(2);
        let aged: Vec<_> = depot.age().unwrap().map(|m| m.pop()).collect();
        assert_eq!(aged, [Some(4 as *mut ())]);
        let in_flight = InFlight::new();
        assert_eq!(depot.pop_victim(&in_flight).unwrap().0, 2 as *mut ());
        assert!(depot.pop_victim(&in_flight).is_none());
        // What is not iterated is stored again.
        put(3);
        drop(depot.age());
        drop(depot.age());
        assert_eq!(full(&depot).unwrap().pop(), Some(3 as *mut ()));
    }

    #[test]
    fn the_budget_counts_bytes() {
        let mut weights = [5usize, 6, 7];
        let depot = Depot::new(2, usize::MAX, 12, usize::MAX);
        let [a, b, c] = weights
            .each_mut()
            .map(|weight| core::ptr::from_mut(weight).cast());
        let with = |object| {
            let magazine = depot.pop_empty().unwrap();
            assert!(magazine.push(object));
            magazine
        };
        assert!(depot.try_store(with(a)));
        assert!(depot.try_store(with(b)));
        assert!(!depot.try_store(with(c)));
        assert_eq!(full(&depot).unwrap().pop(), Some(b));
        assert!(depot.try_store(with(c)));
        assert!(depot.has_room());
        depot.store(with(b));
        assert!(!depot.has_room());
    }

    #[test]
    fn heavy_objects_share_a_magazine_and_are_popped_one_by_one() {
        let mut weights = [5usize, 6, 7, 2];
        let depot = Depot::new(3, usize::MAX, 18, 4);
        let [a, b, c, light] = weights
            .each_mut()
            .map(|weight| core::ptr::from_mut(weight).cast());
        let in_flight = InFlight::new();
        assert!(
            [a, b, c]
                .iter()
                .all(|&object| depot.add(object, &in_flight))
        );
        assert_eq!(depot.arena.len(), 1);
        // Full, and what does not fit is the caller's.
        assert!(!depot.add(light, &in_flight));
        let one = || match depot.pop_full(&in_flight)?.0 {
            Supply::Magazine(magazine) => {
                let object = magazine.pop();
                depot.store(magazine);
                object
            }
            Supply::Object(object) => Some(object),
        };
        assert_eq!((one(), depot.held(), depot.arena.len()), (Some(c), 2, 1));
        assert_eq!(depot.budget.held_bytes(), 11);
        assert!(depot.add(light, &in_flight));
        assert_eq!(depot.arena.len(), 1);
        assert_eq!(
            [one(), one(), one(), one()],
            [Some(light), Some(b), Some(a), None]
        );
        assert_eq!((depot.held(), depot.budget.held_bytes()), (0, 0));
        // Victims are popped one by one too, and stay counted.
        assert!([a, b].iter().all(|&object| depot.add(object, &in_flight)));
        drop(depot.age());
        assert_eq!(depot.pop_victim(&in_flight).unwrap().0, b);
        assert_eq!((depot.held(), depot.budget.held_bytes()), (1, 5));
        assert!(!in_flight.has_any());
    }
}
