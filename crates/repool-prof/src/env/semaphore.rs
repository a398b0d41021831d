//! A semaphore that a thread waits for and signal handlers may post: libc's, in a static.
//!
//! Invariant S1: a `Semaphore` is a static, so that it does not move, and is set up before a handler
//! or another thread uses it.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;

pub(super) struct Semaphore(UnsafeCell<MaybeUninit<libc::sem_t>>);

// SAFETY: libc's semaphores may be shared between threads; one thread calls `set_up` (S1).
unsafe impl Sync for Semaphore {}

impl Semaphore {
    /// A semaphore that must be [set up](Semaphore::set_up) before it is used.
    pub(super) const fn new() -> Self {
        Self(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// Sets the count to 0. No other thread and no handler uses the semaphore yet.
    pub(super) fn set_up(&'static self) {
        // SAFETY: S1; the semaphore is writable, and for the threads of one process.
        unsafe { libc::sem_init(self.0.get().cast(), 0, 0) };
    }

    /// Raises the count by one. A signal handler may do so (signal-safety(7)).
    pub(super) fn post(&'static self) {
        // SAFETY: S1. Fails only if the count would overflow; then the thread wakes anyway.
        unsafe { libc::sem_post(self.0.get().cast()) };
    }

    /// Waits until the count is above 0, and lowers it by one. May return early if the thread handles a
    /// signal.
    pub(super) fn wait(&'static self) {
        // SAFETY: S1.
        unsafe { libc::sem_wait(self.0.get().cast()) };
    }
}
