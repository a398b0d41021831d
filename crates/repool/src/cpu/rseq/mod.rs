//! A cache for each CPU, changed in restartable sequences.
//!
//! The [`Table`] is in the pool itself, where the fast path reads it; its [`Storage`] is made when the
//! pool is first used. [`section`] has the sequences, [`registration`] what they need of the system,
//! [`stop`] how another CPU's cache is taken over for a moment, and [`own_cpu`] what a thread can do that
//! has the storage but not the table.
//!
//! **R1.** `Table::caches`, once not null, points to `Storage::count` caches that live as long as the
//! pool; `Table::active` is that number, or 0 before the table is published.
//!
//! R2, which thread may change another CPU's cache, is in [`stop`].
//!
//! **R3.** Sections end at a stopped cache (S6) and exclude the other sections of their CPU. So any thread
//! that has the storage may change the cache of its own CPU by sections, with a table of its own: the
//! pool's is in the pool, and moves with it. [`OwnCpu`](own_cpu::OwnCpu) does.

mod own_cpu;
mod registration;
mod section;
mod stop;
mod table;

use core::ptr;
use core::sync::atomic::Ordering;

use super::{
    Busy, CpuCache, Cpus, DrainSink, Drained, MagazineSlot, Patience, PopError, Search, cache,
};
use crate::clock;
use crate::depot::magazine::{CAPACITY, Magazine};
use crate::sync::yield_now;
pub(crate) use registration::{cpus_online, prepare, support};
use stop::NotStopped;
use table::AlignedCache;
pub(crate) use table::{Checks, Entered, Storage, Table};

/// Nanoseconds between two polite steals, at least. Without it, a thread that only pops and one that
/// only pushes would pass each object by interrupting the other's CPU (about a microsecond); creating
/// objects instead fills the magazines until the depot passes them on.
///
/// Other CPUs are left no more than one magazine for each CPU online, whatever the search: objects
/// created while others were idle stay within that bound.
const STEAL_GAP: u64 = 20_000;

/// Attempts to stop a cache, with a yield between them.
const ATTEMPTS: usize = 100;

/// A pool's table and its storage: the caches as any thread sees them.
pub(crate) struct RseqView<'a> {
    pub(crate) table: &'a Table,
    pub(crate) storage: &'a Storage,
}

impl RseqView<'_> {
    fn entered(&self) -> Entered<'_> {
        Entered {
            caches: self.storage.caches,
            active: &self.table.active,
        }
    }

    /// Calls `work` with every cache that has something, one after the other, each while it is stopped;
    /// leaves out those that other threads keep stopped. All other caches are in use meanwhile.
    fn each_stopped(&self, patience: Patience, mut work: impl FnMut(&CpuCache)) {
        let mut used = self.storage.cpus_in_use().peekable();
        if patience == Patience::Some && used.peek().is_some() {
            // A thread at the start of its time slice is least likely to be preempted as the holder.
            yield_now();
        }
        for cpu in used {
            self.with_stopped(cpu, patience, &mut work);
        }
    }

    /// Calls `work` with the cache of `cpu` while it is stopped; not if another thread keeps it stopped.
    fn with_stopped(&self, cpu: usize, patience: Patience, mut work: impl FnMut(&CpuCache)) {
        patience.attempts(ATTEMPTS, || match self.storage.stop(cpu) {
            Ok(stopped) => {
                work(stopped.cache());
                true
            }
            Err(why) => why == NotStopped::Refused,
        });
    }

    /// Publishes a table that the parent's threads had not, and starts the calling thread's cache if one of
    /// them had stopped it. In a forked child.
    #[cold]
    fn resume_orphaned(&self) {
        if self.table.active.load(Ordering::Relaxed) != self.storage.usable {
            self.table.publish(self.storage);
        }
        self.storage.resume_orphaned(self.here());
    }

    /// Moves all that is in `cache`, which is stopped (R2), to `sink`.
    fn drain(cache: &CpuCache, sink: &mut dyn DrainSink) {
        for slot in [MagazineSlot::Previous, MagazineSlot::Loaded] {
            let magazine = cache.magazine_slot(slot).load(Ordering::Relaxed);
            if cache::count(magazine) > 0 {
                cache
                    .magazine_slot(slot)
                    .store(ptr::null_mut(), Ordering::Relaxed);
                sink.put(Drained::Magazine(magazine));
            }
        }
        cache.drain_private(sink);
    }
}

