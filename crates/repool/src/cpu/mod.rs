//! Objects cached close to the CPU that will use them, accessed without waiting for a lock.
//!
//! One interface, [`Cpus`], and two engines behind it. [`rseq`] has a cache for each CPU and changes it
//! in restartable sequences; [`sharded`] has a few caches that threads share, each behind a lock that no
//! thread waits for. Both keep a [`CpuCache`] of the same layout. [`thread`] numbers threads for
//! `sharded`. The [engine](crate::engine) moves magazines between these caches and the depot.

pub(crate) mod cache;
pub(crate) mod sharded;
pub(crate) mod thread;
pub(crate) mod view;

// Restartable sequences need Linux, the registration that glibc does, and sections written for
// the processor. Miri, loom and other systems have the same interface without them.
#[cfg_attr(
    not(all(
        target_os = "linux",
        target_env = "gnu",
        target_arch = "x86_64",
        target_pointer_width = "64",
        not(miri),
        not(all(test, repool_loom))
    )),
    path = "no_rseq.rs"
)]
pub(crate) mod rseq;

use crate::depot::in_flight::InFlight;
use crate::depot::magazine::Magazine;
use crate::sync::{Ordering, yield_now};
pub(crate) use cache::{CpuCache, MagazineSlot};

/// A cache whose magazines cannot be exchanged at this moment: it is stopped, or another thread has its
/// lock. No caller waits for it; the caller goes on to the depot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Busy;

/// Why a pop or a steal got no object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PopError {
    /// No object is idle.
    Empty,
    /// Other CPUs have idle objects, which stay there: a polite search steals seldom, and the system may
    /// refuse the fence.
    #[allow(dead_code)] // constructed by the rseq engine only
    NotStolen,
    /// Another thread is moving objects.
    Contended,
}

/// How thoroughly to search other CPUs for an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// The caller can create an object instead: steal seldom.
    Polite,
    /// The caller cannot: steal whatever is there.
    Thorough,
}

/// Whether a call retries while other threads hold caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// No: one attempt.
    None,
    /// A bounded number of times, with a yield between attempts.
    Some,
}

impl Patience {
    /// Calls `work` until it says that it is done, at most `most` times.
    fn attempts(self, most: usize, mut work: impl FnMut() -> bool) {
        let most = if self == Patience::None { 1 } else { most };
        for left in (0..most).rev() {
            if work() {
                return;
            }
            if left > 0 {
                yield_now();
            }
        }
    }
}

/// What was drained from a cache.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Drained {
    Object(*mut ()),
    /// A magazine with at least one object, for the sink to own (M1).
    Magazine(*mut Magazine),
}

/// Takes over what is drained from caches.
pub(crate) trait DrainSink {
    /// Whether there is room for one more object; if not, the object stays in its cache.
    fn has_room(&mut self) -> bool;

    /// Takes over an object, for which there is room, or a magazine, for which there always is.
    fn put(&mut self, drained: Drained);
}

/// The caches of one pool as the calling thread sees them: the interface of both engines.
///
/// **C1.** Each object and each magazine is in one place at a time: what `pop`, `swap`, `steal` or
/// `drain_all` hands out is in no cache any more, and was handed to no other caller.
///
/// **C2.** A magazine in a cache belongs to the arena of the pool that the cache belongs to, and so
/// outlives the cache.
pub(crate) trait Cpus {
    /// Pops an object that is cached here; null if there is none.
    fn pop(&self) -> *mut ();

    /// Caches an object here; `false` if there is no room, and it stays the caller's.
    fn push(&self, object: *mut ()) -> bool;

    /// Exchanges the magazine in `slot`; the old one, or null, is then the caller's (M1).
    fn swap(&self, slot: MagazineSlot, new: *mut Magazine) -> Result<*mut Magazine, Busy>;

    /// Drains one other cache that has something into `sink`, which must not use the caches.
    ///
    /// # Errors
    ///
    /// Never [`PopError::Empty`]: if all caches are empty, `sink` gets nothing.
    fn steal(&self, search: Search, sink: &mut dyn DrainSink) -> Result<(), PopError>;

