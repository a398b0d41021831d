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
//! Maintainers: [`magazine`] is the unit, [`arena`] owns and numbers them, [`stack`] links them.

pub(crate) mod arena;
pub(crate) mod hands;
pub(crate) mod magazine;
pub(crate) mod stack;

use crate::sync::{AtomicUsize, Ordering};
use arena::Arena;
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
    /// Objects in `full`, and bytes that they weigh; counted only where there is a budget.
    held: AtomicUsize,
    held_bytes: AtomicUsize,
    /// Most objects that [`Depot::try_store`] lets in; `usize::MAX` for no bound.
    budget: usize,
    /// Most bytes that it lets in; `usize::MAX` for no bound.
    byte_budget: usize,
    arena: Arena,
}

impl Depot {
    /// A depot of magazines of `limit` objects, which holds about `budget` objects that weigh
    /// `byte_budget`.
    ///
    /// With a bound in bytes, objects must be weighed (W1).
    pub(crate) fn new(limit: usize, budget: usize, byte_budget: usize) -> Self {
        Depot {
            full: [Stack::new(), Stack::new()],
            empty: Stack::new(),
            turn: AtomicUsize::new(0),
            held: AtomicUsize::new(0),
            held_bytes: AtomicUsize::new(0),
            budget,
            byte_budget,
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

    fn bounded(&self) -> bool {
        self.budget != usize::MAX || self.bounded_in_bytes()
    }

    fn bounded_in_bytes(&self) -> bool {
        self.byte_budget != usize::MAX
    }

    /// Counts a magazine in; says whether it is within the budget.
    fn count_in(&self, magazine: &Magazine) -> bool {
        if !self.bounded() {
            return true;
        }
        let count = magazine.count();
        let before = self.held.fetch_add(count, Ordering::Relaxed);
        let fits = before.saturating_add(count) <= self.budget;
        if !self.bounded_in_bytes() {
            return fits;
        }
        // SAFETY: M1, for each caller owns the magazine; W1, for there is a bound in bytes.
        let bytes = unsafe { magazine.weigh() };
        let before = self.held_bytes.fetch_add(bytes, Ordering::Relaxed);
        fits && before.saturating_add(bytes) <= self.byte_budget
    }

    fn count_out(&self, magazine: &Magazine) {
        if self.bounded() {
            self.held.fetch_sub(magazine.count(), Ordering::Relaxed);
        }
        if self.bounded_in_bytes() {
            self.held_bytes
                .fetch_sub(magazine.weighed(), Ordering::Relaxed);
        }
    }

    /// A recent magazine with at least one object, for the caller to own, and one of the `hands`
    /// raised from before it was taken.
    pub(crate) fn take_full<'h>(&self, hands: &'h Hands) -> Option<(&Magazine, InHand<'h>)> {
        self.take(self.recent(), hands)
    }

    /// As [`Depot::take_full`], where the next one has room for more.
    pub(crate) fn take_partial<'h>(&self, hands: &'h Hands) -> Option<(&Magazine, InHand<'h>)> {
        // A guess, for others may take it meanwhile; but one that is full is left alone.
        let next = self.recent().peek(&self.arena)?;
        (next.count() < next.limit).then(|| self.take_full(hands))?
    }

