//! The atomics of std, or those of loom, which explore interleavings.
//!
//! `cfg(repool_loom)` chooses loom in this crate's own tests. It is not the usual `cfg(loom)`, because that
//! reaches every crate of a build, and loom is a dependency of the tests alone.

#[cfg(not(all(test, repool_loom)))]
pub(crate) use core::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering,
};
#[cfg(all(test, repool_loom))]
pub(crate) use loom::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering,
};

/// Yields the CPU to other threads.
pub(crate) fn yield_now() {
    #[cfg(not(all(test, repool_loom)))]
    std::thread::yield_now();
    #[cfg(all(test, repool_loom))]
    loom::thread::yield_now();
}
