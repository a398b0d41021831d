//! A few caches that threads share, each behind a lock that no thread waits for: the engine of systems
//! without restartable sequences.
//!
//! A thread uses first the shard that its [dense number](super::thread) chooses. The private slot is
//! exchanged atomically; the magazines are changed under the lock only. A thread that finds a lock taken
//! uses another shard or the depot: the holder may be preempted. A lock that a fork copied while it was
//! held belongs to a thread that the child does not have, and is taken over there, if the identity is
//! certain.
//!
//! **L1.** `holder` is set to the process's identity by the thread that changes `loaded`, `previous` or
//! a magazine that they point to, from before the first read to after the last write; so the thread
//! that has set it owns those magazines (M1). An identity of another process is an ancestor's: no thread
//! of this process uses the magazines, which are as they were at the instant of the fork. By
//! the order of the holder's stores each object is in one place then, or in none: a magazine's count
//! goes down before an object is used elsewhere, and up after its place was written.
//! Not covered: a signal handler that interrupts the holder, forks, and uses the pool in the child. A
//! get is not async-signal-safe, so that POSIX forbids it there.

use super::{
    Busy, CpuCache, Cpus, DrainSink, Drained, MagazineSlot, Patience, PopError, Search,
    thread::number,
};
use crate::depot::magazine::Magazine;
use crate::process;
use crate::sync::{AtomicU32, Ordering};
use core::ptr;

/// Attempts to take a lock, with a yield between them, before a drain leaves that shard out. Each yield
/// may take a time slice of every thread that can run.
const ATTEMPTS: usize = if cfg!(all(test, repool_loom)) { 3 } else { 20 };

/// The caches of one pool.
pub(crate) struct ShardedCaches {
    shards: Box<[Shard]>,
}

/// A cache and its lock, on one cache line.
#[repr(align(64))]
struct Shard {
    cache: CpuCache,
    /// The identity of the process a thread of which has the lock, or 0.
    holder: AtomicU32,
}

/// Whether the lock's holder may be a thread that shares this memory: one of this process, or any if
/// processes are told apart by number only.
fn is_in_use(holder: u32, here: u32) -> bool {
    holder == here || holder != 0 && !process::is_certain()
}

/// A shard whose lock the caller has (L1).
struct ShardGuard<'a>(&'a Shard);

impl Drop for ShardGuard<'_> {
    fn drop(&mut self) {
        // Release: the next holder sees what this one did.
        self.0.holder.store(0, Ordering::Release);
    }
}

impl Shard {
    fn new() -> Self {
        Shard {
            cache: CpuCache::new(),
            holder: AtomicU32::new(0),
        }
    }

    fn try_lock(&self) -> Option<ShardGuard<'_>> {
        let here = process::id();
        // A load before the exchange: if the lock is taken, its cache line stays shared.
        let holder = self.holder.load(Ordering::Relaxed);
        let free = !is_in_use(holder, here)
            && self
                .holder
                .compare_exchange(holder, here, Ordering::Acquire, Ordering::Relaxed)
                .is_ok();
        free.then(|| ShardGuard(self))
    }

    /// Whether a thread of this process has the lock.
    fn is_locked(&self) -> bool {
        is_in_use(self.holder.load(Ordering::Relaxed), process::id())
    }

    /// Does `work` under the lock, unless the lock stays taken.
    fn with_lock(&self, patience: Patience, mut work: impl FnMut(&ShardGuard<'_>)) {
        patience.attempts(ATTEMPTS, || {
            let locked = self.try_lock();
            locked.inspect(|locked| work(locked)).is_some()
        });
    }
}

impl ShardGuard<'_> {
    fn magazine(&self, slot: MagazineSlot) -> Option<&Magazine> {
        let magazine = self.0.cache.magazine_slot(slot).load(Ordering::Relaxed);
        // SAFETY: null, or a magazine of the pool's arena, which outlives the caches (C2).
        unsafe { magazine.as_ref() }
    }

    fn swap(&self, slot: MagazineSlot, new: *mut Magazine) -> *mut Magazine {
        let pointer = self.0.cache.magazine_slot(slot);
        let old = pointer.load(Ordering::Relaxed);
        // Release: a thread that counts its objects without the lock sees the magazine made.
        pointer.store(new, Ordering::Release);
        old
    }

    /// Moves the magazines that hold something to `sink`; says whether there were any.
    fn drain(&self, sink: &mut dyn DrainSink) -> bool {
        let mut any = false;
        for slot in [MagazineSlot::Previous, MagazineSlot::Loaded] {
            if self.magazine(slot).is_some_and(|m| m.count() > 0) {
                sink.put(Drained::Magazine(self.swap(slot, ptr::null_mut())));
                any = true;
            }
        }
        any
    }
}

impl ShardedCaches {
    /// `count` caches, at least one; `None` if memory has run out.
    pub(crate) fn new(count: usize) -> Option<Self> {
        let count = count.max(1);
        let mut shards = Vec::new();
        shards.try_reserve_exact(count).ok()?;
        shards.extend((0..count).map(|_| Shard::new()));
        Some(ShardedCaches {
            shards: shards.into_boxed_slice(),
        })
    }

