//! The depot: magazines that no CPU holds, full ones and empty ones.
//!
//! A CPU that runs out takes a whole magazine here and one that overflows leaves one, so that an
//! object which is taken on one CPU and comes home on another costs its share of one exchange.
//! Nothing here blocks: all sides are lock-free stacks.
//!
//! Full magazines are of two generations, after the victim caches of Go's `sync.Pool` (2019). What
//! comes in is *recent*. A sweep drops the *victims* and turns recent ones into victims, from
//! which objects are taken one by one: only what was used again is recent again.
//!
//! Maintainers: [`magazine`] is the unit, [`arena`] and [`directory`] own and number them, [`stack`]
//! links them, [`trim`] gives their memory back, and [`recovery`] finds those that a fork lost.

pub(crate) mod arena;
mod budget;
mod chunk;
pub(crate) mod directory;
pub(crate) mod hands;
pub(crate) mod magazine;
mod recovery;
pub(crate) mod stack;
mod trim;

use crate::sync::{AtomicUsize, Ordering};
use arena::Arena;
use budget::Budget;
use hands::{Hands, InHand};
use magazine::Magazine;
use stack::{Chain, Stack};

/// The magazines of one pool.
#[repr(align(64))]
pub(crate) struct Depot {
    /// Magazines with at least one object, youngest on top: recent ones and victims, which change
    /// places with each `turn`.
    full: [Stack; 2],
    empty: Stack,
    turn: AtomicUsize,
    /// What is in `full`.
    budget: Budget,
    /// Most bytes in a magazine that a CPU may load, where they are not counted; `usize::MAX` for no
    /// bound.
    loadable: usize,
    arena: Arena,
}

/// What a depot had for a CPU that has nothing.
pub(crate) enum Supply<'a> {
    /// A magazine with at least one object, for the caller to own.
    Magazine(&'a Magazine),
    /// One object, of a magazine that is too heavy to be loaded.
    Object(*mut ()),
}

impl Depot {
    /// A depot of magazines of `limit` objects, which holds about `budget` objects that weigh
    /// `byte_budget`, and lets CPUs load magazines of `loadable` bytes.
    ///
    /// With a bound in bytes, objects must be weighed (W1).
    pub(crate) fn new(limit: usize, budget: usize, byte_budget: usize, loadable: usize) -> Self {
        Depot {
            full: [Stack::new(), Stack::new()],
            empty: Stack::new(),
            turn: AtomicUsize::new(0),
            budget: Budget::new(budget, byte_budget),
            loadable,
            arena: Arena::new(limit),
        }
    }

    /// Where its magazines live, those that are out on a CPU too.
    pub(crate) fn arena(&self) -> &Arena {
        &self.arena
    }

    fn recent(&self) -> &Stack {
        &self.full[self.turn.load(Ordering::Acquire) % 2]
    }

    fn victims(&self) -> &Stack {
        &self.full[(self.turn.load(Ordering::Acquire) + 1) % 2]
    }

