//! The arena: the owner of all magazines of a pool, which numbers them.
//!
//! The first magazines are in a few small chunks that double in size, because most pools need no more;
//! the others are in chunks of one size ([`directory`](super::directory)). So a call that needs another
//! magazine makes one chunk of at most 40 KiB, however many magazines there are.
//!
//! **A1.** A number that once named a magazine names it for as long as the arena lives, and the
//! magazine's memory stays mapped for as long. A pointer in `small`, once not null, points to
//! `FIRST << k` magazines. Magazines in the directory's chunks may lose their content while they are
//! empty and their chunk is released (A2): a thread that reads one that it does not own may read zeros.

use core::ptr;

use super::chunk::SIZE;
use super::directory::{Directory, MOST};
use super::magazine::Magazine;
use super::stack::{Linked, Numbered, Stack};
use crate::sync::{AtomicPtr, AtomicU32, Ordering};

/// Magazines in the first small chunk.
const FIRST: u32 = 4;
/// Small chunks; together they have 252 magazines, 80 KiB, for 7,560 objects.
const SMALL: usize = if cfg!(all(test, repool_loom)) { 1 } else { 6 };
/// Magazines in all small chunks.
const IN_SMALL: u32 = (FIRST << SMALL) - FIRST;

/// All magazines of one pool, numbered from 1.
pub(crate) struct Arena {
    small: [AtomicPtr<Magazine>; SMALL],
    directory: Directory,
    /// Chunks of the directory whose memory was given back to the system.
    released: Stack,
    /// Magazines handed out; they are numbered 1 to `len`.
    len: AtomicU32,
    /// The limit that each magazine is made with.
    limit: usize,
}

/// Where a magazine is in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Location {
    /// The small chunk, counted from 0, and the index in it.
    Small(usize, usize),
    /// The chunk of the directory, counted from 1, and the index in it.
    Chunk(u32, usize),
}

/// The location of magazine `id`, which is not 0, also if it is not made yet.
#[inline]
fn locate(id: u32) -> Location {
    if id > IN_SMALL {
        let index = id - IN_SMALL - 1;
        return Location::Chunk(index / SIZE + 1, (index % SIZE) as usize);
    }
    // Chunk k starts at FIRST * (2^k - 1), so adding FIRST turns the starts into powers of two.
    let shifted = id - 1 + FIRST;
    let chunk = shifted.ilog2() - FIRST.ilog2();
    Location::Small(chunk as usize, (shifted - (FIRST << chunk)) as usize)
}

/// The number of the first magazine in chunk `number` of the directory.
fn first_of(number: u32) -> u32 {
    IN_SMALL + (number - 1) * SIZE + 1
}

impl Arena {
    pub(crate) fn new(limit: usize) -> Self {
        Arena {
            small: core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            directory: Directory::new(),
            released: Stack::new(),
            len: AtomicU32::new(0),
            limit,
        }
    }

    /// Objects that a magazine may hold.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Magazines handed out so far.
    pub(crate) fn len(&self) -> u32 {
        // Acquire: the chunks of so many are seen.
        self.len.load(Ordering::Acquire)
    }

    /// The magazine with number `id`, which `grow` handed out; `None` for 0, which names none.
    #[inline]
    pub(crate) fn get(&self, id: u32) -> Option<&Magazine> {
        if id == 0 {
            return None;
        }
        match locate(id) {
            Location::Small(chunk, place) => {
                let start = self.small[chunk].load(Ordering::Acquire);
                debug_assert!(!start.is_null(), "number {id} came before its chunk");
                // SAFETY: `id` was handed out by `grow`, which saw the chunk in place first; the
                // chunk has `place` and lives as long as `self` (A1).
                Some(unsafe { &*start.add(place) })
            }
            Location::Chunk(number, place) => {
                let magazine = self.directory.item(number)?.magazines().get(place);
                debug_assert!(magazine.is_some(), "number {id} came before its chunk");
                magazine
            }
        }
    }

    /// The magazine behind a pointer that a cache holds; `None` for null.
    ///
    /// # Safety
    ///
    /// `magazine` is null, or came from a reference that this arena gave out.
    pub(crate) unsafe fn at(&self, magazine: *mut Magazine) -> Option<&Magazine> {
        // SAFETY: the caller's promise, and A1.
        unsafe { magazine.as_ref() }
    }

