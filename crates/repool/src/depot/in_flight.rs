//! Objects in flight: popped from one place, and not yet where another thread would find them.

use crate::sync::{AtomicUsize, Ordering};

/// Counts calls that have objects in flight. Each [`CpuCache`](crate::cpu::CpuCache) has a counter, so
/// that entering writes to no cache line of another CPU's.
pub(crate) struct InFlight(AtomicUsize);

impl InFlight {
    pub(crate) fn new() -> Self {
        InFlight(AtomicUsize::new(0))
    }

    /// Counts the caller as having objects in flight until the guard is dropped.
    pub(crate) fn enter(&self) -> InFlightGuard<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        InFlightGuard(self)
    }

    /// Whether any call has objects in flight.
    pub(crate) fn has_any(&self) -> bool {
        // Signed: after `reset_after_fork`, a call that had entered before makes it -1.
        self.0.load(Ordering::Relaxed).cast_signed() > 0
    }

    /// Resets the count in a forked child: the calls that had entered are the parent's.
    pub(crate) fn reset_after_fork(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// See [`InFlight::enter`].
pub(crate) struct InFlightGuard<'a>(&'a InFlight);

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
