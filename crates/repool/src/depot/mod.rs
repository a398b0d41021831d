//! The depot: magazines that no CPU holds, full ones and empty ones.
//!
//! A CPU that runs out takes a whole magazine here and one that overflows leaves one, so that an
//! object which is taken on one CPU and comes home on another costs its share of one exchange.
//! Nothing here blocks: both sides are lock-free stacks.
//!
//! Maintainers: [`magazine`] is the unit, [`arena`] owns and numbers them, [`stack`] links them.

pub(crate) mod arena;
pub(crate) mod magazine;
pub(crate) mod stack;

use crate::sync::{AtomicUsize, Ordering};
use arena::Arena;
use magazine::Magazine;
use stack::Stack;

/// The magazines of one pool.
#[repr(align(64))]
pub(crate) struct Depot {
    /// Magazines with at least one object, youngest on top.
    full: Stack,
    empty: Stack,
    /// Objects in `full`; counted only where there is a budget to hold them to.
    held: AtomicUsize,
    /// Most objects that [`Depot::try_store`] lets in; `usize::MAX` for no bound.
    budget: usize,
    arena: Arena,
}

impl Depot {
    /// A depot of magazines of `limit` objects, which holds about `budget` objects.
    pub(crate) fn new(limit: usize, budget: usize) -> Self {
        Depot {
            full: Stack::new(),
            empty: Stack::new(),
            held: AtomicUsize::new(0),
            budget,
            arena: Arena::new(limit),
        }
    }

    /// Where its magazines live, those that are out on a CPU too.
    pub(crate) fn arena(&self) -> &Arena {
        &self.arena
    }

    fn bounded(&self) -> bool {
        self.budget != usize::MAX
    }

    /// A magazine with at least one object, for the caller to own.
    pub(crate) fn take_full(&self) -> Option<&Magazine> {
        let magazine = self.full.pop(&self.arena)?;
        if self.bounded() {
            self.held.fetch_sub(magazine.count(), Ordering::Relaxed);
        }
        Some(magazine)
    }

    /// An empty magazine, for the caller to own; `None` when memory has run out.
    pub(crate) fn take_empty(&self) -> Option<&Magazine> {
        self.empty.pop(&self.arena).or_else(|| self.arena.grow())
    }

    /// Every magazine with objects, for the caller to own.
    pub(crate) fn take_all(&self) -> impl Iterator<Item = &Magazine> {
        self.full.take_all(&self.arena).inspect(|magazine| {
            if self.bounded() {
                self.held.fetch_sub(magazine.count(), Ordering::Relaxed);
            }
        })
    }

    /// Takes in a magazine that the caller owns, whatever the budget says: what is in it was
    /// idle before, or has nowhere else to go.
    pub(crate) fn store(&self, magazine: &Magazine) {
        if magazine.count() == 0 {
            return self.empty.push(magazine);
        }
        if self.bounded() {
            self.held.fetch_add(magazine.count(), Ordering::Relaxed);
        }
        self.full.push(magazine);
    }

    /// Takes in a magazine with objects if they fit the budget; else it stays the caller's.
    #[must_use]
    pub(crate) fn try_store(&self, magazine: &Magazine) -> bool {
        let count = magazine.count();
        if self.bounded() {
            let before = self.held.fetch_add(count, Ordering::Relaxed);
            if before.saturating_add(count) > self.budget {
                self.held.fetch_sub(count, Ordering::Relaxed);
                return false;
            }
        }
        self.full.push(magazine);
        true
    }
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_budget_counts_objects() {
        let depot = Depot::new(2, 3);
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
        assert_eq!(depot.take_full().unwrap().count(), 1);
        assert!(depot.try_store(two));
        assert_eq!(depot.take_all().count(), 2);
        assert!(depot.try_store(fill(2)));
    }

    #[test]
    fn empties_are_used_again() {
        let depot = Depot::new(2, usize::MAX);
        let id = depot.take_empty().unwrap().id;
        depot.store(depot.arena().get(id).unwrap());
        assert_eq!(depot.take_empty().unwrap().id, id);
        assert!(depot.take_full().is_none());
    }
}
