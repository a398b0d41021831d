//! A few slots that threads share, each behind a lock that is never waited for.
//!
//! A thread looks first at the slot that its dense number chooses. The private place is
//! exchanged atomically; the magazines are changed under the lock only. A lock that is taken is
//! passed by: its holder may have lost its CPU. A lock that a fork copied while it was held belongs to
//! a thread that the child does not have, and is taken over there, if the identity is certain.
//!
//! **L1.** `holder` is set to the process's identity by the thread that changes `loaded`, `previous` or
//! a magazine that they point to, from before the first read to after the last write; so the thread
//! that has set it owns those magazines (M1). An identity of another process is an ancestor's: none of
//! this process's threads is at the magazines, which are as they were at the instant of the fork. By
//! the order of the holder's stores each object is in one place then, or in none: a magazine's count
//! goes down before an object is used elsewhere, and up after its place was written.
//! Not covered: a signal handler that interrupts the holder, forks, and uses the pool in the child. A
//! get is not async-signal-safe, so that POSIX forbids it there.

use super::{Busy, Cpus, Loot, Patience, Place, Search, Sink, Slot, Sought, thread::number};
use crate::depot::magazine::Magazine;
use crate::process;
use crate::sync::{AtomicU32, Ordering};
use core::ptr;

/// How often a seizure lets the holder of a lock go first before it passes on. Each time may cost
/// a turn of every thread that can run.
const PATIENCE: usize = if cfg!(all(test, repool_loom)) { 3 } else { 20 };

/// The slots of one pool.
pub(crate) struct Slots {
    slots: Box<[Shared]>,
}

/// A slot and its lock, on one cache line.
#[repr(align(64))]
struct Shared {
    slot: Slot,
    /// The identity of the process a thread of which has the lock, or 0.
    holder: AtomicU32,
}

/// Whether the lock's holder may be a thread that shares this memory: one of this process, or, where
/// processes are told apart by number only, any.
fn is_in_use(holder: u32, here: u32) -> bool {
    holder == here || holder != 0 && !process::is_certain()
}

/// A slot whose lock the caller has (L1).
struct Locked<'a>(&'a Shared);

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // Release: the next holder sees what this one did.
        self.0.holder.store(0, Ordering::Release);
    }
}

impl Shared {
    fn new() -> Self {
        Shared {
            slot: Slot::new(),
            holder: AtomicU32::new(0),
        }
    }

    fn try_lock(&self) -> Option<Locked<'_>> {
        let here = process::id();
        // Look before the exchange: a lock that is taken is not worth owning its cache line.
        let holder = self.holder.load(Ordering::Relaxed);
        let free = !is_in_use(holder, here)
            && self
                .holder
                .compare_exchange(holder, here, Ordering::Acquire, Ordering::Relaxed)
                .is_ok();
        free.then(|| Locked(self))
    }

    /// Whether a thread of this process has the lock.
    fn is_locked(&self) -> bool {
        is_in_use(self.holder.load(Ordering::Relaxed), process::id())
    }

    /// Does `work` under the lock; gives up when its holder does not come.
    fn locked_in_time(&self, patience: Patience, mut work: impl FnMut(&Locked<'_>)) {
        patience.attempts(PATIENCE, || {
            let locked = self.try_lock();
            locked.inspect(|locked| work(locked)).is_some()
        });
    }
}

impl Locked<'_> {
    fn magazine(&self, place: Place) -> Option<&Magazine> {
        let magazine = self.0.slot.place(place).load(Ordering::Relaxed);
        // SAFETY: null, or a magazine of the pool's arena, which outlives the slots (C2).
        unsafe { magazine.as_ref() }
    }

    fn swap(&self, place: Place, new: *mut Magazine) -> *mut Magazine {
        let pointer = self.0.slot.place(place);
        let old = pointer.load(Ordering::Relaxed);
        // Release: who looks at how many objects it has, without the lock, sees it made.
        pointer.store(new, Ordering::Release);
        old
    }

    /// Moves the magazines that hold something to `sink`; says whether there were any.
    fn unload(&self, sink: &mut dyn Sink) -> bool {
        let mut any = false;
        for place in [Place::Previous, Place::Loaded] {
            if self.magazine(place).is_some_and(|m| m.count() > 0) {
                sink.put(Loot::Magazine(self.swap(place, ptr::null_mut())));
                any = true;
            }
        }
        any
    }
}

impl Slots {
    /// `count` slots, one at least; `None` when memory has run out.
    pub(crate) fn new(count: usize) -> Option<Self> {
        let count = count.max(1);
        let mut slots = Vec::new();
        slots.try_reserve_exact(count).ok()?;
        slots.extend((0..count).map(|_| Shared::new()));
        Some(Slots {
            slots: slots.into_boxed_slice(),
        })
    }

    /// The slots as the thread with number `number` sees them.
    #[inline]
    pub(crate) fn seen_by(&self, number: usize) -> SlotsSeenBy<'_> {
        let count = self.slots.len();
        SlotsSeenBy {
            slots: &self.slots,
            // Numbers are dense, so that most need no division.
            first: match number < count {
                true => number,
                false => number % count,
            },
        }
    }

    /// The slots as the calling thread sees them.
    #[inline]
    pub(crate) fn seen_from_here(&self) -> SlotsSeenBy<'_> {
        self.seen_by(number())
    }
}