impl Cpus for RseqView<'_> {
    fn pop(&self) -> *mut () {
        self.entered().pop()
    }

    fn push(&self, object: *mut ()) -> bool {
        self.entered().push(object)
    }

    fn swap(&self, slot: MagazineSlot, new: *mut Magazine) -> Result<*mut Magazine, Busy> {
        let offset = match slot {
            MagazineSlot::Loaded => core::mem::offset_of!(CpuCache, loaded),
            MagazineSlot::Previous => core::mem::offset_of!(CpuCache, previous),
        };
        // SAFETY: R1 and C2; the caller owns `new` (M1).
        let old = unsafe {
            section::swap(
                self.storage.caches.as_ptr(),
                &self.table.active,
                registration::offset(),
                offset,
                new,
            )
        };
        old.ok_or_else(|| {
            self.resume_orphaned();
            Busy
        })
    }

    #[cold]
    fn steal(&self, search: Search, sink: &mut dyn DrainSink) -> Result<(), PopError> {
        let (here, count) = (self.here(), self.count());
        // The neighbour first, this CPU last: an object may have been returned to it since it was
        // found empty.
        let mut found = (1..=count)
            .map(|step| (here + step) % count)
            .map(|cpu| (cpu, self.cache(cpu).count()))
            .filter(|&(_, count)| count > 0)
            .peekable();
        if found.peek().is_none() {
            return Ok(());
        }
        let now = clock::exact();
        let last = self.storage.stolen.load(Ordering::Relaxed);
        if search == Search::Polite && now.saturating_sub(last) < STEAL_GAP {
            let idle: usize = found.clone().map(|(_, idle)| idle).sum();
            if idle <= self.storage.online * CAPACITY {
                return Err(PopError::NotStolen);
            }
        }
        let mut error = PopError::Contended;
        for (victim, _) in found {
            match self.storage.stop(victim) {
                Ok(stopped) => {
                    self.storage.stolen.store(now, Ordering::Relaxed);
                    Self::drain(stopped.cache(), sink);
                    return Ok(());
                }
                Err(NotStopped::Held) => {}
                Err(NotStopped::Refused) => error = PopError::NotStolen,
            }
        }
        Err(error)
    }

    fn drain_all(&self, patience: Patience, sink: &mut dyn DrainSink) {
        self.each_stopped(patience, |cache| Self::drain(cache, sink));
    }

    fn reset_after_fork(&self) {
        self.resume_orphaned();
        self.storage.reset_after_fork();
    }

    fn drain_for_sweep(
        &self,
        patience: Patience,
        sink: &mut dyn DrainSink,
        unused: &mut dyn DrainSink,
    ) {
        for cpu in self.storage.cpus_in_use() {
            let was_asked = self.storage.is_asked(cpu);
            let sink: &mut dyn DrainSink = match was_asked {
                true => unused,
                false => sink,
            };
            if cpu == self.here()
                && let Some(own) = self.storage.stop_own(&self.table.active)
            {
                Self::drain(own.cache(), sink);
            } else if was_asked {
                self.with_stopped(cpu, patience, |cache| Self::drain(cache, sink));
            } else {
                self.storage.ask(cpu);
            }
        }
    }

    fn is_asked(&self) -> bool {
        self.storage.is_asked(self.here())
    }

    fn answer(&self, sink: &mut dyn DrainSink) {
        if let Some(own) = self.storage.stop_own(&self.table.active) {
            Self::drain(own.cache(), sink);
        }
    }

    unsafe fn drain_all_alone(&self, sink: &mut dyn DrainSink) {
        // No fence: by the caller's promise no section is under way.
        self.caches().for_each(|cache| Self::drain(cache, sink));
    }

    fn trim(
        &self,
        patience: Patience,
        sink: &mut dyn DrainSink,
        drops: Option<&dyn Fn(*mut ()) -> bool>,
    ) {
        self.each_stopped(patience, |cache| cache.trim(sink, drops));
    }

    fn is_stopped(&self) -> bool {
        self.storage.has_stopped()
    }

    fn count(&self) -> usize {
        self.storage.caches().len()
    }

    fn cache(&self, number: usize) -> &CpuCache {
        &self.storage.caches()[number].cache
    }

    fn here(&self) -> usize {
        self.storage.current_cpu() % self.count()
    }
}

/// Critical sections of this process that the kernel has restarted.
pub(crate) fn restarts() -> u64 {
    section::RESTARTS.load(Ordering::Relaxed)
}
