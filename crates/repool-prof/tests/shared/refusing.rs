//! An allocator that has no memory now and then.

use std::alloc::{GlobalAlloc, Layout};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static EVERY: AtomicU64 = AtomicU64::new(0);
static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// Refuses every `nth` request from now on; 0 refuses none.
pub fn refuse_every(nth: u64) {
    EVERY.store(nth, Relaxed);
}

fn refuses() -> bool {
    let every = EVERY.load(Relaxed);
    every != 0 && REQUESTS.fetch_add(1, Relaxed) % every == every - 1
}

/// Passes on to `inner` what it does not refuse.
pub struct Refusing<A> {
    inner: A,
}

impl<A> Refusing<A> {
    pub const fn new(inner: A) -> Self {
        Self { inner }
    }
}

// SAFETY: each request is `inner`'s, or answered with null, which leaves everything as it was.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Refusing<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if refuses() {
            return ptr::null_mut();
        }
        // SAFETY: the caller's promises, passed on.
        unsafe { self.inner.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises, passed on.
        unsafe { self.inner.dealloc(block, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if refuses() {
            return ptr::null_mut();
        }
        // SAFETY: the caller's promises, passed on.
        unsafe { self.inner.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if refuses() {
            return ptr::null_mut();
        }
        // SAFETY: the caller's promises, passed on.
        unsafe { self.inner.realloc(block, layout, new_size) }
    }
}