/// The slots, and the one to look at first.
pub(crate) struct SlotsSeenBy<'a> {
    slots: &'a [Shared],
    first: usize,
}

impl<'a> SlotsSeenBy<'a> {
    fn own(&self) -> &'a Shared {
        &self.slots[self.first]
    }

    /// All slots, the own one first.
    fn all_own_first(&self) -> impl Iterator<Item = &'a Shared> {
        let (before, after) = self.slots.split_at(self.first);
        after.iter().chain(before)
    }
}

impl Cpus for SlotsSeenBy<'_> {
    #[inline]
    fn take(&self) -> *mut () {
        let own = self.own();
        let object = own.slot.take_private();
        if !object.is_null() {
            return object;
        }
        own.try_lock()
            .and_then(|locked| locked.magazine(Place::Loaded)?.pop())
            .unwrap_or(ptr::null_mut())
    }

    #[inline]
    fn give(&self, object: *mut ()) -> bool {
        let own = self.own();
        if own.slot.put_private(object) {
            return true;
        }
        own.try_lock().is_some_and(|locked| {
            locked
                .magazine(Place::Loaded)
                .is_some_and(|m| m.push(object))
        })
    }

    fn swap(&self, place: Place, new: *mut Magazine) -> Result<*mut Magazine, Busy> {
        // The neighbour's will do when the own slot is taken.
        let locked = self.all_own_first().take(2).find_map(Shared::try_lock);
        Ok(locked.ok_or(Busy)?.swap(place, new))
    }

    #[cold]
    fn steal(&self, _search: Search, sink: &mut dyn Sink) -> Sought {
        // Taking from another slot disturbs nobody here, so there is no politeness. The own slot
        // comes last: something may have come home to it meanwhile.
        let mut sought = Sought::Through;
        for shared in self.all_own_first().skip(1).chain([self.own()]) {
            let magazines = match shared.try_lock() {
                Some(locked) => locked.unload(sink),
                None => {
                    sought = Sought::Busy;
                    false
                }
            };
            if shared.slot.unload_private(sink) || magazines {
                return Sought::Through;
            }
        }
        sought
    }

    fn seize(&self, patience: Patience, sink: &mut dyn Sink) {
        for shared in self.slots {
            shared.slot.unload_private(sink);
            shared.locked_in_time(patience, |locked| {
                locked.unload(sink);
            });
        }
    }

    unsafe fn seize_alone(&self, sink: &mut dyn Sink) {
        for shared in self.slots {
            shared.slot.unload_private(sink);
            // By the caller's promise nobody has the lock: it is a thread's that is not here.
            Locked(shared).unload(sink);
        }
    }

    fn trim(
        &self,
        patience: Patience,
        sink: &mut dyn Sink,
        goes: Option<&dyn Fn(*mut ()) -> bool>,
    ) {
        for shared in self.slots {
            shared.locked_in_time(patience, |locked| locked.0.slot.trim(sink, goes));
        }
    }

    fn shut(&self) -> bool {
        self.all_own_first().take(2).all(Shared::is_locked)
    }

    fn count(&self) -> usize {
        self.slots.len()
    }

    fn slot(&self, number: usize) -> &Slot {
        &self.slots[number].slot
    }

    fn here(&self) -> usize {
        self.first
    }
}

#[cfg(all(test, target_os = "linux", not(miri), not(repool_loom)))]
mod tests {
    use super::*;

    struct Nowhere;
    impl Sink for Nowhere {
        fn has_room(&mut self) -> bool {
            false
        }
        fn put(&mut self, _loot: Loot) {}
    }

    #[test]
    fn a_sweep_by_an_ordinary_call_waits_for_no_lock() {
        let mut tries = 0;
        Patience::None.attempts(PATIENCE, || {
            tries += 1;
            false
        });
        assert_eq!(tries, 1);
        let slots = Slots::new(2).unwrap();
        let _held = slots.slots[0].try_lock();
        slots.seen_by(0).seize(Patience::None, &mut Nowhere);
        assert!(slots.slots[1].try_lock().is_some());
    }

    #[test]
    fn a_lock_that_a_fork_copied_is_taken_over() {
        let slots = Slots::new(1).unwrap();
        let own = &slots.slots[0];
        let held = own.try_lock().unwrap();
        assert!(own.is_locked() && own.try_lock().is_none());
        // SAFETY: the child looks at the lock alone, and leaves by `_exit`.
        let (child, status) = unsafe {
            let child = libc::fork();
            if child == 0 {
                let free = !own.is_locked() && !slots.seen_by(0).shut();
                let taken_over = own.try_lock();
                let right =
                    free && taken_over.is_some() && own.is_locked() && own.try_lock().is_none();
                drop(taken_over);
                libc::_exit(i32::from(!(right && own.try_lock().is_some())));
            }
            let mut status = 0;
            assert_eq!(libc::waitpid(child, &mut status, 0), child);
            (child, status)
        };
        assert!(child > 0);
        assert_eq!(status, 0, "the child did not take the lock over");
        // The parent's is as it was.
        assert!(own.is_locked() && own.try_lock().is_none());
        drop(held);
        assert!(own.try_lock().is_some());
    }
}