    /// The caches as the thread with number `number` sees them.
    #[inline]
    pub(crate) fn view_as(&self, number: usize) -> ShardedView<'_> {
        let count = self.shards.len();
        ShardedView {
            shards: &self.shards,
            // Numbers are dense, so that most need no division.
            first: match number < count {
                true => number,
                false => number % count,
            },
        }
    }

    /// The caches as the calling thread sees them.
    #[inline]
    pub(crate) fn view(&self) -> ShardedView<'_> {
        self.view_as(number())
    }
}

/// The caches, and the one to use first.
pub(crate) struct ShardedView<'a> {
    shards: &'a [Shard],
    first: usize,
}

impl<'a> ShardedView<'a> {
    fn own(&self) -> &'a Shard {
        &self.shards[self.first]
    }

    /// All shards, the own one first.
    fn all_own_first(&self) -> impl Iterator<Item = &'a Shard> {
        let (before, after) = self.shards.split_at(self.first);
        after.iter().chain(before)
    }
}

impl Cpus for ShardedView<'_> {
    #[inline]
    fn pop(&self) -> *mut () {
        let own = self.own();
        let object = own.cache.pop_private();
        if !object.is_null() {
            return object;
        }
        own.try_lock()
            .and_then(|locked| locked.magazine(MagazineSlot::Loaded)?.pop())
            .unwrap_or(ptr::null_mut())
    }

    #[inline]
    fn push(&self, object: *mut ()) -> bool {
        let own = self.own();
        if own.cache.push_private(object) {
            return true;
        }
        own.try_lock().is_some_and(|locked| {
            locked
                .magazine(MagazineSlot::Loaded)
                .is_some_and(|m| m.push(object))
        })
    }

    fn swap(&self, slot: MagazineSlot, new: *mut Magazine) -> Result<*mut Magazine, Busy> {
        // The neighbour's if the own shard is locked.
        let locked = self.all_own_first().take(2).find_map(Shard::try_lock);
        Ok(locked.ok_or(Busy)?.swap(slot, new))
    }

    #[cold]
    fn steal(&self, _search: Search, sink: &mut dyn DrainSink) -> Result<bool, PopError> {
        // Without a fence a steal interrupts no CPU, so that every search may steal. The own shard comes
        // last: an object may have been returned to it since it was found empty.
        let mut result = Ok(false);
        for shard in self.all_own_first().skip(1).chain([self.own()]) {
            let magazines = match shard.try_lock() {
                Some(locked) => locked.drain(sink),
                None => {
                    result = Err(PopError::Contended);
                    false
                }
            };
            if shard.cache.drain_private(sink) || magazines {
                return Ok(false);
            }
        }
        result
    }

    fn drain_all(&self, patience: Patience, sink: &mut dyn DrainSink) {
        for shard in self.shards {
            shard.cache.drain_private(sink);
            shard.with_lock(patience, |locked| {
                locked.drain(sink);
            });
        }
    }

    unsafe fn drain_all_alone(&self, sink: &mut dyn DrainSink) {
        for shard in self.shards {
            shard.cache.drain_private(sink);
            // By the caller's promise no thread of this process has the lock.
            ShardGuard(shard).drain(sink);
        }
    }

    fn trim(
        &self,
        patience: Patience,
        sink: &mut dyn DrainSink,
        drops: Option<&dyn Fn(*mut ()) -> bool>,
    ) {
        for shard in self.shards {
            shard.with_lock(patience, |locked| locked.0.cache.trim(sink, drops));
        }
    }

    fn is_stopped(&self) -> bool {
        self.all_own_first().take(2).all(Shard::is_locked)
    }

    fn count(&self) -> usize {
        self.shards.len()
    }

    fn cache(&self, number: usize) -> &CpuCache {
        &self.shards[number].cache
    }

    fn here(&self) -> usize {
        self.first
    }
}

#[cfg(all(test, target_os = "linux", not(miri), not(repool_loom)))]
mod tests {
    use super::*;

    struct Nowhere;
    impl DrainSink for Nowhere {
        fn has_room(&mut self) -> bool {
            false
        }
        fn put(&mut self, _drained: Drained) {}
    }

    #[test]
    fn a_sweep_by_an_ordinary_call_waits_for_no_lock() {
        let mut tries = 0;
        Patience::None.attempts(ATTEMPTS, || {
            tries += 1;
            false
        });
        assert_eq!(tries, 1);
        let caches = ShardedCaches::new(2).unwrap();
        let _held = caches.shards[0].try_lock();
        caches.view_as(0).drain_all(Patience::None, &mut Nowhere);
        assert!(caches.shards[1].try_lock().is_some());
    }

    #[test]
    fn a_lock_that_a_fork_copied_is_taken_over() {
        let caches = ShardedCaches::new(1).unwrap();
        let own = &caches.shards[0];
        let held = own.try_lock().unwrap();
        assert!(own.is_locked() && own.try_lock().is_none());
        // SAFETY: the child looks at the lock alone, and leaves by `_exit`.
        let (child, status) = unsafe {
            let child = libc::fork();
            if child == 0 {
                let free = !own.is_locked() && !caches.view_as(0).is_stopped();
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
