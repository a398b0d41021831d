//! The pooled objects, which know whether they are in use, and a census of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering::SeqCst};

use repool::{Pooled, Recycle};

/// The objects of one pool.
#[derive(Default)]
pub struct Census {
    /// Objects that the pool created.
    pub created: AtomicUsize,
    /// Objects that were put into the pool.
    pub adopted: AtomicUsize,
    /// Objects that the pool dropped.
    pub dropped: AtomicUsize,
    /// Objects that were taken out for good.
    pub detached: AtomicUsize,
    /// Objects in use, from after the call that gets one to before the call that returns it.
    pub in_use: AtomicUsize,
    /// Bytes of the other objects: at least those that are idle, and exactly those while no thread is in a
    /// call.
    pub pool_bytes: AtomicIsize,
}

impl Census {
    fn make(self: &Arc<Self>, weight: usize) -> Thing {
        self.pool_bytes.fetch_add(weight as isize, SeqCst);
        Thing {
            weight,
            used: 0,
            held: AtomicBool::new(false),
            detached: false,
            census: Arc::clone(self),
        }
    }

    /// An object for the pool's `create` to return.
    pub fn create(self: &Arc<Self>, weight: usize) -> Thing {
        self.created.fetch_add(1, SeqCst);
        self.make(weight)
    }

    /// An object to be put.
    pub fn adopt(self: &Arc<Self>, weight: usize) -> Thing {
        self.adopted.fetch_add(1, SeqCst);
        self.make(weight)
    }

    /// The pool returned this object from a get.
    pub fn record_get(&self, thing: &Thing) {
        assert!(!thing.held.swap(true, SeqCst), "one object has two users");
        self.in_use.fetch_add(1, SeqCst);
        self.pool_bytes.fetch_sub(thing.weight as isize, SeqCst);
    }

    /// This object is about to be returned.
    pub fn record_return(&self, thing: &Thing) {
        assert!(thing.held.swap(false, SeqCst), "it was not in use");
        self.in_use.fetch_sub(1, SeqCst);
        self.pool_bytes.fetch_add(thing.weight as isize, SeqCst);
    }

    /// Takes an object out for good, and drops it.
    pub fn detach(&self, guard: Pooled<'_, Thing>) {
        let mut thing = Pooled::detach(guard);
        assert!(thing.held.swap(false, SeqCst), "it was not in use");
        thing.detached = true;
        self.in_use.fetch_sub(1, SeqCst);
        self.detached.fetch_add(1, SeqCst);
    }
}

pub struct Thing {
    /// The weight that it says it has, in bytes; only its user changes it.
    pub weight: usize,
    /// The part of it that its user needed, in bytes.
    pub used: usize,
    held: AtomicBool,
    /// Whether it was taken out of the pool for good.
    detached: bool,
    pub census: Arc<Census>,
}

impl Recycle for Thing {
    fn recycle(&mut self) -> bool {
        assert!(!*self.held.get_mut(), "recycled while it is in use");
        self.used = 0;
        true
    }

    fn weight(&self) -> usize {
        self.weight
    }

    fn used(&self) -> usize {
        self.used
    }
}

impl Drop for Thing {
    fn drop(&mut self) {
        assert!(!*self.held.get_mut(), "dropped while it is in use");
        if !self.detached {
            self.census.dropped.fetch_add(1, SeqCst);
            let weight = self.weight as isize;
            self.census.pool_bytes.fetch_sub(weight, SeqCst);
        }
    }
}
