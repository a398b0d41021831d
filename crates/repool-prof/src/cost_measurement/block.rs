//! Blocks of an allocator that is measured: [`Source`] allocates, [`Block`] and [`Blocks`] free.
//!
//! The requests go to the allocator that the hook wraps, because the hook takes its slow path for a
//! free if the filter of sampled blocks is full, as at a rate of 1. What the hook's fast path does is
//! done here.
//!
//! Invariants:
//! - B1: a `Block` owns memory of its layout, whose size is not 0, allocated by its source's allocator.
//! - B2: the first `count` starts of `Blocks` are such memory, each of its own, and of its layout.

use std::alloc::{self, GlobalAlloc, Layout};
use std::hint::black_box;
use std::ops::Range;
use std::ptr::NonNull;

use crate::{blocks, thread};

/// Bytes of a cache line.
pub(super) const LINE: usize = 64;

/// An allocator that is measured.
#[derive(Clone, Copy)]
pub(super) struct Source<'a>(pub(super) &'a dyn GlobalAlloc);

/// The global allocator, which is measured if it is not the hook.
pub(super) struct Global;

// SAFETY: passes each call to the global allocator, which keeps the contract.
unsafe impl GlobalAlloc for Global {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises, passed on.
        unsafe { alloc::alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises, passed on.
        unsafe { alloc::dealloc(block, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises, passed on.
        unsafe { alloc::alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's promises, passed on.
        unsafe { alloc::realloc(block, layout, new_size) }
    }
}

/// The layout of blocks of `size` bytes, aligned as those of most types. `None` if `size` is 0 or too
/// large for a layout.
pub(super) fn layout(size: usize) -> Option<Layout> {
    let layout = Layout::from_size_align(size, align_of::<u64>()).ok()?;
    (size > 0).then_some(layout)
}

/// A way to allocate.
#[derive(Clone, Copy)]
pub(super) enum Request {
    Alloc,
    AllocZeroed,
}

impl<'a> Source<'a> {
    /// A block; `None` if the allocator refuses, or the layout's size is 0.
    #[inline]
    pub(super) fn alloc(self, layout: Layout) -> Option<Block<'a>> {
        let start = self.request(layout, Request::Alloc)?;
        Some(Block {
            source: self,
            start,
            layout,
        })
    }

    /// Memory of `layout`; `None` if the allocator refuses, or the layout's size is 0.
    #[inline(always)]
    fn request(self, layout: Layout, request: Request) -> Option<NonNull<u8>> {
        if layout.size() == 0 {
            return None;
        }
        thread::count_allocation(layout.size());
        NonNull::new(match request {
            // SAFETY: the size is not 0.
            Request::Alloc => unsafe { self.0.alloc(layout) },
            // SAFETY: the size is not 0.
            Request::AllocZeroed => unsafe { self.0.alloc_zeroed(layout) },
        })
    }

    /// Frees memory of `layout`.
    ///
    /// # Safety
    ///
    /// [`request`](Self::request) of this source returned it for this layout, and it is not used
    /// afterwards.
    #[inline(always)]
    unsafe fn free(self, start: NonNull<u8>, layout: Layout) {
        thread::count_free();
        black_box(blocks::may_hold(start.as_ptr().addr()));
        // SAFETY: the caller's promises, passed on.
        unsafe { self.0.dealloc(start.as_ptr(), layout) };
    }
}

/// A block, which is freed when it is dropped (B1).
pub(super) struct Block<'a> {
    source: Source<'a>,
    start: NonNull<u8>,
    layout: Layout,
}

impl Block<'_> {
    /// The address of the first byte.
    pub(super) fn address(&self) -> usize {
        self.start.as_ptr().addr()
    }

    /// Writes to each cache line of a range of the block's bytes, in a way that the compiler cannot
    /// remove. Ignores what is beyond the block's end.
    #[inline]
    pub(super) fn write(&self, bytes: Range<usize>) {
        // SAFETY: B1: the block has this layout.
        unsafe { write(self.start, self.layout, bytes) };
    }
}

