//! The arena: where magazines live, and how a number names one.
//!
//! Chunks double in size, and none is freed before the pool is: so a number that once named a
//! magazine names it for ever, which the depot's stacks rely on.
//!
//! **A1.** `chunks[k]`, once not null, points to `FIRST << k` magazines that live as long as the
//! arena.

use core::ptr;

use super::magazine::Magazine;
use crate::sync::{AtomicPtr, AtomicU32, Ordering};

/// Bits that every number fits: a stack's head has no more for it.
pub(crate) const ID_BITS: u32 = 24;

/// Magazines in the first chunk.
const FIRST: u32 = 4;
/// Chunks there can be; numbers then fit [`ID_BITS`].
const CHUNKS: usize = if cfg!(all(test, repool_loom)) { 2 } else { 22 };

/// All magazines of one pool, numbered from 1.
pub(crate) struct Arena {
    chunks: [AtomicPtr<Magazine>; CHUNKS],
    /// Magazines handed out; they are numbered 1 to `len`.
    len: AtomicU32,
    /// The limit that each magazine is made with.
    limit: usize,
}

/// The chunk that holds magazine `id`, and its place there.
fn locate(id: u32) -> (usize, usize) {
    // Chunk k starts at FIRST * (2^k - 1), so adding FIRST turns the starts into powers of two.
    let shifted = id - 1 + FIRST;
    let chunk = shifted.ilog2() - FIRST.ilog2();
    (chunk as usize, (shifted - (FIRST << chunk)) as usize)
}

impl Arena {
    pub(crate) fn new(limit: usize) -> Self {
        Arena {
            chunks: core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            len: AtomicU32::new(0),
            limit,
        }
    }

    /// Objects that a magazine may hold.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// The magazine with number `id`, which `grow` handed out; `None` for 0, which names none.
    pub(crate) fn get(&self, id: u32) -> Option<&Magazine> {
        if id == 0 {
            return None;
        }
        let (chunk, place) = locate(id);
        let start = self.chunks[chunk].load(Ordering::Acquire);
        debug_assert!(!start.is_null(), "number {id} came before its chunk");
        // SAFETY: `id` was handed out by `grow`, which saw the chunk in place first; the chunk
        // has `place` and lives as long as `self` (A1).
        Some(unsafe { &*start.add(place) })
    }

    /// The magazine behind a pointer that a slot holds; `None` for null.
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
            let (chunk, _) = locate(len + 1);
            self.provide(chunk)?;
            // Release, with the Acquire in `iter`: who reads that there are so many magazines also
            // sees their chunks.
            match self
                .len
                .compare_exchange_weak(len, len + 1, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return self.get(len + 1),
                Err(now) => len = now,
            }
        }
    }

    /// Sees to it that chunk number `chunk` exists.
    fn provide(&self, chunk: usize) -> Option<()> {
        let place = self.chunks.get(chunk)?;
        if !place.load(Ordering::Acquire).is_null() {
            return Some(());
        }
        let size = (FIRST << chunk) as usize;
        let first = (FIRST << chunk) - FIRST + 1;
        let mut magazines = Vec::new();
        magazines.try_reserve_exact(size).ok()?;
        magazines.extend((first..).take(size).map(|id| Magazine::new(id, self.limit)));
        let fresh = Box::into_raw(magazines.into_boxed_slice());
        // Release, so that whoever sees the chunk sees its magazines made.
        let placed = place.compare_exchange(
            ptr::null_mut(),
            fresh.cast::<Magazine>(),
            Ordering::Release,
            Ordering::Relaxed,
        );
        if placed.is_err() {
            // Another thread was first.
            // SAFETY: `fresh` came from `Box::into_raw` above and nobody else has seen it.
            drop(unsafe { Box::from_raw(fresh) });
        }
        Some(())
    }

    /// Every magazine handed out so far, wherever it is now.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Magazine> {
        let len = self.len.load(Ordering::Acquire);
        (1..=len).filter_map(|id| self.get(id))
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        for (index, chunk) in self.chunks.iter().enumerate() {
            let start = chunk.load(Ordering::Acquire);
            if start.is_null() {
                break;
            }
            let size = (FIRST << index) as usize;
            // SAFETY: `provide` leaked a boxed slice of just this length here (A1), and the
            // arena, which alone may free it, is going.
            drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(start, size)) });
        }
    }
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn numbers_fill_chunk_after_chunk() {
        assert_eq!(locate(1), (0, 0));
        assert_eq!(locate(4), (0, 3));
        assert_eq!(locate(5), (1, 0));
        assert_eq!(locate(12), (1, 7));
        assert_eq!(locate(13), (2, 0));
    }

    #[test]
    fn the_last_number_fits_its_bits() {
        let last = FIRST as u64 * ((1 << CHUNKS) - 1);
        assert!(last < 1 << ID_BITS);
    }

    #[test]
    fn a_number_names_its_magazine() {
        let arena = Arena::new(3);
        let made: Vec<_> = (0..100).map(|_| arena.grow().unwrap().id).collect();
        assert_eq!(made, (1..=100).collect::<Vec<_>>());
        assert!(made.iter().all(|&id| arena.get(id).unwrap().id == id));
        assert_eq!(arena.iter().count(), 100);
        assert!(arena.get(0).is_none());
    }
}
