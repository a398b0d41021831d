use std::alloc::{GlobalAlloc, Layout, System};

use crate::counters::{count_allocation, count_free};

/// A global allocator that counts what passes through it, exactly and per
/// thread, and leaves the work to the allocator it wraps.
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
/// Any other allocator goes in with [`ProfAlloc::with`]. Each request reaches
/// it as the same request (`alloc_zeroed` stays `alloc_zeroed`, `realloc` stays
/// `realloc`), so that it can still hand out fresh zero pages or grow a block
/// in place.
///
/// The counts live in a thread-local that needs no set-up and no destructor, so
/// memory allocated while a thread's other thread-locals are being destroyed is
/// counted too. This relies on the target's native thread-locals, which every
/// Tier 1 target of Rust has; where the standard library emulates them with
/// heap memory, this allocator cannot work.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProfAlloc<A = System> {
    inner: A,
}

impl ProfAlloc {
    /// Counts what goes to the system's allocator.
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
    /// Counts what goes to `inner`, any other allocator.
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

// SAFETY: every method hands its arguments unchanged to the same method of
// `inner` and returns that method's result unchanged, so `inner`'s own keeping
// of the contract is this one's. Counting touches only thread-local integers:
// it cannot unwind, allocate or come back here.
unsafe impl<A: GlobalAlloc> GlobalAlloc for ProfAlloc<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises, passed on.
        let block = unsafe { self.inner.alloc(layout) };
        if !block.is_null() {
            count_allocation(layout.size());
        }
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises, passed on.
        unsafe { self.inner.dealloc(block, layout) };
        count_free();
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises, passed on.
        let block = unsafe { self.inner.alloc_zeroed(layout) };
        if !block.is_null() {
            count_allocation(layout.size());
        }
        block
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's promises, passed on.
        let moved = unsafe { self.inner.realloc(block, layout, new_size) };
        if !moved.is_null() {
            count_allocation(new_size);
            count_free();
        }
        moved
    }
}
