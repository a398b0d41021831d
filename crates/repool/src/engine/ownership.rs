//! Which process owns a pool's caches and depot, and how a forked child claims them.
//!
//! A forked child has a copy of the pool, but magazines that the parent's threads had taken out at the
//! fork are in no place where it would find them. The first thread of the child that would move a
//! magazine claims the pool: it recovers those magazines, and drops all objects if the pool has
//! `drop_on_fork`. Until it is done, other threads of the child move no magazine. Calls claim in
//! [`sweep`](super::sweep), the process's sweeper in [`visit`](super::visit).

use core::sync::atomic::{AtomicU32, Ordering};

use crate::process;

/// The owner of a pool.
pub(crate) struct Owner {
    /// Identity of the process that owns the pool.
    process: AtomicU32,
    /// Identity of the process that has a thread claiming the pool, or 0.
    claimant: AtomicU32,
}

/// Whether a thread may move a pool's magazines.
pub(crate) enum Ownership<'a> {
    /// It may: the pool is this process's.
    Ours,
    /// It may, after it has recovered what the parent left and [finished](ForkClaim::finish) the claim:
    /// until then, no other thread of this process moves magazines.
    Inherited(ForkClaim<'a>),
    /// It may not: another thread is claiming the pool.
    BeingClaimed,
}

/// The right to recover a pool in a forked child. If it is dropped before it is finished, the next call
/// claims the pool again.
pub(crate) struct ForkClaim<'a> {
    owner: &'a Owner,
    here: u32,
}

impl Owner {
    /// This process.
    pub(crate) fn new() -> Self {
        Owner {
            process: AtomicU32::new(process::id()),
            claimant: AtomicU32::new(0),
        }
    }

    /// Whether the pool is this process's, without a claim.
    #[inline]
    pub(crate) fn is_current(&self) -> bool {
        // Acquire: sees what the claimant did.
        self.process.load(Ordering::Acquire) == process::id()
    }

    /// Whether the calling thread may move magazines; claims the pool if it is a parent's.
    #[inline]
    pub(crate) fn ownership(&self) -> Ownership<'_> {
        match self.is_current() {
            true => Ownership::Ours,
            false => self.claim(),
        }
    }

    #[cold]
    fn claim(&self) -> Ownership<'_> {
        let here = process::id();
        let claimant = self.claimant.load(Ordering::Relaxed);
        let first = claimant != here
            && self
                .claimant
                .compare_exchange(claimant, here, Ordering::Acquire, Ordering::Relaxed)
                .is_ok();
        if !first {
            return Ownership::BeingClaimed;
        }
        let claim = ForkClaim { owner: self, here };
        // Another thread may have finished its claim after the owner was read.
        match self.process.load(Ordering::Acquire) == here {
            true => Ownership::Ours,
            false => Ownership::Inherited(claim),
        }
    }
}

impl ForkClaim<'_> {
    /// Whether the calling process is the claimant: not in a child that the user's code forked meanwhile.
    pub(crate) fn is_current(&self) -> bool {
        process::id() == self.here
    }

    /// Makes this process the owner.
    pub(crate) fn finish(self) {
        self.owner.process.store(self.here, Ordering::Release);
    }
}

impl Drop for ForkClaim<'_> {
    fn drop(&mut self) {
        // Fails if another process has become the claimant.
        let _ = self.owner.claimant.compare_exchange(
            self.here,
            0,
            Ordering::Release,
            Ordering::Relaxed,
        );
    }
}
