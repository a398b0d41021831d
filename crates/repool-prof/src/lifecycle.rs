//! Records the allocation, resize and free of a sampled block.
//!
//! The slow paths of the allocation hook ([`alloc`](crate::alloc)) call these functions. An allocation's
//! stack comes from [`unwind`] and is counted in the [`store`](crate::store) of the running
//! [`session`](crate::session). A sampled block is in the table of live sampled blocks
//! ([`blocks`]) until it is freed.

use std::hint::black_box;

use crate::blocks::{self, Block};
use crate::session::{Session, SessionGuard};
use crate::snapshot::Frame;
use crate::store::{Free, Object, Request};
use crate::thread::{self, Thread};
use crate::{clock, hook_functions, sampler, unwind};

/// Records that a sampled block was allocated at `address`. If a resize of a sampled block allocated
/// it, that block is `replaced`.
#[cold]
#[inline(never)]
pub(crate) fn record_alloc(address: usize, request: &Request, replaced: Option<&Block>) {
    // Skips an allocation by a signal handler that interrupted the profiler on this thread.
    thread::unless_busy(|thread| record_alloc_on(thread, address, request, replaced));
}

/// [`record_alloc`] on a thread that is not already inside the profiler.
fn record_alloc_on(thread: &Thread, address: usize, request: &Request, replaced: Option<&Block>) {
    if thread.is_probing() {
        // The probe records the stack of the hook's own functions, and no allocation. `black_box`
        // uses the result, because the compiler could otherwise emit a tail jump, which would remove
        // this function from that stack.
        black_box(hook_functions::note());
        return;
    }
    let Some(session) = SessionGuard::enter() else {
        return;
    };
    // Skips a sample whose gap was drawn in an earlier session, perhaps at another rate, or before
    // profiling was paused: its weight would be wrong.
    if !sampler::is_current(&thread.gap) {
        return;
    }
    let mut frames = [Frame::default(); unwind::DEPTH];
    let depth = unwind::capture(&mut frames);
    let store = &session.store;
    let size = request.size;
    let site = store.site(&frames[..depth], size, blocks::bytes());
    let replaced = replaced.filter(|block| block.session == session.number);
    let object = Object {
        origin: replaced.map_or(site.stack, |block| block.object.origin),
        thread: thread::number(),
    };
    let block = Block {
        size,
        site,
        object,
        session: session.number,
        time: clock::now(),
        thread_bytes: thread::bytes(),
        program_bytes: store.allocated_with(site, size),
    };
    if blocks::add(address, &block, store.limit_of_blocks()) {
        store.record_alloc(site, request, object, blocks::bytes());
    } else {
        // The block's free would not be seen.
        store.record_lost(site, request);
    }
}

/// Puts a block that [`remove`] returned back into the table. For a block whose resize failed: it is
/// still at `address` and has its old size.
#[cold]
pub(crate) fn reinsert(address: usize, block: &Block) {
    // The guard lives until the block is added, because the table may be cleared between sessions.
    let Some(session) = SessionGuard::enter() else {
        return;
    };
    if session.number != block.session {
        return;
    }
    // Without a memory limit, because the block was in the table before.
    if !blocks::add(address, block, usize::MAX) {
        // The block's free would not be seen.
        session
            .store
            .record_lost_later(block.site, block.size, block.object);
    }
}

/// Records that the block at `address` is about to be freed, if it was sampled.
///
/// Must be called before the block is freed, because the allocator may then return the same address
/// to another thread immediately.
#[cold]
#[inline(never)]
pub(crate) fn record_free(address: usize) {
    let session = SessionGuard::enter();
    let block = blocks::remove(address, session.is_some());
    if let (Some(session), Some(block)) = (session, block) {
        record_free_in(&session, &block);
    }
}

/// Removes the block at `address`, which is about to be resized, from the table, and returns it if it
/// was sampled. After the resize, the caller passes the block to [`record_removed`], or to
/// [`reinsert`] if the resize failed.
#[cold]
pub(crate) fn remove(address: usize) -> Option<Block> {
    let session = SessionGuard::enter();
    blocks::remove(address, session.is_some())
}

/// Records the free of a block that [`remove`] returned.
#[cold]
pub(crate) fn record_removed(block: &Block) {
    if let Some(session) = SessionGuard::enter() {
        record_free_in(&session, block);
    }
}

/// Records a free in `session`, unless the block was sampled in another session.
fn record_free_in(session: &Session, block: &Block) {
    if session.number != block.session {
        return;
    }
    let is_other_thread = thread::number() != block.object.thread;
    // The bytes that were allocated during the block's lifetime: by this thread if it allocated the
    // block too, else by the whole program.
    let bytes = if is_other_thread {
        session
            .store
            .allocated()
            .saturating_sub(block.program_bytes)
    } else {
        // Saturates, because the thread's count decreases when the allocator refuses a request that
        // was counted in advance.
        thread::bytes().saturating_sub(block.thread_bytes)
    };
    let free = Free {
        is_other_thread,
        time: clock::now().saturating_sub(block.time),
        bytes,
    };
    session
        .store
        .record_free(block.site, block.size, block.object, &free, blocks::bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Site;

    #[test]
    fn a_block_of_an_ended_session_is_not_reinserted() {
        let site = Site {
            stack: 1,
            record: 2,
        };
        let block = Block {
            size: 10,
            site,
            object: Object {
                origin: 1,
                thread: 4,
            },
            session: 7, // No session has this number.
            time: 5,
            thread_bytes: 6,
            program_bytes: 7,
        };
        let address = 0x2000_0000_0000;
        reinsert(address, &block);
        assert_eq!(remove(address), None);
    }
}
