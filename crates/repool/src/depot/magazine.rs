//! A magazine: a small fixed stack of object pointers.
//!
//! After Bonwick and Adams, "Magazines and Vmem" (USENIX ATC 2001). Every field is an atomic, so
//! that a thread that counts objects may read a magazine that it does not own. Only the owner may
//! change it:
//!
//! **M1.** A magazine is changed only by its owner: the critical sections of the CPU whose cache points
//! to it, the thread that has the lock of such a cache, or the thread that took it out of a cache or off
//! a stack.

use core::array;
use core::ptr;
use core::sync::atomic::fence;

use crate::sync::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};

/// Most objects a magazine holds. Passing a thousand buffers from one CPU to another costs the
/// pool 9 ns a buffer with 30, and 8 with 62 or 126 (2026-11), which is not worth the objects that larger
/// magazines would keep from other CPUs and in memory.
#[cfg(not(all(test, repool_loom)))]
pub(crate) const CAPACITY: usize = 30;
/// One under loom, so that a model reaches every boundary within a few steps.
#[cfg(all(test, repool_loom))]
pub(crate) const CAPACITY: usize = 1;

/// A stack of at most [`CAPACITY`] object pointers.
///
/// ```text
/// count | limit | next, id | objects[0] … objects[count - 1] | free …
/// ```
///
/// The layout is part of the contract with the critical sections (`cpu/rseq`), which read `count`
/// and `limit`, index `objects`, and commit by storing `count`.
#[repr(C, align(64))]
pub(crate) struct Magazine {
    /// Objects in it. First, so that the commits to a magazine and to a cache's private slot are one store
    /// through one register.
    pub(crate) count: AtomicUsize,
    /// Objects it may hold: [`CAPACITY`], or fewer for a pool with a small `max_idle`.
    pub(crate) limit: AtomicUsize,
    /// The next magazine on the depot stack that holds this one; 0 ends the stack.
    pub(crate) next: AtomicU32,
    /// Its number in the arena, from 1.
    id: AtomicU32,
    /// Bytes that its objects weighed when it was last weighed; while it is in the depot, what the
    /// depot has counted for it.
    weighed: AtomicUsize,
    pub(crate) objects: [AtomicPtr<()>; CAPACITY],
}

impl Magazine {
    pub(crate) fn new(id: u32, limit: usize) -> Self {
        debug_assert!(limit <= CAPACITY);
        Magazine {
            count: AtomicUsize::new(0),
            limit: AtomicUsize::new(limit),
            next: AtomicU32::new(0),
            id: AtomicU32::new(id),
            weighed: AtomicUsize::new(0),
            objects: array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
        }
    }

    /// Writes number and limit again, which are lost if the memory was given back to the system. For the
    /// owner (M1).
    pub(crate) fn renew(&self, id: u32, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
        self.id.store(id, Ordering::Relaxed);
    }

    /// Its number in the arena, from 1.
    pub(crate) fn id(&self) -> u32 {
        self.id.load(Ordering::Relaxed)
    }

    /// Whether one more object fits; a guess for any thread but the owner.
    pub(crate) fn has_room(&self) -> bool {
        self.count() < self.limit.load(Ordering::Relaxed)
    }

    /// How many objects are in it; a guess for any thread but the owner.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Pops the youngest object. For the owner (M1).
    pub(crate) fn pop(&self) -> Option<*mut ()> {
        let count = self.count().checked_sub(1)?;
        let object = self.objects[count].load(Ordering::Relaxed);
        self.count.store(count, Ordering::Relaxed);
        // Keeps the caller's later stores of the object after the count: a forked child, which continues
        // from some instant without this thread, must not find the object here and elsewhere. No
        // instruction on x86-64.
        fence(Ordering::Release);
        Some(object)
    }