    /// Drains every cache that it can stop or lock into `sink`, which must not use the caches.
    fn drain_all(&self, patience: Patience, sink: &mut dyn DrainSink);

    /// Drains for a sweep, without an interrupt of a CPU that uses the pool: drains the calling thread's
    /// cache, and asks the other CPUs to drain theirs with their next calls. A cache that no call has
    /// touched since an earlier sweep asked for it is drained into `unused`, all others into `sink`.
    /// Neither must use the caches.
    fn drain_for_sweep(
        &self,
        patience: Patience,
        sink: &mut dyn DrainSink,
        unused: &mut dyn DrainSink,
    ) {
        let _ = unused;
        self.drain_all(patience, sink);
    }

    /// Whether a sweep has asked for what is cached here.
    fn is_asked(&self) -> bool {
        false
    }

    /// Drains the calling thread's cache into `sink`, which must not use the caches, if a sweep has asked
    /// for it.
    fn answer(&self, sink: &mut dyn DrainSink) {
        let _ = sink;
    }

    /// As `drain_all`, also of caches that threads of a parent process left stopped or locked.
    ///
    /// # Safety
    ///
    /// No other thread of this process uses the caches, from before the call to after it.
    unsafe fn drain_all_alone(&self, sink: &mut dyn DrainSink);

    /// Moves to `sink`, from every cache that it can stop or lock, what was not popped since the last
    /// trim, and each other object for which `drops` returns `true`. Neither may use the caches.
    fn trim(
        &self,
        patience: Patience,
        sink: &mut dyn DrainSink,
        drops: Option<&dyn Fn(*mut ()) -> bool>,
    );

    /// Whether another thread has stopped caches, or all that this thread can use are locked.
    fn is_stopped(&self) -> bool;

    /// How many caches there are, at least one.
    fn count(&self) -> usize;

    /// A cache, by its number below `count`. To read, unless the method called says otherwise.
    fn cache(&self, number: usize) -> &CpuCache;

    /// The number of this thread's cache; a hint, for the thread may move at once.
    fn here(&self) -> usize;

    /// Every cache.
    fn caches(&self) -> impl Iterator<Item = &CpuCache> {
        (0..self.count()).map(|number| self.cache(number))
    }

    /// Whether there is a magazine in `slot` here.
    fn has_magazine(&self, slot: MagazineSlot) -> bool {
        let magazine = self.cache(self.here()).magazine_slot(slot);
        !magazine.load(Ordering::Relaxed).is_null()
    }

    /// Objects that are cached here.
    fn count_here(&self) -> usize {
        self.cache(self.here()).count()
    }

    /// Notes how many cached objects a return finds here, before it adds its own.
    fn note_unused(&self) {
        self.cache(self.here()).note_unused();
    }

    /// Counts a checked return here; says whether this one has to read the clock.
    fn count_checked(&self) -> bool {
        self.cache(self.here()).count_checked()
    }

    /// The count of objects in flight here.
    fn in_flight(&self) -> &InFlight {
        &self.cache(self.here()).in_flight
    }

    /// Whether any call has objects in flight.
    fn has_in_flight(&self) -> bool {
        self.caches().any(|cache| cache.in_flight.has_any())
    }

    /// Makes the caches usable in a forked child: threads of the parent may have left them stopped, and
    /// objects in flight; see [`InFlight::reset_after_fork`].
    fn reset_after_fork(&self) {
        self.caches()
            .for_each(|cache| cache.in_flight.reset_after_fork());
    }

    /// Whether any cache has something, at a glance.
    fn has_any(&self) -> bool {
        self.caches().any(|cache| cache.count() > 0)
    }

    /// Objects in private slots; exact while no call is under way.
    fn count_private(&self) -> usize {
        self.caches().filter(|cache| cache.has_private()).count()
    }

    /// Pops every private object and hands it to `sink`, which may panic.
    ///
    /// # Safety
    ///
    /// No other thread uses the pool, from before the call to after it.
    unsafe fn drain_private_slots(&self, sink: &mut dyn FnMut(*mut ())) {
        for cache in self.caches() {
            let object = cache.take_private();
            if !object.is_null() {
                sink(object);
            }
        }
    }
}
