//! The beginning and the end of a sampled block.

use std::hint::black_box;

use crate::blocks::{self, Block};
use crate::session::{Session, SessionGuard};
use crate::snapshot::Frame;
use crate::thread::{self, Thread};
use crate::{clock, hook_functions, sampler, unwind};

/// A sampled block of `size` bytes came to life at `address`; `grown` if by a resize of another.
#[cold]
#[inline(never)]
pub(crate) fn record_alloc(address: usize, size: usize, grown: bool) {
    // Not for what a signal handler allocates while its thread is in here already.
    thread::unless_busy(|thread| record_alloc_unless_busy(thread, address, size as u64, grown));
}

fn record_alloc_unless_busy(thread: &Thread, address: usize, size: u64, grown: bool) {
    if thread.is_probing() {
        // Used, so that the call is no jump, which would take this function off the stack.
        black_box(hook_functions::note());
        return;
    }
    let Some(session) = SessionGuard::enter() else {
        return;
    };
    // In the session before, perhaps at another rate, or before a pause: it does not stand for
    // what a sample of this one does.
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

/// A block that was [taken](take) is as it was, since there was no memory.
#[cold]
pub(crate) fn reinsert(address: usize, block: &Block) {
    // The visit lasts until the block is added: the table may be given back between sessions.
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

/// The block at `address` is about to be freed; it may be a sampled one.
///
/// To be called before it is: after that the address may be another block's at once.
#[cold]
#[inline(never)]
pub(crate) fn record_free(address: usize) {
    let session = SessionGuard::enter();
    let block = blocks::remove(address, session.is_some());
    if let (Some(session), Some(block)) = (session, block) {
        record_free_in(&session, &block);
    }
}

/// What is known of the block at `address`, which is about to be resized, if it was sampled. Its
/// resizer then says whether it [ends](end) or [goes on](go_on).
#[cold]
pub(crate) fn remove(address: usize) -> Option<Block> {
    let session = SessionGuard::enter();
    blocks::remove(address, session.is_some())
}

/// A block that was [taken](take) ends.
#[cold]
pub(crate) fn record_removed(block: &Block) {
    if let Some(session) = SessionGuard::enter() {
        record_free_in(&session, block);
    }
}

/// A block that is out of the table ends while this session runs, which need not be its own.
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
        // Less than then, if what the thread was just asking for was refused.
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
    fn a_block_goes_on_in_its_own_session_only() {
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