impl Drop for Block<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: B1; dropped once.
        unsafe { self.source.free(self.start, self.layout) };
    }
}

/// The most blocks of a [`Blocks`].
pub(super) const MANY: usize = 256;

/// Up to [`MANY`] blocks of one layout, which are freed when this is dropped (B2). Keeps nothing but
/// their addresses, so that a loop over them takes little time that is not the allocator's.
pub(super) struct Blocks<'a> {
    source: Source<'a>,
    layout: Layout,
    starts: [Option<NonNull<u8>>; MANY],
    count: usize,
}

impl<'a> Blocks<'a> {
    /// No blocks.
    pub(super) fn new(source: Source<'a>, layout: Layout) -> Self {
        Self {
            source,
            layout,
            starts: [None; MANY],
            count: 0,
        }
    }

    /// Allocates blocks until there are `count`. `None` if the allocator refuses one; those before it
    /// stay.
    #[inline]
    pub(super) fn fill(&mut self, count: usize, request: Request) -> Option<()> {
        let mut filled = self.count;
        for place in self.starts.get_mut(filled..count)? {
            *place = self.source.request(self.layout, request);
            if place.is_none() {
                break;
            }
            filled += 1;
        }
        self.count = filled;
        (filled == count).then_some(())
    }

    /// Frees the blocks, the oldest first.
    #[inline]
    pub(super) fn clear(&mut self) {
        let count = std::mem::take(&mut self.count);
        for start in self.starts.iter().take(count).flatten() {
            // SAFETY: B2; `count` does not include them from now on.
            unsafe { self.source.free(*start, self.layout) };
        }
    }

    /// Resizes every block to `new`, which those to come have too. `None` if the allocator refuses, so
    /// that all blocks are freed; or if `new` has size 0 or another alignment.
    #[inline]
    pub(super) fn resize(&mut self, new: Layout) -> Option<()> {
        if new.size() == 0 || new.align() != self.layout.align() {
            return None;
        }
        let count = std::mem::take(&mut self.count);
        let (source, old) = (self.source, self.layout);
        self.layout = new;
        for (index, start) in self.starts.iter_mut().take(count).flatten().enumerate() {
            thread::count_allocation(new.size());
            black_box(blocks::may_hold(start.as_ptr().addr()));
            // SAFETY: B2 before this; the new size is not 0, and is that of a layout of the same
            // alignment.
            let moved = unsafe { (source.0).realloc(start.as_ptr(), old, new.size()) };
            let Some(moved) = NonNull::new(moved) else {
                self.count = index;
                for start in self.starts.iter().take(count).skip(index).flatten() {
                    // SAFETY: B2 before this; these blocks are as they were, and are not counted.
                    unsafe { source.free(*start, old) };
                }
                self.clear();
                return None;
            };
            thread::count_free();
            *start = moved;
        }
        self.count = count;
        Some(())
    }

    /// Frees the blocks. Those to come have another layout.
    #[inline]
    pub(super) fn restart(&mut self, layout: Layout) {
        self.clear();
        self.layout = layout;
    }

    /// Writes to each cache line of a range of the bytes of each block: see [`Block::write`].
    #[inline]
    pub(super) fn write(&self, bytes: Range<usize>) {
        for start in self.starts.iter().take(self.count).flatten() {
            // SAFETY: B2: the block has this layout.
            unsafe { write(*start, self.layout, bytes.clone()) };
        }
    }

    /// The highest address of a block.
    pub(super) fn last_address(&self) -> Option<usize> {
        let starts = self.starts.iter().take(self.count).flatten();
        starts.map(|start| start.as_ptr().addr()).max()
    }
}

impl Drop for Blocks<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Writes to each cache line of a range of a block's bytes, in a way that the compiler cannot remove.
/// Ignores what is beyond the block's end.
///
/// # Safety
///
/// `start` is that of a block of `layout`.
#[inline(always)]
unsafe fn write(start: NonNull<u8>, layout: Layout, bytes: Range<usize>) {
    let end = bytes.end.min(layout.size());
    for offset in (bytes.start..end).step_by(LINE) {
        // SAFETY: the byte at `offset`, which is less than the size, is in the block.
        unsafe { start.add(offset).write(1) };
    }
    black_box(start);
}

