use std::alloc::{GlobalAlloc, Layout, System};

use crate::thread::{count_allocation, count_free, uncount_allocation};
use crate::{blocks, lifecycle, sampler};

/// A global allocator that can be profiled, and leaves the work to the one it wraps.
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
/// Any other allocator goes in with [`ProfAlloc::with`]. Each request reaches it as the same request
/// (`alloc_zeroed` stays `alloc_zeroed`, `realloc` stays `realloc`), a sampled one too, so that it
/// can still hand out fresh zero pages or grow a block in place.
///
/// What is known of a thread lives in a thread-local that needs no set-up and no destructor, so
/// memory allocated while a thread's other thread-locals are being destroyed is seen too. This
/// relies on the target's native thread-locals, which every Tier 1 target of Rust has; where the
/// standard library emulates them with heap memory, this allocator cannot work.
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
    /// Wraps `inner`, any other allocator.
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

/// How a block is asked for: `alloc` or `alloc_zeroed`.
type Ask<A> = unsafe fn(&A, Layout) -> *mut u8;

// The ways of blocks that are sampled, or may have been. `extern "C"`, so that they cannot unwind,
// which the compiler would have to be ready for on the ways of all others.
#[expect(improper_ctypes_definitions, reason = "called from Rust alone")]
impl<A: GlobalAlloc> ProfAlloc<A> {
    /// A block that the sampler is to look at.
    ///
    /// # Safety
    ///
    /// As `GlobalAlloc::alloc`.
    #[cold]
    #[inline(never)]
    unsafe extern "C" fn alloc_slow(&self, layout: Layout, ask: Ask<A>) -> *mut u8 {
        // SAFETY: the caller's promises, passed on.
        let block = unsafe { ask(&self.inner, layout) };
        if !block.is_null() && sampler::decide(layout.size()) {
            lifecycle::record_alloc(block.addr(), layout.size(), false);
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

    /// Resizes a block that may have been sampled, or to which the sampler is to `look`: the end of
    /// one block and the begin of another, even where it stays in its place.
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
        look: bool,
    ) -> *mut u8 {
        let known = lifecycle::remove(block.addr());
        // SAFETY: the caller's promises, passed on.
        let moved = unsafe { self.inner.realloc(block, layout, new_size) };
        match known {
            Some(known) if moved.is_null() => lifecycle::reinsert(block.addr(), &known),
            Some(known) => lifecycle::record_removed(&known),
            None => {}
        }
        if look && !moved.is_null() && sampler::decide(new_size) {
            lifecycle::record_alloc(moved.addr(), new_size, true);
        }
        moved
    }
}

// SAFETY: every method hands its arguments unchanged to the same method of `inner` and returns that
// method's result unchanged, so `inner`'s own keeping of the contract is this one's. What the
// profiler does besides neither unwinds nor allocates nor comes back here.
unsafe impl<A: GlobalAlloc> GlobalAlloc for ProfAlloc<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let block = if count_allocation(layout.size()) {
            // SAFETY: the caller's promises, passed on.
            unsafe { self.alloc_slow(layout, A::alloc) }
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
            unsafe { self.alloc_slow(layout, A::alloc_zeroed) }
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
        let look = count_allocation(new_size);
        let moved = if look || blocks::may_hold(block.addr()) {
            // SAFETY: the caller's promises, passed on.
            unsafe { self.realloc_slow(block, layout, new_size, look) }
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
