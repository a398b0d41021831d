//! A flag that ends a test's threads.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// Sets the flag when it is dropped, also by a panic, so that other threads end and can be joined.
pub struct DoneGuard<'a>(pub &'a AtomicBool);

impl Drop for DoneGuard<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}
