//! A chunk: memory for magazines, mapped from the system so that all of it can be given back. The
//! [`directory`](super::directory) finds chunks by number.
//!
//! In a block of the allocator, the allocator's own data would share a page with each chunk, and a tenth
//! of the memory would stay. Systems without `mmap` use such blocks all the same, and keep them until
//! the pool is dropped.

use core::ptr::NonNull;

use super::magazine::Magazine;

/// Magazines in a chunk. With 320 bytes each, a chunk is ten pages of 4 KiB; making one takes some
/// microseconds, most of them for the first write to each page.
#[cfg(not(all(test, repool_loom)))]
pub(crate) const SIZE: u32 = 128;
/// Two under loom, so that a model reaches a chunk's end.
#[cfg(all(test, repool_loom))]
pub(crate) const SIZE: u32 = 2;

/// The memory of a chunk.
type Memory = [Magazine; SIZE as usize];

/// The magazines of one chunk.
///
/// **K1.** `start` is memory for [`SIZE`] magazines, all of them written, which this alone frees.
pub(crate) struct Chunk {
    start: NonNull<Magazine>,
}

// SAFETY: the chunk owns its memory (K1), which is not tied to a thread; magazines are atomics.
unsafe impl Send for Chunk {}
// SAFETY: as for Send; through a shared reference the memory is reached as `&[Magazine]` only.
unsafe impl Sync for Chunk {}

impl Chunk {
    /// Empty magazines that hold `limit` objects each, numbered from `first`; `None` if memory has run
    /// out.
    pub(crate) fn new(first: u32, limit: usize) -> Option<Self> {
        let start = system::map()?;
        for place in 0..SIZE {
            let magazine = Magazine::new(first + place, limit);
            // SAFETY: the memory is large enough, and no other thread has seen it.
            unsafe { start.add(place as usize).write(magazine) };
        }
        Some(Chunk { start })
    }

    #[inline]
    pub(crate) fn magazines(&self) -> &[Magazine] {
        // SAFETY: K1.
        unsafe { core::slice::from_raw_parts(self.start.as_ptr(), SIZE as usize) }
    }

    /// Gives the whole pages of the memory back to the system; they read as zeros then. For a caller that
    /// owns all magazines (M1), which are empty. If the system refuses (locked memory, a sandbox), the
    /// memory stays as it is.
    pub(crate) fn wipe(&self) {
        // SAFETY: K1. The fields are atomics, so that other threads may read zeros at any time: they read
        // `next` of a magazine that they do not own, and discard it.
        unsafe { system::wipe(self.start) };
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        // A loom atomic has to be dropped; a real one need not be.
        #[cfg(all(test, repool_loom))]
        for magazine in 0..SIZE as usize {
            // SAFETY: K1.
            unsafe { self.start.add(magazine).drop_in_place() };
        }
        // SAFETY: K1.
        unsafe { system::unmap(self.start) };
    }
}

/// Pages of the system's.
#[cfg(all(target_os = "linux", not(miri), not(all(test, repool_loom))))]
mod system {
    use super::{Magazine, Memory, NonNull};
    use core::ptr;

    const LENGTH: usize = size_of::<Memory>();

    /// Memory for a chunk.
    pub(super) fn map() -> Option<NonNull<Magazine>> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping. It begins on a page, which is more than a magazine asks for.
        let memory = unsafe { libc::mmap(ptr::null_mut(), LENGTH, access, kind, -1, 0) };
        match memory {
            libc::MAP_FAILED => None,
            memory => NonNull::new(memory.cast()),
        }
    }

    /// Gives whole pages back; what does not fill a page stays.
    ///
    /// # Safety
    ///
    /// `start` came from `map`, and what is there may become zeros at any time.
    pub(super) unsafe fn wipe(start: NonNull<Magazine>) {
        // SAFETY: the caller's promise. A length that is no multiple of a page's is rounded up, and the
        // mapping was too.
        unsafe { libc::madvise(start.as_ptr().cast(), LENGTH, libc::MADV_DONTNEED) };
    }

    /// Ends what `map` made.
    ///
    /// # Safety
    ///
    /// `start` came from `map`, and no thread looks at it any more.
    pub(super) unsafe fn unmap(start: NonNull<Magazine>) {
        // SAFETY: the caller's promise.
        unsafe { libc::munmap(start.as_ptr().cast(), LENGTH) };
    }
}

/// A block of the allocator's, which is kept.
#[cfg(not(all(target_os = "linux", not(miri), not(all(test, repool_loom)))))]
mod system {
    use super::{Magazine, Memory, NonNull};
    use std::alloc::{Layout, alloc, dealloc};

    const LAYOUT: Layout = Layout::new::<Memory>();

    /// Memory for a chunk.
    pub(super) fn map() -> Option<NonNull<Magazine>> {
        // SAFETY: the layout is not empty.
        NonNull::new(unsafe { alloc(LAYOUT) }.cast())
    }

    /// Does nothing.
    ///
    /// # Safety
    ///
    /// None; as on Linux.
    pub(super) unsafe fn wipe(_start: NonNull<Magazine>) {}

    /// Ends what `map` made.
    ///
    /// # Safety
    ///
    /// `start` came from `map`, and no thread looks at it any more.
    pub(super) unsafe fn unmap(start: NonNull<Magazine>) {
        // SAFETY: the caller's promise.
        unsafe { dealloc(start.as_ptr().cast(), LAYOUT) };
    }
}
