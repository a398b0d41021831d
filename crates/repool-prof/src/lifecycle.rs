//! Records the allocation, resize and free of a sampled block.
//!
//! Called by the slow paths of the hook (`alloc`). Takes the stack from `unwind`, counts it in the
//! running profiler's store (`store`, entered through `session`), and keeps the block in the table
//! of live sampled blocks (`blocks`) until it is freed.

use std::hint::black_box;

use crate::blocks::{self, Block};
use crate::session::{Session, SessionGuard};
use crate::snapshot::Frame;
use crate::thread::{self, Thread};
use crate::{clock, hook_functions, sampler, unwind};

/// Records that a sampled block of `size` bytes was allocated at `address`; `grown` if by a resize
/// of another block.
#[cold]
#[inline(never)]
pub(crate) fn record_alloc(address: usize, size: usize, grown: bool) {
    // Skips what a signal handler allocates while it interrupts the profiler on this thread.
    thread::unless_busy(|thread| record_alloc_unless_busy(thread, address, size as u64, grown));
}

fn record_alloc_unless_busy(thread: &Thread, address: usize, size: u64, grown: bool) {
    if thread.is_probing() {
        // The result is used, so that the compiler emits a call. A tail jump would remove this
        // function from the stack that the probe records.
        black_box(hook_functions::note());
        return;
    }
    let Some(session) = SessionGuard::enter() else {
        return;
    };
    // Skips a sample that was drawn in an earlier session, perhaps at another rate, or before a
    // pause: its weight would be wrong.
    if !sampler::is_current(&thread.gap) {
        return;
    }
    let mut frames = [Frame::default(); unwind::DEPTH];
    let depth = unwind::capture(&mut frames);
    let store = &session.store;
    let site = store.record_alloc(&frames[..depth], size, grown, blocks::bytes());
    let block = Block {
        size,
        site,
        session: session.number,
        thread: thread::number(),
        time: clock::now(),
        thread_bytes: thread::bytes(),
        program_bytes: store.allocated(),
    };
    let most = store.limit().saturating_sub(store.memory());
    if !blocks::add(address, &block, most) {
        store.record_lost(site, size, grown);
    }
}

/// Puts a block back into the table that [`remove`] took out, because its resize failed and the
/// block stays as it was.
#[cold]
pub(crate) fn reinsert(address: usize, block: &Block) {
    // The guard lives until the block is added: the table may be cleared between sessions.
    let Some(session) = SessionGuard::enter() else {
        return;
    };
    if session.number != block.session {
        return;
    }
    if !blocks::add(address, block, usize::MAX) {
        record_removed(block);
    }
}

/// Records that the block at `address` is about to be freed, if it was sampled.
///
/// Must be called before the block is freed: afterwards the allocator may return the same address
/// to another thread at once.
#[cold]
#[inline(never)]
pub(crate) fn record_free(address: usize) {
    let session = SessionGuard::enter();
    let block = blocks::remove(address, session.is_some());
    if let (Some(session), Some(block)) = (session, block) {
        record_free_in(&session, &block);
    }
}

/// Takes the block at `address`, which is about to be resized, out of the table if it was sampled.
/// After the resize the caller passes it to [`record_removed`], or to [`reinsert`] if the resize
/// failed.
#[cold]
pub(crate) fn remove(address: usize) -> Option<Block> {
    let session = SessionGuard::enter();
    blocks::remove(address, session.is_some())
}

/// Records the free of a block that [`remove`] took out of the table.
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
    let elsewhere = thread::number() != block.thread;
    let bytes = if elsewhere {
        session
            .store
            .allocated()
            .saturating_sub(block.program_bytes)
    } else {
        // The difference is negative if the allocator just refused a request of this thread.
        thread::bytes().saturating_sub(block.thread_bytes)
    };
    let time = clock::now().saturating_sub(block.time);
    session
        .store
        .record_free(block.site, block.size, elsewhere, time, bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Site;

    #[test]
    fn a_block_of_another_session_is_not_reinserted() {
        let site = Site {
            stack: 1,
            record: 2,
        };
        let block = Block {
            size: 10,
            site,
            session: 7, // is over
            thread: 4,
            time: 5,
            thread_bytes: 6,
            program_bytes: 7,
        };
        let address = 0x2000_0000_0000;
        reinsert(address, &block);
        assert_eq!(remove(address), None);
    }
}
