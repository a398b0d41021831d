//! The seam between the standard atomics and loom's, which explore interleavings.
//!
//! An own cfg, `repool_loom`, chooses loom: the bare `loom` would reach every crate of a build.

#[cfg(not(repool_loom))]
pub(crate) use core::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering,
};
#[cfg(repool_loom)]
pub(crate) use loom::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering,
};

/// Lets other threads go first.
pub(crate) fn yield_now() {
    #[cfg(not(repool_loom))]
    std::thread::yield_now();
    #[cfg(repool_loom)]
    loom::thread::yield_now();
}
