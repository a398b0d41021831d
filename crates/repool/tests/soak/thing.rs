//! What is pooled: objects that know whether somebody holds them, and the count of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering::SeqCst};

use repool::{Pooled, Recycle};

/// The objects of one pool.
#[derive(Default)]
pub struct Census {
    /// Made by the pool.
    pub created: AtomicUsize,
    /// Put into the pool.
    pub adopted: AtomicUsize,
    /// Dropped by the pool.
    pub dropped: AtomicUsize,
    /// Taken out for good.
    pub detached: AtomicUsize,
    /// Lent out or reserved: from after the call that takes one out to before the one that
    /// brings it home.
    pub out: AtomicUsize,
    /// Bytes of the others: at least what is idle, and just that while nobody is in a call.
    pub home_bytes: AtomicIsize,
}

impl Census {
    fn make(self: &Arc<Self>, weight: usize) -> Thing {
        self.home_bytes.fetch_add(weight as isize, SeqCst);
        Thing {
            weight,
            used: 0,
            held: AtomicBool::new(false),
            ours: false,
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

    /// The pool lent it out.
    pub fn came_out(&self, thing: &Thing) {
        assert!(!thing.held.swap(true, SeqCst), "one object in two hands");
        self.out.fetch_add(1, SeqCst);
        self.home_bytes.fetch_sub(thing.weight as isize, SeqCst);
    }

    /// It is about to go home.
    pub fn goes_home(&self, thing: &Thing) {
        assert!(thing.held.swap(false, SeqCst), "nobody held it");
        self.out.fetch_sub(1, SeqCst);
        self.home_bytes.fetch_add(thing.weight as isize, SeqCst);
    }

    /// Takes it out for good, and drops it.
    pub fn detach(&self, guard: Pooled<'_, Thing>) {
        let mut thing = Pooled::detach(guard);
        assert!(thing.held.swap(false, SeqCst), "nobody held it");
        thing.ours = true;
        self.out.fetch_sub(1, SeqCst);
        self.detached.fetch_add(1, SeqCst);
    }
}

pub struct Thing {
    /// What it says that it weighs; changed only by who holds it.
    pub weight: usize,
    /// What its user made use of.
    pub used: usize,
    held: AtomicBool,
    /// Whether the pool has no part in it any more.
    ours: bool,
    pub census: Arc<Census>,
}

impl Recycle for Thing {
    fn recycle(&mut self) -> bool {
        assert!(!*self.held.get_mut(), "recycled while somebody holds it");
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
        assert!(!*self.held.get_mut(), "dropped while somebody holds it");
        if !self.ours {
            self.census.dropped.fetch_add(1, SeqCst);
            let weight = self.weight as isize;
            self.census.home_bytes.fetch_sub(weight, SeqCst);
        }
    }
}
