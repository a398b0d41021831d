//! What one CPU, or a few threads, have cached: one private object and two magazines.
//!
//! A [`CpuCache`] is memory only. Each engine decides who may change it: `rseq` by critical sections of
//! its CPU, `sharded` by an atomic exchange of the private slot and a lock on the magazines.

use core::ptr;

use super::{DrainSink, Drained};
use crate::depot::in_flight::InFlight;
use crate::depot::magazine::Magazine;
use crate::sync::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering};

/// Checked returns on one CPU between two reads of the clock. A read takes 4 ns (2026-11), which eight
/// returns share; a pool with one return a second still reads the clock within eight seconds.
const READ_CLOCK_EVERY: u32 = 8;

/// The objects that one CPU, or a few threads, have cached.
///
/// The private slot stands in front of the loaded magazine: to pop one object and push it again, the
/// magazine's count need not be read, and the chain of dependent loads is one store-to-load forward
/// long. The previous magazine is full or empty, except after a race, and keeps a thread that alternates
/// at a magazine's edge from exchanging magazines with the depot each time (Bonwick and Adams, 2001).
#[repr(C)]
pub(crate) struct CpuCache {
    /// The private slot: one object, or null; with [`STOPPED`] while a thread has stopped the cache.
    /// First: see [`Magazine::count`].
    pub(crate) private: AtomicPtr<()>,
    /// The magazine in use, or null.
    pub(crate) loaded: AtomicPtr<Magazine>,
    /// The magazine used before it, or null.
    pub(crate) previous: AtomicPtr<Magazine>,
    /// Objects at the bottom of the loaded magazine that were not popped since the last trim: the lowest
    /// count that a return found. Used only in pools without a depot.
    pub(super) unused: AtomicUsize,
    /// Whether the private object was not popped since the last trim: every return found one.
    pub(super) private_unused: AtomicBool,
    /// Checked returns, modulo 2^32. A count may be lost where threads contend.
    checked: AtomicU32,
    /// Objects that calls which began on this CPU are moving.
    pub(crate) in_flight: InFlight,
}

/// The mark of a stopped cache in its private slot: the highest bit, so that a slot with it is negative.
/// No address of a user's has it. Only the `rseq` engine stops caches.
pub(super) const STOPPED: usize = 1 << (usize::BITS - 1);

/// One of the two magazines of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MagazineSlot {
    Loaded,
    Previous,
}

/// A private slot's word without the mark.
pub(super) fn unmarked(word: *mut ()) -> *mut () {
    word.map_addr(|address| address & !STOPPED)
}

/// Objects in a magazine of a cache; a guess unless the cache cannot change.
pub(super) fn count(magazine: *mut Magazine) -> usize {
    // SAFETY: null, or a magazine of the pool's arena, which outlives the cache (C2).
    unsafe { magazine.as_ref() }.map_or(0, Magazine::count)
}

impl CpuCache {
    pub(crate) fn new() -> Self {
        CpuCache {
            private: AtomicPtr::new(ptr::null_mut()),
            loaded: AtomicPtr::new(ptr::null_mut()),
            previous: AtomicPtr::new(ptr::null_mut()),
            unused: AtomicUsize::new(0),
            private_unused: AtomicBool::new(false),
            checked: AtomicU32::new(0),
            in_flight: InFlight::new(),
        }
    }

    pub(super) fn has_private(&self) -> bool {
        !unmarked(self.private.load(Ordering::Relaxed)).is_null()
    }

    /// Pops the private object of a cache that is never stopped; null if there is none.
    pub(super) fn pop_private(&self) -> *mut () {
        if self.private.load(Ordering::Relaxed).is_null() {
            return ptr::null_mut();
        }
        // Acquire: sees what the pushing thread did to the object.
        self.private.swap(ptr::null_mut(), Ordering::Acquire)
    }

    /// Puts an object into the private slot of a cache that is never stopped; `false` if the slot is occupied.
    pub(super) fn push_private(&self, object: *mut ()) -> bool {
        self.private.load(Ordering::Relaxed).is_null()
            && self.replace_private(ptr::null_mut(), object)
    }

    /// As [`pop_private`](Self::pop_private), also of a stopped cache, which stays stopped.
    pub(super) fn take_private(&self) -> *mut () {
        let word = self.private.load(Ordering::Relaxed);
        if unmarked(word).is_null() {
            return ptr::null_mut();
        }
        let empty = word.map_addr(|address| address & STOPPED);
        // Acquire: sees what the pushing thread did to the object.
        unmarked(self.private.swap(empty, Ordering::Acquire))
    }