    /// What is recent: a magazine, or an object of one that is too heavy to be loaded. One of the
    /// `hands` is raised from before it was taken.
    pub(crate) fn take_full<'h>(&self, hands: &'h Hands) -> Option<(Supply<'_>, InHand<'h>)> {
        let (magazine, in_hand) = self.take(self.recent(), hands)?;
        if magazine.weighed() > self.loadable && magazine.count() > 1 {
            return self
                .take_one(self.recent(), magazine)
                .map(|object| (Supply::Object(object), in_hand));
        }
        self.budget.count_magazine_out(magazine);
        Some((Supply::Magazine(magazine), in_hand))
    }

    /// One object that was idle since before the last sweep. One, not a magazine, so that what nobody
    /// uses goes at the next. The hand is raised as in [`Depot::take_full`].
    pub(crate) fn take_victim<'h>(&self, hands: &'h Hands) -> Option<(*mut (), InHand<'h>)> {
        let (magazine, in_hand) = self.take(self.victims(), hands)?;
        let object = self.take_one(self.victims(), magazine)?;
        Some((object, in_hand))
    }

    /// A victim magazine with at least one object, for the caller to own.
    pub(crate) fn take_victims(&self) -> Option<&Magazine> {
        let magazine = self.victims().pop(&self.arena)?;
        self.budget.count_magazine_out(magazine);
        Some(magazine)
    }

    /// The top magazine of a stack, still counted, and one of the `hands` raised.
    fn take<'h>(&self, stack: &Stack, hands: &'h Hands) -> Option<(&Magazine, InHand<'h>)> {
        // Not raised if there is nothing to take: then no other thread waits for it.
        if stack.is_empty() {
            return None;
        }
        let in_hand = hands.raise();
        Some((stack.pop(&self.arena)?, in_hand))
    }

    /// Takes one object out of a counted magazine that is the caller's; what is left goes to `stack`,
    /// and was counted all the time, so that no other thread fills its place meanwhile.
    fn take_one(&self, stack: &Stack, magazine: &Magazine) -> Option<*mut ()> {
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

    /// Adds an object to the next recent magazine with room, or to an empty one; `false` if it does
    /// not fit the budget or memory has run out, and it stays the caller's. One of the `hands` is
    /// raised while a magazine with other objects is out of sight, all of which stay counted.
    pub(crate) fn add(&self, object: *mut (), hands: &Hands) -> bool {
        let bytes = self.budget.weight_of(object);
        if !self.budget.count_in(1, bytes) {
            self.budget.count_out(1, bytes);
            return false;
        }
        let _in_hand;
        let mut magazine = None;
        // A guess, for another thread may take it meanwhile; but one that is full is left alone.
        if self
            .recent()
            .peek(&self.arena)
            .is_some_and(Magazine::has_room)
        {
            _in_hand = hands.raise();
            magazine = self.recent().pop(&self.arena);
        }
        if let Some(full) = magazine.take_if(|magazine| !magazine.has_room()) {
            self.recent().push(full);
        }
        let Some(magazine) = magazine.or_else(|| self.take_empty()) else {
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

    /// Whether there is a magazine with objects just now.
    pub(crate) fn has_any(&self) -> bool {
        self.full.iter().any(|stack| !stack.is_empty())
    }

    /// An empty magazine, for the caller to own; `None` when memory has run out.
    pub(crate) fn take_empty(&self) -> Option<&Magazine> {
        self.empty
            .pop(&self.arena)
            .or_else(|| self.arena.reuse(&self.empty))
            .or_else(|| self.arena.grow())
    }

    /// Every magazine with objects, for the caller to own.
    pub(crate) fn take_all(&self) -> impl Iterator<Item = &Magazine> {
        let [one, other] = self
            .full
            .each_ref()
            .map(|stack| stack.take_all(&self.arena));
        one.chain(other)
            .inspect(|magazine| self.budget.count_magazine_out(magazine))
    }

    /// Ends a period: the victims, for the caller to own, and what is recent becomes victims.
    /// `None` where another thread is ending the same period.
    pub(crate) fn age(&self) -> Option<Aged<'_>> {
        let turn = self.turn.load(Ordering::Acquire);
        let aged = Aged {
            depot: self,
            magazines: self.full[(turn + 1) % 2].take_all(&self.arena),
        };
        // Only now, so that what is found at the new victims' place is of this period. In between
        // nothing is out of sight but what goes anyway. Where it fails, `aged` goes back.
        self.turn
            .compare_exchange(turn, turn + 1, Ordering::AcqRel, Ordering::Relaxed)
            .ok()
            .map(|_| aged)
    }

    /// Takes in a magazine that the caller owns, whatever the budget says: what is in it was
    /// idle before, or has nowhere else to go.
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

    /// Takes in a magazine with objects if they fit the budget; else it stays the caller's.
    #[must_use]
    pub(crate) fn try_store(&self, magazine: &Magazine) -> bool {
        let fits = self.budget.count_magazine_in(magazine);
        match fits {
            true => self.recent().push(magazine),
            false => self.budget.count_magazine_out(magazine),
        }
        fits
    }

    /// Objects in it, where there is a budget.
    pub(crate) fn held(&self) -> usize {
        self.budget.held()
    }

    /// Bytes that they weigh, where there is a bound in bytes.
    pub(crate) fn held_bytes(&self) -> usize {
        self.budget.held_bytes()
    }

    /// Whether what CPUs have at hand may grow: not while the depot holds more than its budget,
    /// as after a sweep that moved what was at hand into it.
    pub(crate) fn has_room(&self) -> bool {
        self.budget.has_room()
    }
}

/// What [`Depot::age`] took; the rest goes back when this is dropped.
pub(crate) struct Aged<'a> {
    depot: &'a Depot,
    magazines: Chain<'a, Arena>,
}

