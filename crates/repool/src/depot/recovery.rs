//! Recovery: magazines that threads of the parent had taken out at the moment of a fork.
//!
//! A forked child has a copy of every magazine, but of the parent's threads only the one that forked.
//! A magazine that another thread had taken out of a cache or off a stack is then in no place where the
//! child would find it. The thread that claims the pool in the child (`engine/ownership.rs`) searches
//! all caches and stacks, and puts every magazine that is in none of them back into the depot.
//!
//! Such a magazine is whole: a count goes down before an object is used elsewhere and up after its
//! place was written (see [`super::magazine`]), and a fork stops each thread between two stores.

use super::Depot;
use super::magazine::Magazine;

/// Words of a set for 4,096 magazines, 122,880 objects: it needs no heap.
const FEW: usize = 64;

/// A set of magazines, by number.
struct Found<'a>(&'a mut [u64]);

impl Found<'_> {
    fn insert(&mut self, id: u32) {
        if let Some(word) = self.0.get_mut(id as usize / 64) {
            *word |= 1 << (id % 64);
        }
    }

    fn has(&self, id: u32) -> bool {
        let word = self.0.get(id as usize / 64);
        word.is_some_and(|word| word & 1 << (id % 64) != 0)
    }
}

impl Depot {
    /// Puts back into the depot the magazines that are neither there nor among `cached`, those that caches
    /// hold, and counts again what it holds. It takes some nanoseconds for each magazine ever made.
    /// `false` if there is no memory to do it with.
    ///
    /// For a caller that is alone: no other thread of this process uses the depot, exchanges a cache's
    /// magazines, or owns a magazine, from before the call to after it.
    pub(crate) fn recover<'a>(&'a self, cached: impl Iterator<Item = &'a Magazine>) -> bool {
        let len = self.arena.len();
        let words = len as usize / 64 + 1;
        let mut few = [0; FEW];
        let mut many = Vec::new();
        let mut found = Found(match words <= FEW {
            true => &mut few,
            false if many.try_reserve_exact(words).is_err() => return false,
            false => {
                many.resize(words, 0);
                &mut many
            }
        });
        cached.for_each(|magazine| found.insert(magazine.id()));
        for stack in self.full.iter().chain([&self.empty]) {
            let walk = stack.walk(&self.arena);
            walk.for_each(|magazine| found.insert(magazine.id()));
        }
        self.arena
            .recover_released(|ids| ids.for_each(|id| found.insert(id)));
        for id in (1..=len).filter(|&id| !found.has(id)) {
            let Some(magazine) = self.arena.get(id) else {
                continue;
            };
            magazine.renew(id, self.arena.limit());
            match magazine.count() {
                0 => self.empty.push(magazine),
                _ => self.recent().push(magazine),
            }
        }
        // A thread may have been between a stack and its count.
        self.budget.reset();
        if self.budget.is_bounded() {
            for stack in &self.full {
                for magazine in stack.walk(&self.arena) {
                    self.budget.count_magazine_in(magazine);
                }
            }
        }
        true
    }
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::super::in_flight::InFlight;
    use super::*;

    #[test]
    fn what_is_in_no_place_is_put_back_and_nothing_twice() {
        for many in [10, 252 + 5 * 128 + 7, 5000] {
            let depot = Depot::new(2, 1 << 20, usize::MAX, usize::MAX);
            let all: Vec<_> = (0..many).map(|_| depot.pop_empty().unwrap()).collect();
            // In turn: in a cache, in the depot, empty there, lost with objects, lost without.
            for (kind, magazine) in (0..5).cycle().zip(&all) {
                if kind != 2 && kind != 4 {
                    assert!(magazine.push(magazine.id() as *mut ()));
                }
                if kind == 1 || kind == 2 {
                    depot.store(magazine);
                }
            }
            let empty = depot.pop_empty().unwrap();
            depot.store(empty);
            // As a thread would leave them that was stopped between a stack and its count.
            depot.budget.count_in(77, 0);
            depot.trim();
            let cached = || all.iter().copied().step_by(5);
            assert!(depot.recover(cached()));
            let count = |depot: &Depot| {
                let [one, other] = depot.full.each_ref().map(|s| s.walk(&depot.arena).count());
                (
                    one + other,
                    depot.empty.walk(&depot.arena).count(),
                    depot.held(),
                )
            };
            let with = |kinds: &[usize]| (0..many).filter(|i| kinds.contains(&(i % 5))).count();
            let expected = (with(&[1, 3]), with(&[2, 4]), with(&[1, 3]));
            assert_eq!(count(&depot), expected);
            // Once more changes nothing.
            assert!(depot.recover(cached()));
            assert_eq!(count(&depot), expected);
            let in_flight = InFlight::new();
            let mut seen: Vec<_> = std::iter::from_fn(|| depot.pop_victim(&in_flight))
                .map(|(object, _)| object as usize)
                .collect();
            seen.extend(
                depot
                    .drain()
                    .filter_map(Magazine::pop)
                    .map(|object| object as usize),
            );
            seen.extend(
                cached()
                    .filter_map(Magazine::pop)
                    .map(|object| object as usize),
            );
            seen.sort_unstable();
            let whole = (1..=many).filter(|id| [0, 1, 3].contains(&((id - 1) % 5)));
            assert!(seen.into_iter().eq(whole));
        }
    }

    #[test]
    fn chunks_that_a_thread_was_releasing_are_whole_again() {
        let depot = Depot::new(2, usize::MAX, usize::MAX, usize::MAX);
        let all: Vec<_> = (0..252 + 3 * 128)
            .map(|_| depot.pop_empty().unwrap())
            .collect();
        // The first is released; of the second the memory is gone, but it is on no stack.
        depot.arena.release(1);
        depot.arena.entry(2).unwrap().release();
        assert!(depot.recover(all[..252].iter().copied()));
        assert_eq!(depot.arena.count_released(), 1);
        let empty: Vec<_> = depot.empty.walk(&depot.arena).map(Magazine::id).collect();
        assert!(empty.iter().rev().copied().eq(381..=252 + 3 * 128));
        let magazine = depot.pop_empty().unwrap();
        assert!(magazine.push(core::ptr::dangling_mut()) && magazine.has_room());
    }
}
