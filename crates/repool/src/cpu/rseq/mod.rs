//! A cache for each CPU, changed in restartable sequences.
//!
//! The [`Table`] is in the pool itself, where the fast path reads it; its [`Storage`] is made when the
//! pool is first used. [`section`] has the sequences, [`registration`] what they need of the system, and
//! [`own_cpu`] what a thread can do that has the storage but not the table.
//!
//! **R1.** `Table::caches`, once not null, points to `Storage::count` caches that live as long as the
//! pool; `Table::active` is that number or 0.
//!
//! **R2.** A thread that has changed `Storage::holder` from 0 to the process's identity may stop the
//! table by setting `active` to 0; after a fence that restarts the sections of a CPU, the holder alone
//! has that CPU's cache, until `active` is set again. Other threads meanwhile use the depot; none waits.
//!
//! **R3.** The holder may also leave the table running and change its own CPU's cache by sections that
//! read an `active` of their own. They exclude that CPU's other sections as any two sections do, and no
//! other thread can stop the table meanwhile. So [`OwnCpu`](own_cpu::OwnCpu) needs the storage alone,
//! not the table, which is in the pool and moves with it.

mod own_cpu;
mod registration;
mod section;
mod table;

use core::ptr;
use core::sync::atomic::Ordering;

use super::{
    Busy, CpuCache, Cpus, DrainSink, Drained, MagazineSlot, Patience, PopError, Search, cache,
};
use crate::clock;
use crate::depot::magazine::{CAPACITY, Magazine};
use crate::process;
use crate::sync::yield_now;
pub(crate) use registration::{cpus_online, prepare, support};
use table::{AlignedCache, NOT_STOPPED};
pub(crate) use table::{Checks, Entered, Storage, Table};

/// Nanoseconds between two polite steals, at least. Without it, a thread that only pops and one that
/// only pushes would pass each object by interrupting the other's CPU (about a microsecond); creating
/// objects instead fills the magazines until the depot passes them on.
///
/// Other CPUs are left no more than one magazine for each CPU online, whatever the search: objects
/// created while others were idle stay within that bound.
const STEAL_GAP: u64 = 20_000;

/// Attempts to stop the table, with a yield between them.
const ATTEMPTS: usize = 100;

impl Table {
    /// Starts the table for the first time.
    pub(crate) fn publish(&self, storage: &Storage) {
        drop(Stopped {
            table: self,
            storage,
        });
    }
}

/// The table, stopped by this thread (R2); runs again when dropped.
struct Stopped<'a> {
    table: &'a Table,
    storage: &'a Storage,
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        // Not only in `publish`: a forked child may lack the thread that was about to publish.
        let caches = self.storage.caches.as_ptr();
        if !self.storage.checks.pops {
            self.table.caches.store(caches, Ordering::Release);
        }
        if !self.storage.checks.returns {
            self.table.unchecked.store(caches, Ordering::Release);
        }
        self.table
            .active
            .store(self.storage.usable, Ordering::Release);
        self.storage.holder.store(0, Ordering::Release);
    }
}

/// A pool's table and its storage: the caches as any thread sees them.
pub(crate) struct RseqView<'a> {
    pub(crate) table: &'a Table,
    pub(crate) storage: &'a Storage,
}

impl<'a> RseqView<'a> {
    /// Stops the table; `None` if another thread is the holder.
    fn stop(&self) -> Option<Stopped<'a>> {
        let here = process::id();
        let holder = &self.storage.holder;
        let free = holder.compare_exchange(0, here, Ordering::Acquire, Ordering::Relaxed);
        if let Err(other) = free {
            // A holder with another process's identity is a thread of the parent, which this forked
            // child does not have: replace it.
            let orphaned = other & !NOT_STOPPED != here
                && holder
                    .compare_exchange(other, here, Ordering::Acquire, Ordering::Relaxed)
                    .is_ok();
            if !orphaned {
                return None;
            }
        }
        self.table.active.store(0, Ordering::SeqCst);
        Some(Stopped {
            table: self.table,
            storage: self.storage,
        })
    }

    fn entered(&self) -> Entered<'_> {
        Entered {
            caches: self.storage.caches,
            active: &self.table.active,
        }
    }

    /// Calls `work` with every cache while the table is stopped and fenced; gives up if other threads
    /// keep it stopped.
    fn each_stopped(&self, patience: Patience, mut work: impl FnMut(&CpuCache)) {
        // No fence if there is nothing to find.
        if !self.has_any() {
            return;
        }
        if patience == Patience::Some {
            // A thread at the start of its time slice is least likely to be preempted as the holder.
            yield_now();
        }
        patience.attempts(ATTEMPTS, || {
            let stopped = self.stop();
            if stopped.is_some() && registration::restart_sections(None) {
                self.caches().for_each(&mut work);
            }
            stopped.is_some()
        });
    }

    /// Starts a table that a fork copied while it was stopped.
    #[cold]
    fn resume_orphaned(&self) {
        let holder = self.storage.holder.load(Ordering::Relaxed);
        if holder != 0 && holder & !NOT_STOPPED != process::id() {
            drop(self.stop());
        }
    }

    /// Moves all that is in `cache` to `sink`. For the holder, after a fence (R2).
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
            .filter(|&(_, count)| count > 0);
        let Some((victim, idle)) = found.next() else {
            return Ok(());
        };
        let now = clock::exact();
        let last = self.storage.stolen.load(Ordering::Relaxed);
        if search == Search::Polite && now.saturating_sub(last) < STEAL_GAP {
            let mut room = (self.storage.online * CAPACITY).checked_sub(idle);
            for (_, idle) in found {
                room = room.and_then(|room| room.checked_sub(idle));
            }
            if room.is_some() {
                return Err(PopError::NotStolen);
            }
        }
        let Some(_stopped) = self.stop() else {
            return Err(PopError::Contended);
        };
        self.storage.stolen.store(now, Ordering::Relaxed);
        if !registration::restart_sections(Some(victim)) {
            return Err(PopError::NotStolen);
        }
        Self::drain(self.cache(victim), sink);
        Ok(())
    }

    fn drain_all(&self, patience: Patience, sink: &mut dyn DrainSink) {
        self.each_stopped(patience, |cache| Self::drain(cache, sink));
    }

    fn reset_after_fork(&self) {
        self.resume_orphaned();
        self.storage.reset_in_flight();
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
        self.table.active.load(Ordering::Relaxed) != self.storage.usable
    }

    fn count(&self) -> usize {
        self.storage.caches().len()
    }

    fn cache(&self, number: usize) -> &CpuCache {
        &self.storage.caches()[number].0
    }

    fn here(&self) -> usize {
        // SAFETY: the offset is set before there is a storage.
        let cpu = unsafe { section::current_cpu(registration::offset()) };
        cpu as usize % self.count()
    }
}

/// Critical sections of this process that the kernel has restarted.
pub(crate) fn restarts() -> u64 {
    section::RESTARTS.load(Ordering::Relaxed)
}