    /// As [`push_private`](Self::push_private), also of a stopped cache, which stays stopped.
    fn put_private(&self, object: *mut ()) -> bool {
        let word = self.private.load(Ordering::Relaxed);
        let occupied = object.map_addr(|address| address | word.addr() & STOPPED);
        unmarked(word).is_null() && self.replace_private(word, occupied)
    }

    fn replace_private(&self, old: *mut (), new: *mut ()) -> bool {
        // Release: the thread that pops the object sees what was done to it.
        self.private
            .compare_exchange(old, new, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }

    /// Moves the private object to `sink`; says whether there was one.
    pub(super) fn drain_private(&self, sink: &mut dyn DrainSink) -> bool {
        // A look first: the sink makes room only if there is something to move.
        if !self.has_private() || !sink.has_room() {
            return false;
        }
        let object = self.take_private();
        if object.is_null() {
            return false;
        }
        sink.put(Drained::Object(object));
        true
    }

    pub(super) fn count_loaded(&self) -> usize {
        count(self.loaded.load(Ordering::Acquire))
    }

    /// Objects in the cache; a guess unless the cache cannot change.
    pub(super) fn count(&self) -> usize {
        let previous = count(self.previous.load(Ordering::Acquire));
        usize::from(self.has_private()) + self.count_loaded() + previous
    }

    /// Counts a checked return; says whether it is one in [`READ_CLOCK_EVERY`]. Two relaxed accesses
    /// rather than an atomic addition: a lost count only delays a read of the clock.
    pub(super) fn count_checked(&self) -> bool {
        let checked = self.checked.load(Ordering::Relaxed).wrapping_add(1);
        self.checked.store(checked, Ordering::Relaxed);
        checked.is_multiple_of(READ_CLOCK_EVERY)
    }

    /// Notes the objects that a return finds here: at least so many were not popped.
    pub(super) fn note_unused(&self) {
        let loaded = self.count_loaded();
        if self.unused.load(Ordering::Relaxed) > loaded {
            self.unused.store(loaded, Ordering::Relaxed);
        }
        if !self.has_private() {
            self.private_unused.store(false, Ordering::Relaxed);
        }
    }

    /// Moves to `sink` what was not used since the last trim, the oldest first, and each other object for
    /// which `drops` returns `true`. For a caller that owns the cache's magazines (M1).
    pub(super) fn trim(&self, sink: &mut dyn DrainSink, drops: Option<&dyn Fn(*mut ()) -> bool>) {
        // Only if a thread moved to another CPU within a call: a pool without a depot uses the loaded
        // magazine only.
        let stray = self.previous.load(Ordering::Relaxed);
        if count(stray) > 0 {
            self.previous.store(ptr::null_mut(), Ordering::Relaxed);
            sink.put(Drained::Magazine(stray));
        }
        // SAFETY: null, or a magazine of the pool's arena, which outlives the cache (C2).
        let loaded = unsafe { self.loaded.load(Ordering::Relaxed).as_ref() };
        let drops_too = |object: *mut ()| drops.is_some_and(|drops| drops(object));
        if let Some(loaded) = loaded {
            let unused = self.unused.load(Ordering::Relaxed);
            for index in (0..loaded.count()).rev() {
                if sink.has_room()
                    && (index < unused || loaded.get(index).is_some_and(drops_too))
                    && let Some(object) = loaded.remove(index)
                {
                    sink.put(Drained::Object(object));
                }
            }
        }
        let unused = self.private_unused.load(Ordering::Relaxed);
        if (unused || drops.is_some()) && self.has_private() && sink.has_room() {
            // Other threads may pop it at any time: `drops` may read it only after it was popped here.
            let private = self.take_private();
            let stays = private.is_null()
                || !unused
                    && !drops_too(private)
                    && (self.put_private(private)
                        || loaded.is_some_and(|loaded| loaded.push(private)));
            if !stays {
                sink.put(Drained::Object(private));
            }
        }
        self.unused.store(self.count_loaded(), Ordering::Relaxed);
        self.private_unused
            .store(self.has_private(), Ordering::Relaxed);
    }

    pub(crate) fn magazine_slot(&self, slot: MagazineSlot) -> &AtomicPtr<Magazine> {
        match slot {
            MagazineSlot::Loaded => &self.loaded,
            MagazineSlot::Previous => &self.previous,
        }
    }
}
