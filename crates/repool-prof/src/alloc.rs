//! The hook: [`ProfAlloc`], the global allocator that a program installs.
//!
//! Each method first counts on the calling thread (`thread`) and looks the address up in the filter
//! of sampled blocks (`blocks`). Only if one of the two asks for it does the method call one of the
//! cold functions below, which sample (`sampler`) and record (`lifecycle`).

use std::alloc::{GlobalAlloc, Layout, System};

use crate::store::{AllocCall, Request};
use crate::thread::{count_allocation, count_free, uncount_allocation};
use crate::{blocks, cost_measurement, lifecycle, sampler};

/// A global allocator that counts and samples allocations, and forwards each to the allocator that
/// it wraps.
///
/// ```
/// use repool_prof::ProfAlloc;
///
/// #[global_allocator]
/// static ALLOC: ProfAlloc = ProfAlloc::new();
///
/// assert!(repool_prof::is_installed());
/// ```
///
/// [`ProfAlloc::with`] wraps any other allocator. Each request reaches it unchanged, also a sampled
/// one: `alloc_zeroed` stays `alloc_zeroed` and `realloc` stays `realloc`, so that it can still
/// return fresh zero pages or grow a block in place.
///
/// # Platform support
///
/// The state of a thread is a thread-local without set-up and destructor, so allocations are also
/// counted while the thread's other thread-locals are destroyed. This needs native thread-locals,
/// which every Tier 1 target of Rust has. If the standard library emulates them with heap memory,
/// this allocator cannot work.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProfAlloc<A = System> {
    inner: A,
}

impl ProfAlloc {
    /// Wraps the system's allocator.
    ///
    /// ```
    /// use repool_prof::ProfAlloc;
    ///
    /// #[global_allocator]
    /// static ALLOC: ProfAlloc = ProfAlloc::new();
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self::with(System)
    }
}

impl<A> ProfAlloc<A> {
    /// Wraps `inner`, which may be any allocator.
    ///
    /// ```
    /// use repool_prof::ProfAlloc;
    /// use std::alloc::System; // or jemalloc, mimalloc, …
    ///
    /// #[global_allocator]
    /// static ALLOC: ProfAlloc<System> = ProfAlloc::with(System);
    ///
    /// assert!(repool_prof::is_installed());
    /// ```
    #[must_use]
    pub const fn with(inner: A) -> Self {
        Self { inner }
    }
}

// The slow paths, for blocks that are sampled or may have been. They are `extern "C"` because such
// functions cannot unwind: the compiler emits no landing pads on the fast paths that call them.
#[expect(improper_ctypes_definitions, reason = "called from Rust alone")]
impl<A: GlobalAlloc> ProfAlloc<A> {
    /// Allocates a block, zeroed if `zeroed`, and lets the sampler decide whether to record it.
    ///
    /// # Safety
    ///
    /// As `GlobalAlloc::alloc`.
    #[cold]
    #[inline(never)]
    unsafe extern "C" fn alloc_slow(&self, layout: Layout, zeroed: bool) -> *mut u8 {
        let is_probe = cost_measurement::measure_if_requested(&self.inner);
        let (block, call) = if zeroed {
            // SAFETY: the caller's promises, passed on.
            let block = unsafe { self.inner.alloc_zeroed(layout) };
            (block, AllocCall::AllocZeroed)
        } else {
            // SAFETY: the caller's promises, passed on.
            let block = unsafe { self.inner.alloc(layout) };
            (block, AllocCall::Alloc)
        };
        if !is_probe && !block.is_null() && sampler::decide(layout.size()) {
            lifecycle::record_alloc(block.addr(), &request(layout, call), None);
        }
        block
    }

    /// Frees a block that may have been sampled.
    ///
    /// # Safety
    ///
    /// As `GlobalAlloc::dealloc`.
    #[cold]
    #[inline(never)]
    unsafe extern "C" fn dealloc_slow(&self, block: *mut u8, layout: Layout) {
        lifecycle::record_free(block.addr());
        // SAFETY: the caller's promises, passed on.
        unsafe { self.inner.dealloc(block, layout) };
    }

    /// Resizes a block that may have been sampled, or that the sampler has to decide on (`is_due`).
    /// A resize counts as the free of one block and the allocation of another, also if the block
    /// keeps its address.
    ///
    /// # Safety
    ///
    /// As `GlobalAlloc::realloc`.
    #[cold]
    #[inline(never)]
    unsafe extern "C" fn realloc_slow(
        &self,
        block: *mut u8,
        layout: Layout,
        new_size: usize,
        is_due: bool,
    ) -> *mut u8 {
        let known = lifecycle::remove(block.addr());
        // SAFETY: the caller's promises, passed on.
        let moved = unsafe { self.inner.realloc(block, layout, new_size) };
        match &known {
            Some(known) if moved.is_null() => lifecycle::reinsert(block.addr(), known),
            Some(known) => lifecycle::record_removed(known),
            None => {}
        }
        if is_due && !moved.is_null() && sampler::decide(new_size) {
            let request = Request {
                size: new_size as u64,
                ..request(layout, AllocCall::Realloc)
            };
            lifecycle::record_alloc(moved.addr(), &request, known.as_ref());
        }
        moved
    }
}

/// The request for a block of this layout.
fn request(layout: Layout, call: AllocCall) -> Request {
    Request {
        size: layout.size() as u64,
        alignment: layout.align() as u64,
        call,
    }
}

// SAFETY: every method passes its arguments unchanged to the same method of `inner` and returns its
// result unchanged, so the contract holds because `inner` keeps it. The profiler's own work neither
// unwinds nor allocates nor calls this allocator.
unsafe impl<A: GlobalAlloc> GlobalAlloc for ProfAlloc<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let block = if count_allocation(layout.size()) {
            // SAFETY: the caller's promises, passed on.
            unsafe { self.alloc_slow(layout, false) }
        } else {
            // SAFETY: the caller's promises, passed on.
            unsafe { self.inner.alloc(layout) }
        };
        if block.is_null() {
            uncount_allocation(layout.size());
        }
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count_free();
        if blocks::may_hold(block.addr()) {
            // SAFETY: the caller's promises, passed on.
            unsafe { self.dealloc_slow(block, layout) };
        } else {
            // SAFETY: the caller's promises, passed on.
            unsafe { self.inner.dealloc(block, layout) };
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let block = if count_allocation(layout.size()) {
            // SAFETY: the caller's promises, passed on.
            unsafe { self.alloc_slow(layout, true) }
        } else {
            // SAFETY: the caller's promises, passed on.
            unsafe { self.inner.alloc_zeroed(layout) }
        };
        if block.is_null() {
            uncount_allocation(layout.size());
        }
        block
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let is_due = count_allocation(new_size);
        let moved = if is_due || blocks::may_hold(block.addr()) {
            // SAFETY: the caller's promises, passed on.
            unsafe { self.realloc_slow(block, layout, new_size, is_due) }
        } else {
            // SAFETY: the caller's promises, passed on.
            unsafe { self.inner.realloc(block, layout, new_size) }
        };
        if moved.is_null() {
            uncount_allocation(new_size);
        } else {
            count_free();
        }
        moved
    }
}