impl<'a> Iterator for Aged<'a> {
    type Item = &'a Magazine;

    fn next(&mut self) -> Option<&'a Magazine> {
        let magazine = self.magazines.next()?;
        self.depot.budget.count_magazine_out(magazine);
        Some(magazine)
    }
}

impl Drop for Aged<'_> {
    fn drop(&mut self) {
        while let Some(magazine) = self.next() {
            self.depot.store(magazine);
        }
    }
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::*;

    /// The recent magazine that is next; not where objects come one by one.
    fn full(depot: &Depot) -> Option<&Magazine> {
        let Supply::Magazine(magazine) = depot.take_full(&Hands::new())?.0 else {
            return None;
        };
        Some(magazine)
    }

    #[test]
    fn the_budget_counts_objects() {
        let depot = Depot::new(2, 3, usize::MAX, usize::MAX);
        let fill = |n| {
            let magazine = depot.take_empty().unwrap();
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
        assert_eq!(depot.take_all().count(), 2);
        assert!(depot.try_store(fill(2)));
    }

    #[test]
    fn empties_are_used_again() {
        let depot = Depot::new(2, usize::MAX, usize::MAX, usize::MAX);
        let id = depot.take_empty().unwrap().id();
        depot.store(depot.arena().get(id).unwrap());
        assert_eq!(depot.take_empty().unwrap().id(), id);
        assert!(full(&depot).is_none());
    }

    #[test]
    fn two_generations() {
        let depot = Depot::new(1, usize::MAX, usize::MAX, usize::MAX);
        let put = |i: usize| {
            let magazine = depot.take_empty().unwrap();
            assert!(magazine.push(i as *mut ()));
            depot.store(magazine);
        };
        put(4);
        assert_eq!(depot.age().unwrap().count(), 0);
        assert!(full(&depot).is_none());
        put(2);
        let aged: Vec<_> = depot.age().unwrap().map(|m| m.pop()).collect();
        assert_eq!(aged, [Some(4 as *mut ())]);
        let hands = Hands::new();
        assert_eq!(depot.take_victim(&hands).unwrap().0, 2 as *mut ());
        assert!(depot.take_victim(&hands).is_none());
        // What is not looked at goes back.
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
            let magazine = depot.take_empty().unwrap();
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
    fn heavy_objects_share_a_magazine_and_come_one_by_one() {
        let mut weights = [5usize, 6, 7, 2];
        let depot = Depot::new(3, usize::MAX, 18, 4);
        let [a, b, c, light] = weights
            .each_mut()
            .map(|weight| core::ptr::from_mut(weight).cast());
        let hands = Hands::new();
        assert!([a, b, c].iter().all(|&object| depot.add(object, &hands)));
        assert_eq!(depot.arena.len(), 1);
        // Full, and what does not fit is the caller's.
        assert!(!depot.add(light, &hands));
        let one = || match depot.take_full(&hands)?.0 {
            Supply::Magazine(magazine) => {
                let object = magazine.pop();
                depot.store(magazine);
                object
            }
            Supply::Object(object) => Some(object),
        };
        assert_eq!((one(), depot.held(), depot.arena.len()), (Some(c), 2, 1));
        assert_eq!(depot.budget.held_bytes(), 11);
        assert!(depot.add(light, &hands));
        assert_eq!(depot.arena.len(), 1);
        assert_eq!(
            [one(), one(), one(), one()],
            [Some(light), Some(b), Some(a), None]
        );
        assert_eq!((depot.held(), depot.budget.held_bytes()), (0, 0));
        // Victims come one by one too, and stay counted.
        assert!([a, b].iter().all(|&object| depot.add(object, &hands)));
        drop(depot.age());
        assert_eq!(depot.take_victim(&hands).unwrap().0, b);
        assert_eq!((depot.held(), depot.budget.held_bytes()), (1, 5));
        assert!(!hands.are_raised());
    }
}
