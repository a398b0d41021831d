//! The used pools of this process: a list through their heap parts, for the process's sweeper.
//!
//! A pool joins when its heap part is made, and leaves before it is emptied and freed. One lock covers
//! the list. It is held while pointers are moved, never while the user's code runs, because that code may
//! drop a pool. The exception is a global allocator that uses pools: it runs under the lock, which its
//! thread may take again.
//!
//! **G1.** A core in the list is alive while the lock is held: its pool takes it out under the lock
//! before it frees it. The list's links are read and written under the lock only.
//!
//! **G2.** At every instant the list can be followed forward: a core's `next` is set before the store
//! that links the core, and one store takes a core out. So a forked child has the list that its parent
//! had, and takes over the lock if it was copied while held; it sets every `previous` again then.

use core::cell::Cell;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};
use core::time::Duration;
use std::thread;

use super::core::Core;
use crate::process;

/// A core's place in the list: 24 bytes.
pub(crate) struct Link {
    next: AtomicPtr<Core>,
    previous: AtomicPtr<Core>,
    joined: AtomicBool,
    /// Whether the current round includes this pool.
    pub(super) in_round: AtomicBool,
}

impl Link {
    pub(crate) const fn new() -> Self {
        Link {
            next: AtomicPtr::new(ptr::null_mut()),
            previous: AtomicPtr::new(ptr::null_mut()),
            joined: AtomicBool::new(false),
            in_round: AtomicBool::new(false),
        }
    }

    /// Whether the core is in the list; a guess.
    pub(super) fn has_joined(&self) -> bool {
        self.joined.load(Ordering::Relaxed)
    }
}

/// The identity of the process a thread of which has the lock, or 0.
static HOLDER: AtomicU32 = AtomicU32::new(0);
static HEAD: AtomicPtr<Core> = AtomicPtr::new(ptr::null_mut());
/// The core that the round under way comes to next, or null.
static CURSOR: AtomicPtr<Core> = AtomicPtr::new(ptr::null_mut());
/// The identity of the process that has a sweeper for all pools, or 0.
static SWEEPER: AtomicU32 = AtomicU32::new(0);

thread_local! {
    /// Whether this thread has the lock. Without a destructor, so that it can be read while thread-locals
    /// are destroyed.
    static HOLDS: Cell<bool> = const { Cell::new(false) };
}

/// Yields to the holder before a thread sleeps between attempts.
const YIELDS: usize = 100;
const SLEEP: Duration = Duration::from_micros(50);

/// The lock, held by this thread.
struct ListGuard {
    /// Whether this thread had it before.
    again: bool,
}

impl Drop for ListGuard {
    fn drop(&mut self) {
        if !self.again {
            HOLDS.set(false);
            // Release: the next holder sees what this one did.
            HOLDER.store(0, Ordering::Release);
        }
    }
}