#[cfg(test)]
mod tests {
    use std::alloc::System;
    use std::sync::atomic::{AtomicIsize, Ordering};

    use super::*;

    /// Counts the bytes in use by their layouts, and refuses requests when `left` have succeeded.
    struct Limited {
        in_use: AtomicIsize,
        left: AtomicIsize,
    }

    impl Limited {
        fn new(requests: isize) -> Self {
            Self {
                in_use: AtomicIsize::new(0),
                left: AtomicIsize::new(requests),
            }
        }

        fn in_use(&self) -> isize {
            self.in_use.load(Ordering::Relaxed)
        }

        fn count(&self, bytes: isize) {
            self.in_use.fetch_add(bytes, Ordering::Relaxed);
        }

        fn is_refused(&self) -> bool {
            self.left.fetch_sub(1, Ordering::Relaxed) <= 0
        }
    }

    // SAFETY: passes requests to the system's allocator or refuses them.
    unsafe impl GlobalAlloc for Limited {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            if self.is_refused() {
                return std::ptr::null_mut();
            }
            self.count(layout.size() as isize);
            // SAFETY: the caller's promises, passed on.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            self.count(-(layout.size() as isize));
            // SAFETY: the caller's promises, passed on.
            unsafe { System.dealloc(block, layout) }
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
            if self.is_refused() {
                return std::ptr::null_mut();
            }
            self.count(new_size as isize - layout.size() as isize);
            // SAFETY: the caller's promises, passed on.
            unsafe { System.realloc(block, layout, new_size) }
        }
    }

    fn of(size: usize) -> Layout {
        layout(size).expect("a layout")
    }

    #[test]
    fn blocks_are_freed_with_the_layout_that_they_have() {
        let allocator = Limited::new(isize::MAX);
        let mut blocks = Blocks::new(Source(&allocator), of(64));
        blocks.fill(4, Request::Alloc).expect("memory");
        blocks.fill(4, Request::Alloc).expect("is full already");
        assert_eq!(allocator.in_use(), 4 * 64);
        blocks.resize(of(128)).expect("memory");
        assert_eq!(allocator.in_use(), 4 * 128);
        blocks.write(0..1000);
        blocks.restart(of(64));
        assert_eq!(allocator.in_use(), 0);
        blocks.fill(2, Request::AllocZeroed).expect("memory");
        assert_eq!(allocator.in_use(), 2 * 64);
        drop(blocks);
        assert_eq!(allocator.in_use(), 0);
    }

    #[test]
    fn blocks_of_which_some_were_refused_are_freed() {
        for requests in 0..8 {
            let allocator = Limited::new(requests);
            let mut blocks = Blocks::new(Source(&allocator), of(64));
            let filled = blocks.fill(4, Request::Alloc);
            assert_eq!(filled.is_some(), requests >= 4);
            assert_eq!(allocator.in_use(), requests.min(4) * 64);
            assert_eq!(filled.and_then(|()| blocks.resize(of(128))), None);
            blocks.write(0..128);
            drop(blocks);
            assert_eq!(allocator.in_use(), 0, "{requests}");
        }
    }

    #[test]
    fn no_more_blocks_are_requested_than_there_are_places() {
        let allocator = Limited::new(isize::MAX);
        let mut blocks = Blocks::new(Source(&allocator), of(16));
        assert_eq!(blocks.fill(MANY + 1, Request::Alloc), None);
        assert_eq!(allocator.in_use(), 0);
        blocks.fill(MANY, Request::Alloc).expect("memory");
        let highest = blocks.last_address().expect("blocks");
        assert!(highest > 0);
        blocks.clear();
        assert_eq!(blocks.last_address(), None);
        assert_eq!(layout(0), None);
    }
}