    /// A victim magazine with at least one object; see [`Depot::take_full`].
    pub(crate) fn take_victims<'h>(&self, hands: &'h Hands) -> Option<(&Magazine, InHand<'h>)> {
        self.take(self.victims(), hands)
    }

    fn take<'h>(&self, stack: &Stack, hands: &'h Hands) -> Option<(&Magazine, InHand<'h>)> {
        // Not raised where there is nothing to take: nobody is in the way of those who look too.
        if stack.is_empty() {
            return None;
        }
        let in_hand = hands.raise();
        let magazine = stack.pop(&self.arena)?;
        self.count_out(magazine);
        Some((magazine, in_hand))
    }

    /// Whether there is a magazine with objects just now.
    pub(crate) fn has_any(&self) -> bool {
        self.full.iter().any(|stack| !stack.is_empty())
    }

    /// An empty magazine, for the caller to own; `None` when memory has run out.
    pub(crate) fn take_empty(&self) -> Option<&Magazine> {
        self.empty.pop(&self.arena).or_else(|| self.arena.grow())
    }

    /// Every magazine with objects, for the caller to own.
    pub(crate) fn take_all(&self) -> impl Iterator<Item = &Magazine> {
        let [one, other] = self
            .full
            .each_ref()
            .map(|stack| stack.take_all(&self.arena));
        one.chain(other)
            .inspect(|magazine| self.count_out(magazine))
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
        self.count_in(magazine);
        stack.push(magazine);
    }

    /// Takes in a magazine with objects if they fit the budget; else it stays the caller's.
    #[must_use]
    pub(crate) fn try_store(&self, magazine: &Magazine) -> bool {
        let fits = self.count_in(magazine);
        match fits {
            true => self.recent().push(magazine),
            false => self.count_out(magazine),
        }
        fits
    }

    /// Objects in it, where there is a budget.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Bytes that they weigh, where there is a bound in bytes.
    pub(crate) fn held_bytes(&self) -> usize {
        self.held_bytes.load(Ordering::Relaxed)
    }

    /// Whether what CPUs have at hand may grow: not while the depot holds more than its budget,
    /// as after a sweep that moved what was at hand into it.
    pub(crate) fn has_room(&self) -> bool {
        self.held.load(Ordering::Relaxed) <= self.budget
            && self.held_bytes.load(Ordering::Relaxed) <= self.byte_budget
    }
}

/// What [`Depot::age`] took; the rest goes back when this is dropped.
pub(crate) struct Aged<'a> {
    depot: &'a Depot,
    magazines: Chain<'a>,
}

impl<'a> Iterator for Aged<'a> {
    type Item = &'a Magazine;

    fn next(&mut self) -> Option<&'a Magazine> {
        let magazine = self.magazines.next()?;
        self.depot.count_out(magazine);
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

    #[test]
    fn the_budget_counts_objects() {
        let depot = Depot::new(2, 3, usize::MAX);
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
        assert_eq!(depot.take_full(&Hands::new()).unwrap().0.count(), 1);
        assert!(depot.try_store(two));
        assert_eq!(depot.take_all().count(), 2);
        assert!(depot.try_store(fill(2)));
    }

    #[test]
    fn empties_are_used_again() {
        let depot = Depot::new(2, usize::MAX, usize::MAX);
        let id = depot.take_empty().unwrap().id;
        depot.store(depot.arena().get(id).unwrap());
        assert_eq!(depot.take_empty().unwrap().id, id);
        assert!(depot.take_full(&Hands::new()).is_none());
    }

    #[test]
    fn two_generations() {
        let depot = Depot::new(1, usize::MAX, usize::MAX);
        let put = |i: usize| {
            let magazine = depot.take_empty().unwrap();
            assert!(magazine.push(i as *mut ()));
            depot.store(magazine);
        };
        put(4);
        assert_eq!(depot.age().unwrap().count(), 0);
        assert!(depot.take_full(&Hands::new()).is_none());
        put(2);
        let aged: Vec<_> = depot.age().unwrap().map(|m| m.pop()).collect();
        assert_eq!(aged, [Some(4 as *mut ())]);
        assert_eq!(
            depot.take_victims(&Hands::new()).unwrap().0.pop(),
            Some(2 as *mut ())
        );
        assert!(depot.take_victims(&Hands::new()).is_none());
        // What is not looked at goes back.
        put(3);
        drop(depot.age());
        drop(depot.age());
        assert_eq!(
            depot.take_full(&Hands::new()).unwrap().0.pop(),
            Some(3 as *mut ())
        );
    }

    #[test]
    fn the_budget_counts_bytes() {
        let mut weights = [5usize, 6, 7];
        let depot = Depot::new(2, usize::MAX, 12);
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
        assert_eq!(depot.take_full(&Hands::new()).unwrap().0.pop(), Some(b));
        assert!(depot.try_store(with(c)));
        assert!(depot.has_room());
        depot.store(with(b));
        assert!(!depot.has_room());
    }
}
