//! How a thread takes over the cache of another CPU for a moment, while all other CPUs go on.
//!
//! **R2.** A thread that has changed a cache's `holder` from 0 to the process's identity is its holder. It
//! marks the private slot, and then restarts the sections of that CPU. If the mark is still there, the
//! cache is stopped: no section changes it until the holder takes the mark away. For a section that began
//! after the mark was visible ends at it (S6); one that had read the slot before either committed before
//! the restart, or was restarted. If that commit was to the private slot, it overwrote the mark, and the
//! holder starts over.
//!
//! The holder may also be on that CPU, and mark the slot in a section of its own. Then it needs no fence:
//! while it ran there, no other section was under way on that CPU, so that each had committed, or restarts.
//!
//! A mark without a holder *asks* for what is cached: the next call on that CPU ends at it, becomes the
//! holder, and drains the cache there. The mark is a hint, for a section may overwrite it: a fence, and the
//! interrupt of a CPU that is at work, would cost more than objects that stay one period longer. A sweep
//! that still finds it one period later knows that no call has used the cache, and stops it by a fence.
//!
//! A section that ends at the mark uses the depot; no thread waits for the holder. TCMalloc stops its
//! per-CPU caches one by one too, also by a fence for one CPU (`TcmallocSlab::StopCpu`).

use core::sync::atomic::{AtomicUsize, Ordering};

use super::table::{AlignedCache, Storage};
use super::{registration, section};
use crate::cpu::CpuCache;
use crate::cpu::cache::{STOPPED, unmarked};
use crate::process;

/// Times that a holder marks a cache before it gives up. Each time, a section of that CPU has to be
/// between its read and its commit of the private slot, two instructions, at the instant of the mark.
const MARKS: usize = 8;

/// Why a cache was not stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotStopped {
    /// Another thread is its holder, or sections overwrote every mark.
    Held,
    /// The system refuses the fence.
    Refused,
}

/// A cache that this thread has stopped (R2); in use again when dropped.
pub(super) struct Stopped<'a>(&'a AlignedCache);

impl Stopped<'_> {
    pub(super) fn cache(&self) -> &CpuCache {
        &self.0.cache
    }
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        self.0.resume();
    }
}

impl AlignedCache {
    fn is_marked(&self) -> bool {
        self.cache.private.load(Ordering::Relaxed).addr() & STOPPED != 0
    }

    fn mark(&self) {
        let mark = |word: *mut ()| Some(word.map_addr(|address| address | STOPPED));
        let _ = self
            .cache
            .private
            .fetch_update(Ordering::SeqCst, Ordering::Relaxed, mark);
    }

    /// Takes the mark away, if it is there. For the holder.
    fn resume(&self) {
        let unmark = |word: *mut ()| (unmarked(word) != word).then(|| unmarked(word));
        // Release: sections see what the holder did.
        let _ = self
            .cache
            .private
            .fetch_update(Ordering::Release, Ordering::Relaxed, unmark);
        self.holder.store(0, Ordering::Release);
    }

    /// Makes the calling thread the holder; `false` if another thread of this process is. A holder with
    /// another process's identity is a thread of the parent, which a forked child does not have.
    fn hold(&self) -> bool {
        let here = process::id();
        let holder = self.holder.load(Ordering::Relaxed);
        holder != here
            && self
                .holder
                .compare_exchange(holder, here, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
    }
}

impl Storage {
    /// Stops the cache of `cpu`.
    pub(super) fn stop(&self, cpu: usize) -> Result<Stopped<'_>, NotStopped> {
        let cache = &self.caches()[cpu];
        if !cache.hold() {
            return Err(NotStopped::Held);
        }
        let stopped = Stopped(cache);
        for _ in 0..MARKS {
            cache.mark();
            if !registration::restart_sections(Some(cpu)) {
                return Err(NotStopped::Refused);
            }
            if cache.is_marked() {
                return Ok(stopped);
            }
        }
        Err(NotStopped::Held)
    }

    /// Stops the cache of `cpu` without a fence, if the calling thread is on it; `None` also if another
    /// thread holds the cache.
    pub(super) fn stop_own(&self, cpu: usize, active: &AtomicUsize) -> Option<Stopped<'_>> {
        let cache = self.caches().get(cpu).filter(|cache| cache.hold())?;
        // SAFETY: R1; the offset is set before there is a storage; this thread is the holder (R2).
        let is_here =
            unsafe { section::mark(self.caches.as_ptr(), active, registration::offset(), cpu) };
        if !is_here {
            // A mark that asks stays.
            cache.holder.store(0, Ordering::Release);
            return None;
        }
        Some(Stopped(cache))
    }

    /// Asks the CPU for what it has cached. Does nothing while another thread holds the cache, and drains it.
    pub(super) fn ask(&self, cpu: usize) {
        let cache = &self.caches()[cpu];
        if cache.hold() {
            cache.mark();
            cache.holder.store(0, Ordering::Release);
        }
    }

    /// Whether the CPU was asked for what it has cached, and has made no call since.
    pub(super) fn is_asked(&self, cpu: usize) -> bool {
        let cache = &self.caches()[cpu];
        cache.is_marked() && cache.holder.load(Ordering::Relaxed) == 0
    }

    /// Whether a thread has stopped a cache.
    pub(super) fn has_stopped(&self) -> bool {
        let is_stopped =
            |cache: &AlignedCache| cache.is_marked() && cache.holder.load(Ordering::Relaxed) != 0;
        self.caches().iter().any(is_stopped)
    }

    /// Starts a cache that a thread of the parent had stopped, in a forked child.
    pub(super) fn resume_orphaned(&self, cpu: usize) {
        let cache = &self.caches()[cpu];
        if cache.holder.load(Ordering::Relaxed) != 0 && cache.hold() {
            cache.resume();
        }
    }

    /// Starts every cache that a thread of the parent had stopped, in a forked child, and resets what it
    /// had in flight.
    pub(crate) fn reset_after_fork(&self) {
        for cpu in 0..self.caches().len() {
            self.resume_orphaned(cpu);
        }
        self.each_cache()
            .for_each(|cache| cache.in_flight.reset_after_fork());
    }
}