    /// A new, empty magazine; `None` when memory or numbers have run out.
    pub(crate) fn grow(&self) -> Option<&Magazine> {
        let mut len = self.len.load(Ordering::Relaxed);
        loop {
            self.provide(len + 1)?;
            // Release, with the Acquire in `len`: a thread that reads this length sees the chunks.
            match self
                .len
                .compare_exchange_weak(len, len + 1, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return self.get(len + 1),
                Err(now) => len = now,
            }
        }
    }

    /// Makes the chunk that holds magazine `id`, if there is none yet.
    fn provide(&self, id: u32) -> Option<()> {
        match locate(id) {
            Location::Small(chunk, _) => self.provide_small(chunk),
            Location::Chunk(number, _) if number > MOST => None,
            Location::Chunk(number, _) => {
                let first = first_of(number);
                self.directory.provide(number, first, self.limit)
            }
        }
    }

    fn provide_small(&self, chunk: usize) -> Option<()> {
        let place = &self.small[chunk];
        if !place.load(Ordering::Acquire).is_null() {
            return Some(());
        }
        let size = (FIRST << chunk) as usize;
        let first = (FIRST << chunk) - FIRST + 1;
        let mut magazines = Vec::new();
        magazines.try_reserve_exact(size).ok()?;
        magazines.extend((first..).take(size).map(|id| Magazine::new(id, self.limit)));
        let fresh = Box::into_raw(magazines.into_boxed_slice());
        // Release: a thread that reads the pointer sees the magazines initialised.
        let placed = place.compare_exchange(
            ptr::null_mut(),
            fresh.cast::<Magazine>(),
            Ordering::Release,
            Ordering::Relaxed,
        );
        if placed.is_err() {
            // Another thread was first.
            // SAFETY: `fresh` came from `Box::into_raw` above and no other thread has seen it.
            drop(unsafe { Box::from_raw(fresh) });
        }
        Some(())
    }

    /// Chunks of the directory that magazines were handed out of.
    fn chunks(&self) -> u32 {
        self.len().saturating_sub(IN_SMALL).div_ceil(SIZE)
    }

    /// Chunks of the directory, all of whose magazines were handed out.
    pub(crate) fn full_chunks(&self) -> u32 {
        self.len().saturating_sub(IN_SMALL) / SIZE
    }

    /// The number of the directory's chunk that holds magazine `id`; `None` for a small chunk, which
    /// is never released.
    pub(crate) fn chunk_of(id: u32) -> Option<u32> {
        match locate(id) {
            Location::Small(..) => None,
            Location::Chunk(number, _) => Some(number),
        }
    }

    /// Gives the memory of the directory's chunk `number` back to the system, for a caller that owns
    /// all of its magazines (M1), which are empty; from now on the chunk owns them.
    pub(crate) fn release(&self, number: u32) {
        if let Some(entry) = self.directory.item(number) {
            entry.release();
            self.released.push(entry);
        }
    }

    /// Uses a released chunk again: one of its magazines is the caller's, the others go to `empty`.
    /// `None` if there is none.
    pub(crate) fn reuse(&self, empty: &Stack) -> Option<&Magazine> {
        if self.released.is_empty() {
            return None;
        }
        let entry = self.released.pop(&self.directory)?;
        entry.set_released(false);
        let magazines = entry.magazines();
        let first = first_of(entry.number());
        for (magazine, id) in magazines.iter().zip(first..) {
            magazine.renew(id, self.limit);
            // The next one's number, in the order of their memory.
            magazine.next.store(id + 1, Ordering::Relaxed);
        }
        let (one, others) = magazines.split_first()?;
        if let (Some(first), Some(last)) = (others.first(), others.last()) {
            empty.push_chain(first, last);
        }
        Some(one)
    }

