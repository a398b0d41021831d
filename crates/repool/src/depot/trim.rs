//! Trimming: gives the memory of unused magazines back to the system.
//!
//! A chunk of the directory is released if all of its magazines are empty and in the depot. `trim` pops
//! all empty magazines, counts them by chunk, and pushes those of other chunks again. A thread that needs
//! an empty magazine meanwhile makes a new one, which a later trim can release.

use super::Depot;
use super::arena::Arena;
use super::chunk::SIZE;
use super::stack::Stack;

impl Depot {
    /// Gives the memory of chunks that hold nothing back to the system. It takes some nanoseconds for
    /// each empty magazine, nothing in a pool that never had more than the small chunks, and leaves
    /// everything as it is if there is no memory to count with.
    pub(crate) fn trim(&self) {
        let chunks = self.arena.full_chunks() as usize;
        let mut counts = Vec::new();
        if chunks == 0 || self.empty.is_empty() || counts.try_reserve_exact(chunks).is_err() {
            return;
        }
        counts.resize(chunks, 0u32);
        let index = |id| Arena::chunk_of(id).map(|number| number as usize - 1);
        let (low, high) = (Stack::new(), Stack::new());
        for magazine in self.empty.drain(&self.arena) {
            match index(magazine.id()).and_then(|index| counts.get_mut(index)) {
                Some(count) => {
                    *count += 1;
                    high.push(magazine);
                }
                None => low.push(magazine),
            }
        }
        // Before the rest: other threads may need one.
        for magazine in low.drain(&self.arena) {
            self.empty.push(magazine);
        }
        for magazine in high.drain(&self.arena) {
            let count = index(magazine.id()).and_then(|index| counts.get(index));
            if count != Some(&SIZE) {
                self.empty.push(magazine);
            }
        }
        for (number, _) in (1..).zip(&counts).filter(|(_, count)| **count == SIZE) {
            self.arena.release(number);
        }
    }
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::super::magazine::Magazine;
    use super::*;

    fn depot_with(magazines: usize) -> (Depot, Vec<u32>) {
        let depot = Depot::new(2, usize::MAX, usize::MAX, usize::MAX);
        let all: Vec<_> = (0..magazines)
            .map(|_| depot.pop_empty().unwrap().id())
            .collect();
        for &id in &all {
            depot.store(depot.arena().get(id).unwrap());
        }
        (depot, all)
    }

    #[test]
    fn only_chunks_without_a_magazine_in_use_go() {
        let (depot, all) = depot_with(252 + 4 * 128 + 5);
        let used: Vec<_> = [300, 700]
            .map(|id| depot.arena().get(id).unwrap())
            .into_iter()
            .collect();
        // Takes the two out of the empty ones.
        let rest = Stack::new();
        for magazine in depot.empty.drain(depot.arena()) {
            if !used.iter().any(|used| used.id() == magazine.id()) {
                rest.push(magazine);
            }
        }
        rest.drain(depot.arena())
            .for_each(|magazine| depot.empty.push(magazine));
        assert!(used[0].push(core::ptr::dangling_mut()));
        depot.trim();
        // 300 is in the first chunk, 700 in the fourth; the last is not full.
        assert_eq!(depot.arena().count_released(), 2);
        let left = depot.empty.walk(depot.arena()).count();
        assert_eq!(left, all.len() - 2 * 128 - 2);
        assert_eq!(depot.arena().iter().map(Magazine::count).sum::<usize>(), 1);
        // And all are to be had again, each once, before new ones are made.
        let mut again: Vec<_> = (2..all.len())
            .map(|_| depot.pop_empty().unwrap().id())
            .chain(used.iter().map(|magazine| magazine.id()))
            .collect();
        again.sort_unstable();
        assert_eq!(again, all);
        assert_eq!(depot.arena().count_released(), 0);
        assert_eq!(depot.pop_empty().unwrap().id() as usize, all.len() + 1);
    }

    #[test]
    fn a_small_depot_keeps_what_it_has() {
        let (depot, all) = depot_with(300);
        depot.trim();
        assert_eq!(depot.arena().count_released(), 0);
        assert_eq!(depot.empty.walk(depot.arena()).count(), all.len());
    }

    /// The system has the memory back: none of a released chunk's pages is in memory.
    #[cfg(all(target_os = "linux", not(miri)))]
    #[test]
    fn released_chunks_are_not_in_memory() {
        let (depot, _) = depot_with(252 + 128);
        // SAFETY: sysconf(3) takes an integer.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap();
        if page != 4096 {
            eprintln!("skipped: for pages of {page} bytes, some of a chunk stays");
            return;
        }
        let in_memory = || {
            let magazines = depot.arena().entry(1).unwrap().magazines();
            let mut pages = [0u8; 10];
            assert_eq!(size_of_val(magazines), pages.len() * page);
            let start = magazines.as_ptr().cast_mut().cast();
            // SAFETY: the range is mapped, and `pages` has a byte for each page of it.
            let done = unsafe { libc::mincore(start, size_of_val(magazines), pages.as_mut_ptr()) };
            assert_eq!(done, 0);
            pages.iter().filter(|page| **page & 1 == 1).count()
        };
        assert_eq!(in_memory(), 10);
        depot.trim();
        assert_eq!((depot.arena().count_released(), in_memory()), (1, 0));
        // Looking at all magazines brings nothing back.
        assert_eq!(depot.arena().iter().count(), 252);
        assert_eq!(in_memory(), 0);
    }
}
