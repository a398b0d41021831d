//! The engine: what a pool and its guards share.
//!
//! ```text
//! get    private place or magazine of this CPU → previous magazine → a full one from the depot
//!        → another CPU's → create
//! drop   recycle → private place or magazine of this CPU → previous magazine → an empty one from
//!        the depot, which gets the full one → (over budget) drop
//! ```
//!
//! [`Engine`] knows the type of the objects and runs the user's code: `create` (in the pool),
//! `recycle` and `Drop`, never within a critical section, never under a lock, and never with an
//! object in hand that a panic would lose. [`raw`] moves pointers.
//!
//! **E1.** Every pointer that is given to `raw` came from `Box::<Line<T>>::into_raw`, and `raw` hands
//! each out once (C1).

pub(crate) mod exchange;
pub(crate) mod raw;

use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use std::sync::Mutex;

use crate::cpu::Search;
use crate::recycle::Recycler;
use raw::{Counts, RawPool};

/// An object's place on the heap: whole cache lines, so that two CPUs at work on two objects
/// never share one. Without it, two buffers that one thread made one after the other, in use on
/// two CPUs, made a get and return seven times slower.
#[repr(align(64))]
pub(crate) struct Line<T>(pub(crate) T);

/// The objects of one pool and what is done when one comes home.
pub(crate) struct Engine<T, R> {
    raw: RawPool,
    recycle: R,
    /// Like a mutex of objects: owns them, lends them out one by one to any thread (so `Sync`
    /// takes `T: Send`), and stores through a shared reference (so it is invariant in `T`).
    objects: PhantomData<Mutex<T>>,
}

impl<T, R> Engine<T, R> {
    pub(crate) const fn new(recycle: R) -> Self {
        Engine {
            raw: RawPool::new(),
            recycle,
            objects: PhantomData,
        }
    }

    pub(crate) const fn set_max_idle(&mut self, max_idle: usize) {
        self.raw.set_max_idle(max_idle);
    }

    pub(crate) fn counts(&self) -> &Counts {
        self.raw.counts()
    }

    pub(crate) fn idle(&self) -> usize {
        self.raw.idle()
    }

    /// Takes an idle object that is at hand.
    #[inline(always)]
    pub(crate) fn take(&self) -> Option<Box<Line<T>>> {
        let object = self.raw.take();
        // SAFETY: null or a pointer that `give` or `give_slow` made from a box (E1).
        (!object.is_null()).then(|| unsafe { Box::from_raw(object.cast()) })
    }

    /// Takes an idle object from wherever there is one.
    pub(crate) fn take_slow(&self, search: Search) -> Option<Box<Line<T>>> {
        let object = self.raw.take_slow(search);
        // SAFETY: as in `take`.
        (!object.is_null()).then(|| unsafe { Box::from_raw(object.cast()) })
    }

    /// Counts and drops every idle object.
    pub(crate) fn clear(&self) {
        self.raw.drain(&mut |object| {
            // SAFETY: as in `take`.
            self.discard_slow(unsafe { Box::from_raw(object.cast()) });
        });
    }

    /// Counts and drops an object.
    #[cold]
    #[inline(never)]
    fn discard_slow(&self, object: Box<Line<T>>) {
        Counts::add(&self.counts().discarded);
        drop(object);
    }
}

impl<T, R: Recycler<T>> Engine<T, R> {
    /// Takes an object home: recycles it, and keeps it or drops it.
    #[inline(always)]
    pub(crate) fn give(&self, object: Box<Line<T>>) {
        let mut homecoming = Homecoming {
            engine: self,
            object: ManuallyDrop::new(object),
        };
        let keep = self.recycle.recycle(&mut homecoming.object.0);
        let object = homecoming.arrived();
        if !keep {
            return self.discard_slow(object);
        }
        let object = Box::into_raw(object);
        if !self.raw.give(object.cast()) {
            self.give_slow(object);
        }
    }

    #[cold]
    #[inline(never)]
    fn give_slow(&self, object: *mut Line<T>) {
        if !self.raw.give_slow(object.cast()) {
            // SAFETY: `give` made it from a box, and `raw` did not take it.
            self.discard_slow(unsafe { Box::from_raw(object) });
        }
    }
}

impl<T, R> Drop for Engine<T, R> {
    /// Drops every idle object; goes on with the rest when one's `Drop` panics. A second panic
    /// aborts, as everywhere.
    fn drop(&mut self) {
        struct Rest<'a>(&'a mut RawPool, fn(*mut ()));
        impl Drop for Rest<'_> {
            fn drop(&mut self) {
                self.0.drain_mut(&mut self.1);
            }
        }
        let mut rest = Rest(&mut self.raw, |object| {
            // SAFETY: as in `take`.
            drop(unsafe { Box::<Line<T>>::from_raw(object.cast()) });
        });
        rest.0.drain_mut(&mut rest.1);
    }
}

/// An object on its way home, which is discarded if `recycle` panics.
struct Homecoming<'a, T, R> {
    engine: &'a Engine<T, R>,
    object: ManuallyDrop<Box<Line<T>>>,
}

impl<T, R> Homecoming<'_, T, R> {
    /// The object, which was recycled.
    #[inline(always)]
    fn arrived(self) -> Box<Line<T>> {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is never dropped, so that the box is taken once.
        unsafe { ManuallyDrop::take(&mut this.object) }
    }
}

impl<T, R> Drop for Homecoming<'_, T, R> {
    fn drop(&mut self) {
        // SAFETY: the only other taker is `arrived`, after which there is no drop.
        self.engine
            .discard_slow(unsafe { ManuallyDrop::take(&mut self.object) });
    }
}
