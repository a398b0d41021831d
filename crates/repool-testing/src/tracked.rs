//! Objects that a census counts when they are created and dropped, and that detect a second user.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Counts the objects that are alive.
#[derive(Clone, Default)]
pub struct Census(Arc<Counts>);

#[derive(Default)]
struct Counts {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

impl Census {
    /// A new object with `value`.
    pub fn make(&self, value: u64) -> Tracked {
        self.0.made.fetch_add(1, Ordering::Relaxed);
        Tracked {
            value,
            census: self.clone(),
            held: AtomicBool::new(false),
        }
    }

    /// The objects that were ever created.
    pub fn made(&self) -> usize {
        self.0.made.load(Ordering::Relaxed)
    }

    /// The objects that were dropped.
    pub fn dropped(&self) -> usize {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// The objects that are not dropped yet.
    pub fn alive(&self) -> usize {
        self.made() - self.dropped()
    }
}

/// An object of a [`Census`].
pub struct Tracked {
    /// What the census was given for it.
    pub value: u64,
    census: Census,
    held: AtomicBool,
}

impl Tracked {
    /// Runs `work` as this object's only user; panics if there is another.
    pub fn hold<O>(&self, work: impl FnOnce() -> O) -> O {
        assert!(
            !self.held.swap(true, Ordering::Acquire),
            "one object in two hands"
        );
        let outcome = work();
        self.held.store(false, Ordering::Release);
        outcome
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        assert!(
            !*self.held.get_mut(),
            "an object was dropped while it was in use"
        );
        self.census.0.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(feature = "pool")]
impl repool::Recycle for Tracked {
    fn recycle(&mut self) -> bool {
        true
    }
}
