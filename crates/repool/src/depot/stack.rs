//! A lock-free stack of magazines, or of chunks of them.
//!
//! Treiber's stack ("Systems Programming: Coping with Parallelism", IBM RJ 5118, 1986). The head
//! is one 64-bit word: the number of the top item, and a tag that every pop increments, so that an exchange
//! fails if the top item was popped and pushed again since it was read (ABA).
//!
//! The tag has 40 bits: an exchange could succeed wrongly only if between read and exchange exactly a
//! multiple of 2⁴⁰ pops happened (fifteen hours at twenty million a second) and the same item were on top. An item's `next` can be read while any stack may name it: it is never
//! unmapped, and what is read of one that another thread has popped is discarded (A1).

use super::magazine::Magazine;
use crate::sync::{AtomicU32, AtomicU64, Ordering};

/// The head's lowest bits hold the top item's number; the tag has the rest.
pub(crate) const ID_BITS: u32 = 24;
const ID_MASK: u64 = (1 << ID_BITS) - 1;
const TAG_STEP: u64 = 1 << ID_BITS;

/// What a stack can hold.
pub(crate) trait Linked {
    /// Its number among all of its kind, from 1; fits [`ID_BITS`].
    fn number(&self) -> u32;

    /// Where the number of the next item on its stack is kept.
    fn next(&self) -> &AtomicU32;
}

/// Finds items by number.
pub(crate) trait Numbered {
    type Item: Linked;

    /// The item with that number; `None` for 0, which ends a stack. It can be looked at for ever, also
    /// while it is on no stack.
    fn item(&self, number: u32) -> Option<&Self::Item>;
}

impl Linked for Magazine {
    fn number(&self) -> u32 {
        self.id()
    }

    fn next(&self) -> &AtomicU32 {
        &self.next
    }
}

/// A stack of items that one `Numbered` numbers.
pub(crate) struct Stack {
    head: AtomicU64,
}

fn id(head: u64) -> u32 {
    (head & ID_MASK) as u32
}

impl Stack {
    pub(crate) fn new() -> Self {
        Stack {
            head: AtomicU64::new(0),
        }
    }

    /// Pushes an item that the caller owns (M1) and gives up.
    pub(crate) fn push(&self, item: &impl Linked) {
        self.push_chain(item, item);
    }

    /// Pushes items that the caller owns and has linked, from `first` on top to `last`.
    pub(crate) fn push_chain<I: Linked>(&self, first: &I, last: &I) {
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            last.next().store(id(head), Ordering::Relaxed);
            let new = (head & !ID_MASK) | u64::from(first.number());
            // Release: the thread that pops it sees what the last owner wrote.
            match self
                .head
                .compare_exchange_weak(head, new, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Whether it is empty; a guess.
    pub(crate) fn is_empty(&self) -> bool {
        id(self.head.load(Ordering::Relaxed)) == 0
    }

    /// The top item, which another thread may own at once.
    pub(crate) fn peek<'a, N: Numbered>(&self, all: &'a N) -> Option<&'a N::Item> {
        all.item(id(self.head.load(Ordering::Acquire)))
    }

    /// Pops the top item, which the caller then owns (M1).
    pub(crate) fn pop<'a, N: Numbered>(&self, all: &'a N) -> Option<&'a N::Item> {
        let mut head = self.head.load(Ordering::Acquire);
        loop {
            let item = all.item(id(head))?;
            // Another thread may pop and change it meanwhile: then the tag has moved on.
            let next = item.next().load(Ordering::Relaxed);
            let new = (head & !ID_MASK).wrapping_add(TAG_STEP) | u64::from(next);
            match self
                .head
                .compare_exchange_weak(head, new, Ordering::Acquire, Ordering::Acquire)
            {
                Ok(_) => return Some(item),
                Err(now) => head = now,
            }
        }
    }

    /// Pops all items at once; the caller owns every one of them (M1).
    pub(crate) fn drain<'a, N: Numbered>(&self, all: &'a N) -> Chain<'a, N> {
        let mut head = self.head.load(Ordering::Acquire);
        loop {
            let new = (head & !ID_MASK).wrapping_add(TAG_STEP);
            match self
                .head
                .compare_exchange_weak(head, new, Ordering::Acquire, Ordering::Acquire)
            {
                Ok(_) => {
                    return Chain {
                        all,
                        next: id(head),
                    };
                }
                Err(now) => head = now,
            }
        }
    }

    /// The items that are in it. Only while no other thread pushes or pops any.
    pub(crate) fn walk<'a, N: Numbered>(&self, all: &'a N) -> Chain<'a, N> {
        Chain {
            all,
            next: id(self.head.load(Ordering::Acquire)),
        }
    }
}

/// Items linked to each other: those of one [`Stack::drain`] or [`Stack::walk`], youngest first.
pub(crate) struct Chain<'a, N: Numbered> {
    all: &'a N,
    next: u32,
}

impl<'a, N: Numbered> Iterator for Chain<'a, N> {
    type Item = &'a N::Item;

    fn next(&mut self) -> Option<&'a N::Item> {
        let item = self.all.item(self.next)?;
        // Read before the caller gets the item and may push it elsewhere.
        self.next = item.next().load(Ordering::Relaxed);
        Some(item)
    }
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::super::arena::Arena;
    use super::*;

    #[test]
    fn last_in_first_out() {
        let (arena, stack) = (Arena::new(1), Stack::new());
        assert!(stack.pop(&arena).is_none());
        for _ in 0..3 {
            stack.push(arena.grow().unwrap());
        }
        assert_eq!(stack.pop(&arena).unwrap().id(), 3);
        let rest: Vec<_> = stack.drain(&arena).map(|m| m.id()).collect();
        assert_eq!(rest, [2, 1]);
        assert!(stack.pop(&arena).is_none());
    }

    #[test]
    fn a_popped_and_pushed_head_is_another() {
        let (arena, stack) = (Arena::new(1), Stack::new());
        let magazine = arena.grow().unwrap();
        stack.push(magazine);
        let before = stack.head.load(Ordering::Relaxed);
        stack.push(stack.pop(&arena).unwrap());
        let after = stack.head.load(Ordering::Relaxed);
        assert_eq!(id(before), id(after));
        assert_ne!(before, after);
    }
}