    /// Every magazine handed out so far, wherever it is now, except those of released chunks, which are
    /// empty.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Magazine> {
        let len = self.len();
        let small = (1..=len.min(IN_SMALL)).filter_map(|id| self.get(id));
        let in_chunks = len.saturating_sub(IN_SMALL);
        let chunks = self.directory.entries(in_chunks.div_ceil(SIZE));
        let others = chunks.zip((0..).step_by(SIZE as usize));
        let others = others.filter(|(entry, _)| !entry.is_released());
        small.chain(others.flat_map(move |(entry, before)| {
            // Of the last chunk, some may not be handed out yet.
            entry.magazines().iter().take((in_chunks - before) as usize)
        }))
    }

    /// After a fork: marks the chunks on the stack of released ones as released and all others as not, and
    /// passes the numbers of the released magazines to `found`. Only while no other thread uses the arena.
    pub(crate) fn recover_released(&self, mut found: impl FnMut(core::ops::Range<u32>)) {
        let entries = || self.directory.entries(self.chunks());
        entries().for_each(|entry| entry.set_released(false));
        for entry in self.released.walk(&self.directory) {
            entry.set_released(true);
            let first = first_of(entry.number());
            found(first..first + SIZE);
        }
    }

    /// How many chunks are released.
    #[cfg(all(test, not(repool_loom)))]
    pub(crate) fn count_released(&self) -> usize {
        let entries = self.directory.entries(self.chunks());
        entries.filter(|entry| entry.is_released()).count()
    }

    /// The directory's chunk `number`.
    #[cfg(all(test, not(repool_loom)))]
    pub(crate) fn entry(&self, number: u32) -> Option<&super::directory::Entry> {
        self.directory.item(number)
    }
}

impl Numbered for Arena {
    type Item = Magazine;

    #[inline]
    fn item(&self, number: u32) -> Option<&Magazine> {
        self.get(number)
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        for (index, chunk) in self.small.iter().enumerate() {
            let start = chunk.load(Ordering::Acquire);
            if start.is_null() {
                break;
            }
            let size = (FIRST << index) as usize;
            // SAFETY: `provide_small` leaked a boxed slice of just this length here (A1), and the
            // arena, which alone may free it, is going.
            drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(start, size)) });
        }
    }
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::super::stack::ID_BITS;
    use super::*;

    #[test]
    fn numbers_fill_chunk_after_chunk() {
        assert_eq!(locate(1), Location::Small(0, 0));
        assert_eq!(locate(4), Location::Small(0, 3));
        assert_eq!(locate(5), Location::Small(1, 0));
        assert_eq!(locate(12), Location::Small(1, 7));
        assert_eq!(locate(13), Location::Small(2, 0));
        assert_eq!(locate(252), Location::Small(5, 127));
        assert_eq!(locate(253), Location::Chunk(1, 0));
        assert_eq!(locate(380), Location::Chunk(1, 127));
        assert_eq!(locate(381), Location::Chunk(2, 0));
        assert_eq!((first_of(1), first_of(2)), (253, 381));
    }

    #[test]
    fn the_last_number_fits_its_bits() {
        assert!(u64::from(IN_SMALL) + u64::from(MOST) * u64::from(SIZE) < 1 << ID_BITS);
        let beyond = first_of(MOST) + SIZE;
        assert_eq!(locate(beyond), Location::Chunk(MOST + 1, 0));
        assert!(Arena::new(1).provide(beyond).is_none());
    }

    #[test]
    fn a_number_names_its_magazine() {
        let arena = Arena::new(3);
        let most = 30_000;
        let made: Vec<_> = (0..most).map(|_| arena.grow().unwrap().id()).collect();
        assert_eq!(made, (1..=most).collect::<Vec<_>>());
        assert!(made.iter().all(|&id| arena.get(id).unwrap().id() == id));
        assert!(arena.iter().map(Magazine::id).eq(1..=most));
        assert!(arena.get(0).is_none());
    }

    #[test]
    fn a_released_chunk_is_used_again() {
        let (arena, empty) = (Arena::new(3), Stack::new());
        for _ in 0..first_of(3) {
            arena.grow().unwrap();
        }
        assert!(arena.reuse(&empty).is_none());
        assert_eq!(arena.full_chunks(), 2);
        arena.release(2);
        assert_eq!(arena.count_released(), 1);
        let others = (1..first_of(2)).chain([first_of(3)]);
        assert!(arena.iter().map(Magazine::id).eq(others));
        let again = arena.reuse(&empty).unwrap();
        let rest = empty.drain(&arena).map(Magazine::id);
        assert!(
            [again.id()]
                .into_iter()
                .chain(rest)
                .eq(first_of(2)..first_of(3))
        );
        for magazine in arena.entry(2).unwrap().magazines() {
            assert_eq!(magazine.count(), 0);
            assert!((0..3).all(|_| magazine.push(ptr::null_mut())));
            assert!(!magazine.has_room());
        }
        assert_eq!(arena.iter().count(), first_of(3) as usize);
    }
}