/// Waits for the lock. `None` in a forked child whose copy of the lock is held, if identities are
/// uncertain: the holder may be a thread of this process, and the list cannot be used any more.
fn lock() -> Option<ListGuard> {
    let here = process::id();
    if HOLDS.get() && HOLDER.load(Ordering::Relaxed) == here {
        return Some(ListGuard { again: true });
    }
    let mut waits = 0;
    loop {
        let holder = HOLDER.load(Ordering::Relaxed);
        let orphaned = holder != 0 && holder != here;
        if orphaned && !process::is_certain() {
            return None;
        }
        if holder != here
            && HOLDER
                .compare_exchange(holder, here, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
        {
            HOLDS.set(true);
            if orphaned {
                repair();
            }
            return Some(ListGuard { again: false });
        }
        waits += 1;
        match waits < YIELDS {
            true => thread::yield_now(),
            false => sleep(),
        }
    }
}

/// Lets a holder of lower real-time priority run, which yielding does not.
#[cold]
#[allow(clippy::disallowed_methods)] // a back-off, on which no order relies
fn sleep() {
    thread::sleep(SLEEP);
}

/// Sets every `previous` of the list again (G2). For the holder.
#[cold]
fn repair() {
    CURSOR.store(ptr::null_mut(), Ordering::Relaxed);
    let (mut before, mut at) = (ptr::null_mut(), HEAD.load(Ordering::Acquire));
    // SAFETY: G1, and G2: the list was whole at the instant of the fork.
    while let Some(core) = unsafe { at.as_ref() } {
        core.link.previous.store(before, Ordering::Relaxed);
        (before, at) = (at, core.link.next.load(Ordering::Acquire));
    }
}

/// Adds a pool to the list, once. Its core must not be freed before it [leaves](leave).
#[cold]
pub(super) fn join(core: &Core) {
    let Some(locked) = lock() else { return };
    // Not within a round of this thread, whose allocator uses a pool.
    if locked.again || core.link.has_joined() {
        return;
    }
    let own = ptr::from_ref(core).cast_mut();
    let head = HEAD.load(Ordering::Relaxed);
    // First: in a forked child, a core that is in the list has `joined` set (G2).
    core.link.joined.store(true, Ordering::Release);
    core.link.previous.store(ptr::null_mut(), Ordering::Relaxed);
    core.link.next.store(head, Ordering::Release);
    HEAD.store(own, Ordering::Release);
    // SAFETY: G1.
    if let Some(head) = unsafe { head.as_ref() } {
        head.link.previous.store(own, Ordering::Relaxed);
    }
}

/// Removes a pool from the list; `false` if the core must not be freed. Afterwards no sweeper uses the
/// core.
pub(super) fn leave(core: &Core) -> bool {
    if !core.link.joined.load(Ordering::Acquire) {
        return true;
    }
    let Some(locked) = lock() else { return false };
    if locked.again {
        // In this thread's allocator, within a round that may be at this core.
        return false;
    }
    let own = ptr::from_ref(core).cast_mut();
    let next = core.link.next.load(Ordering::Relaxed);
    let previous = core.link.previous.load(Ordering::Relaxed);
    // SAFETY: G1.
    let (before, after) = unsafe { (previous.as_ref(), next.as_ref()) };
    match before {
        Some(before) => before.link.next.store(next, Ordering::Release),
        // Neither, if a fork came before the core was linked.
        None if HEAD.load(Ordering::Relaxed) == own => HEAD.store(next, Ordering::Release),
        None => {}
    }
    if let Some(after) = after
        && after.link.previous.load(Ordering::Relaxed) == own
    {
        after.link.previous.store(previous, Ordering::Relaxed);
    }
    if CURSOR.load(Ordering::Relaxed) == own {
        CURSOR.store(next, Ordering::Relaxed);
    }
    core.link.joined.store(false, Ordering::Release);
    true
}

/// The right to be the one sweeper for all pools of this process; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Claim(u32);

impl Claim {
    /// `None` while another thread has it. In a forked child it is free: the parent's thread has it.
    pub(crate) fn try_new() -> Option<Self> {
        let here = process::id();
        let owner = SWEEPER.load(Ordering::Relaxed);
        let free = owner != here
            && SWEEPER
                .compare_exchange(owner, here, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok();
        free.then_some(Claim(here))
    }

    /// Moves the cursor to the first pool.
    pub(super) fn rewind(&mut self) {
        if let Some(_locked) = lock() {
            CURSOR.store(HEAD.load(Ordering::Acquire), Ordering::Relaxed);
        }
    }

    /// Calls `work` with some of the pools that are left in this round; `false` if none is left. `work`
    /// returns whether the next pool may follow before the lock is released.
    pub(super) fn visit_some(&mut self, work: &mut dyn FnMut(&Core) -> bool) -> bool {
        let Some(locked) = lock() else { return false };
        if locked.again {
            return false;
        }
        for _ in 0..AT_ONCE {
            // SAFETY: G1: a core that leaves moves the cursor on.
            let Some(core) = (unsafe { CURSOR.load(Ordering::Relaxed).as_ref() }) else {
                return false;
            };
            let next = core.link.next.load(Ordering::Relaxed);
            CURSOR.store(next, Ordering::Relaxed);
            if !work(core) {
                break;
            }
        }
        true
    }
}

/// Pools visited in one hold of the lock, at most: some tens of microseconds.
const AT_ONCE: usize = 32;

impl Drop for Claim {
    fn drop(&mut self) {
        let own = self.0;
        // Fails if the next sweeper of a forked child has it.
        let _ = SWEEPER.compare_exchange(own, 0, Ordering::AcqRel, Ordering::Relaxed);
    }
}
