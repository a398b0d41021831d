//! A lock-free stack of magazines.
//!
//! Treiber's stack ("Systems Programming: Coping with Parallelism", IBM RJ 5118, 1986). The head
//! is one 64-bit word: the number of the top magazine and a tag that every pop moves on, so that
//! a head which was popped and pushed again is not taken for the one that was read (ABA).
//!
//! The tag has 40 bits: to be fooled, a thread would have to stop between its read and its
//! exchange for exactly a multiple of 2⁴⁰ pops — fifteen hours at twenty million a second — and
//! find the same magazine on top. Magazines are never freed while a stack may name them (A1).

use super::arena::{Arena, ID_BITS};
use super::magazine::Magazine;
use crate::sync::{AtomicU64, Ordering};

/// The head's lowest bits hold the magazine's number; the tag has the rest.
const ID_MASK: u64 = (1 << ID_BITS) - 1;
const TAG_STEP: u64 = 1 << ID_BITS;

/// A stack of magazines of one arena.
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

    /// Adds a magazine that the caller owns (M1), who owns it no longer.
    pub(crate) fn push(&self, magazine: &Magazine) {
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            magazine.next.store(id(head), Ordering::Relaxed);
            let new = (head & !ID_MASK) | u64::from(magazine.id);
            // Release: whoever pops it sees what the last owner wrote.
            match self
                .head
                .compare_exchange_weak(head, new, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Whether there is none in it just now.
    pub(crate) fn is_empty(&self) -> bool {
        id(self.head.load(Ordering::Relaxed)) == 0
    }

    /// The top magazine as it looks just now; somebody else's.
    pub(crate) fn peek<'a>(&self, arena: &'a Arena) -> Option<&'a Magazine> {
        arena.get(id(self.head.load(Ordering::Acquire)))
    }

    /// Takes the top magazine, which the caller then owns (M1).
    pub(crate) fn pop<'a>(&self, arena: &'a Arena) -> Option<&'a Magazine> {
        let mut head = self.head.load(Ordering::Acquire);
        loop {
            let magazine = arena.get(id(head))?;
            // Another thread may pop and change it meanwhile: then the tag has moved on.
            let next = magazine.next.load(Ordering::Relaxed);
            let new = (head & !ID_MASK).wrapping_add(TAG_STEP) | u64::from(next);
            match self
                .head
                .compare_exchange_weak(head, new, Ordering::Acquire, Ordering::Acquire)
            {
                Ok(_) => return Some(magazine),
                Err(now) => head = now,
            }
        }
    }

    /// Takes all magazines at once; the caller owns every one of them (M1).
    pub(crate) fn take_all<'a>(&self, arena: &'a Arena) -> Chain<'a> {
        let mut head = self.head.load(Ordering::Acquire);
        loop {
            let new = (head & !ID_MASK).wrapping_add(TAG_STEP);
            match self
                .head
                .compare_exchange_weak(head, new, Ordering::Acquire, Ordering::Acquire)
            {
                Ok(_) => {
                    return Chain {
                        arena,
                        next: id(head),
                    };
                }
                Err(now) => head = now,
            }
        }
    }
}

/// Magazines that one [`Stack::take_all`] took, youngest first.
pub(crate) struct Chain<'a> {
    arena: &'a Arena,
    next: u32,
}

impl<'a> Iterator for Chain<'a> {
    type Item = &'a Magazine;

    fn next(&mut self) -> Option<&'a Magazine> {
        let magazine = self.arena.get(self.next)?;
        // Read before the caller has it, who may push it elsewhere.
        self.next = magazine.next.load(Ordering::Relaxed);
        Some(magazine)
    }
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn last_in_first_out() {
        let (arena, stack) = (Arena::new(1), Stack::new());
        assert!(stack.pop(&arena).is_none());
        for _ in 0..3 {
            stack.push(arena.grow().unwrap());
        }
        assert_eq!(stack.pop(&arena).unwrap().id, 3);
        let rest: Vec<_> = stack.take_all(&arena).map(|m| m.id).collect();
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
