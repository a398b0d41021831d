//! An allocator that refuses some requests, or delays one.

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::{hint, ptr};

static EVERY: AtomicU64 = AtomicU64::new(0);
static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// Refuses every `nth` request from now on; 0 refuses none.
pub fn refuse_every(nth: u64) {
    EVERY.store(nth, Relaxed);
}

/// The least bytes of the request that is to wait.
static LONG: AtomicUsize = AtomicUsize::new(usize::MAX);
static WAITS: AtomicBool = AtomicBool::new(false);

/// Lets the next request for at least this many bytes wait until [`go_on`].
pub fn wait_at(bytes: usize) {
    LONG.store(bytes, SeqCst);
}

/// Whether that request is waiting.
pub fn waits() -> bool {
    WAITS.load(SeqCst)
}

/// Lets the waiting request continue.
pub fn go_on() {
    WAITS.store(false, SeqCst);
}

fn wait(bytes: usize) {
    if bytes >= LONG.load(Relaxed) {
        LONG.store(usize::MAX, SeqCst);
        WAITS.store(true, SeqCst);
        while waits() {
            hint::spin_loop();
        }
    }
}

fn refuses() -> bool {
    let every = EVERY.load(Relaxed);
    every != 0 && REQUESTS.fetch_add(1, Relaxed) % every == every - 1
}

/// Forwards to `inner` the requests that it does not refuse.
pub struct Refusing<A> {
    inner: A,
}

impl<A> Refusing<A> {
    pub const fn new(inner: A) -> Self {
        Self { inner }
    }
}

// SAFETY: each request is forwarded to `inner`, or refused with null, which changes nothing.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Refusing<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if refuses() {
            return ptr::null_mut();
        }
        wait(layout.size());
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