    /// What the objects weigh now, in bytes; kept for [`Magazine::weighed`].
    ///
    /// # Safety
    ///
    /// The caller owns the magazine (M1), and its objects are weighed (W1).
    pub(crate) unsafe fn weigh(&self) -> usize {
        let bytes = self.objects[..self.count()]
            .iter()
            // SAFETY: the caller's promise.
            .map(|object| unsafe { weight(object.load(Ordering::Relaxed)) })
            .sum();
        self.weighed.store(bytes, Ordering::Relaxed);
        bytes
    }

    /// What the objects weighed when last asked.
    pub(crate) fn weighed(&self) -> usize {
        self.weighed.load(Ordering::Relaxed)
    }

    /// Sets what the objects weigh. For the owner (M1), who has added or removed one.
    pub(crate) fn set_weighed(&self, bytes: usize) {
        self.weighed.store(bytes, Ordering::Relaxed);
    }

    /// The object at `place`, counted from the oldest. For the owner (M1).
    pub(crate) fn get(&self, place: usize) -> Option<*mut ()> {
        (place < self.count()).then(|| self.objects[place].load(Ordering::Relaxed))
    }

    /// Removes the object at `place`, counted from the oldest. For the owner (M1).
    pub(crate) fn remove(&self, place: usize) -> Option<*mut ()> {
        let object = self.get(place)?;
        let count = self.count() - 1;
        // Hides what is moved: a forked child, which continues from some instant in here without this
        // thread, may miss objects, but must not find one in two places.
        self.count.store(place, Ordering::Relaxed);
        for place in place..count {
            let next = self.objects[place + 1].load(Ordering::Relaxed);
            // Release: not before the count is lowered.
            self.objects[place].store(next, Ordering::Release);
        }
        // Release: not before they are moved.
        self.count.store(count, Ordering::Release);
        Some(object)
    }

    /// Adds an object, or says `false` when full. For the owner (M1).
    pub(crate) fn push(&self, object: *mut ()) -> bool {
        if !self.has_room() {
            return false;
        }
        let count = self.count();
        self.objects[count].store(object, Ordering::Relaxed);
        // Release: a forked child must not find the count raised over what was here before.
        self.count.store(count + 1, Ordering::Release);
        true
    }
}

/// Most bytes that an object weighs, whatever its weigher returns: no budget has room for two, and the sum
/// of a magazine does not overflow.
pub(crate) const HEAVIEST: usize = usize::MAX >> 8;

/// What an idle object weighs, in bytes.
///
/// **W1.** In a pool that is bounded in bytes, each object's pointer leads to its weight first, at
/// most [`HEAVIEST`]. The owner of the magazine that an idle object is in owns the object.
///
/// # Safety
///
/// The object is weighed (W1), and the caller's.
pub(crate) unsafe fn weight(object: *mut ()) -> usize {
    // SAFETY: the caller's promise.
    unsafe { object.cast::<usize>().read() }
}

#[cfg(all(test, target_os = "linux", not(miri), not(repool_loom)))]
mod tests {
    use super::*;
    use crate::sync::AtomicBool;

    /// A forked child finds magazines as they were at some instant, also those that a thread of the parent
    /// was changing.
    #[test]
    fn at_no_instant_is_an_object_in_two_places() {
        let magazine = Magazine::new(1, CAPACITY);
        (1..=CAPACITY).for_each(|i| assert!(magazine.push(i as *mut ())));
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let oldest = magazine.remove(0).unwrap();
                    assert!(magazine.push(oldest));
                }
            });
            let mut twice = 0;
            // Each child sees one instant.
            for _ in 0..500 {
                if twice != 0 {
                    break;
                }
                // SAFETY: the child looks at memory alone, and leaves by `_exit`.
                unsafe {
                    let child = libc::fork();
                    if child == 0 {
                        let mut seen = [false; CAPACITY + 1];
                        let twice = (0..magazine.count())
                            .filter_map(|place| magazine.get(place))
                            .any(|object| core::mem::replace(&mut seen[object as usize], true));
                        libc::_exit(i32::from(twice));
                    }
                    libc::waitpid(child, &mut twice, 0);
                }
            }
            stop.store(true, Ordering::Relaxed);
            assert_eq!(twice, 0, "a forked child found one object in two places");
        });
    }
}
