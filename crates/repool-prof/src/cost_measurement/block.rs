//! Blocks of an allocator that is measured: [`Source`] allocates, [`Block`] frees.
//!
//! The requests go to the allocator that the hook wraps, because the hook takes its slow path for a
//! free if the filter of sampled blocks is full, as at a rate of 1. What the hook's fast path does is
//! done here.
//!
//! Invariant B1: a `Block` owns memory of its layout, whose size is not 0, allocated by its source's
//! allocator.

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

impl<'a> Source<'a> {
    /// A block; `None` if the allocator refuses, or the layout's size is 0.
    #[inline]
    pub(super) fn alloc(self, layout: Layout) -> Option<Block<'a>> {
        self.block(layout, |allocator, layout| {
            // SAFETY: `block` calls this with a size that is not 0.
            unsafe { allocator.alloc(layout) }
        })
    }

    /// A zeroed block; `None` if the allocator refuses, or the layout's size is 0.
    #[inline]
    pub(super) fn alloc_zeroed(self, layout: Layout) -> Option<Block<'a>> {
        self.block(layout, |allocator, layout| {
            // SAFETY: `block` calls this with a size that is not 0.
            unsafe { allocator.alloc_zeroed(layout) }
        })
    }

    #[inline]
    fn block(
        self,
        layout: Layout,
        alloc: impl Fn(&dyn GlobalAlloc, Layout) -> *mut u8,
    ) -> Option<Block<'a>> {
        if layout.size() == 0 {
            return None;
        }
        thread::count_allocation(layout.size());
        let start = NonNull::new(alloc(self.0, layout))?;
        Some(Block {
            source: self,
            start,
            layout,
        })
    }
}

/// A block, which is freed when it is dropped (B1).
pub(super) struct Block<'a> {
    source: Source<'a>,
    start: NonNull<u8>,
    layout: Layout,
}

impl Block<'_> {
    /// Resizes the block to `new` bytes; `None` if the allocator refuses, so that the block stays as
    /// it is.
    #[inline]
    pub(super) fn resize(&mut self, new: Layout) -> Option<()> {
        if new.size() == 0 || new.align() != self.layout.align() {
            return None;
        }
        thread::count_allocation(new.size());
        // SAFETY: B1; the new size is not 0, and is that of a layout of the same alignment.
        let moved =
            unsafe { (self.source.0).realloc(self.start.as_ptr(), self.layout, new.size()) };
        self.start = NonNull::new(moved)?;
        self.layout = new;
        thread::count_free();
        Some(())
    }

    /// The address of the first byte.
    pub(super) fn address(&self) -> usize {
        self.start.as_ptr().addr()
    }

    /// Writes to each cache line of a range of the block's bytes, in a way that the compiler cannot
    /// remove. Ignores what is beyond the block's end.
    #[inline]
    pub(super) fn write(&self, bytes: Range<usize>) {
        let end = bytes.end.min(self.layout.size());
        for offset in (bytes.start..end).step_by(LINE) {
            // SAFETY: B1: the byte at `offset`, which is less than the size, is in the block.
            unsafe { self.start.add(offset).write(1) };
        }
        black_box(self.start);
    }
}

impl Drop for Block<'_> {
    #[inline]
    fn drop(&mut self) {
        thread::count_free();
        black_box(blocks::may_hold(self.address()));
        // SAFETY: B1; dropped once.
        unsafe { (self.source.0).dealloc(self.start.as_ptr(), self.layout) };
    }
}
