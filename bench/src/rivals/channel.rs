//! The baseline of the handoff: a channel without a pool or an allocator.
//!
//! Buffers are taken from a ring in turn. Both sides touch a buffer as with the rivals, so that the
//! baseline is the cost of the channel and of moving the buffer's cache line.

use std::cell::Cell;
use std::sync::LazyLock;

use crate::rival::{Rival, buffer};

/// More buffers than are ever in flight, so that a buffer is free again before its next turn.
const RING: usize = 1024;

/// A buffer on a cache line of its own.
#[repr(align(64))]
struct Line(Vec<u8>);

/// The buffers, leaked, and shared by the protocol of turns.
struct Ring(Vec<*mut Line>);

// SAFETY: only the thread that holds a buffer's `Turn` touches it, and two turns of one buffer are a
// whole ring apart.
unsafe impl Send for Ring {}
// SAFETY: as above.
unsafe impl Sync for Ring {}

static BUFFERS: LazyLock<Ring> = LazyLock::new(|| {
    let make = |_| Box::into_raw(Box::new(Line(buffer())));
    Ring((0..RING).map(make).collect())
});

thread_local! {
    static NEXT: Cell<usize> = const { Cell::new(0) };
}

/// The channel alone, with buffers of the ring.
pub struct Channel;

/// The right to use one buffer of the ring.
pub struct Turn(*mut Line);

// SAFETY: see `Ring`.
unsafe impl Send for Turn {}

impl Rival for Channel {
    const NAME: &'static str = "the channel alone";
    type Held = Turn;

    #[inline(always)]
    fn get() -> Turn {
        let next = NEXT.get();
        NEXT.set((next + 1) % RING);
        Turn(BUFFERS.0[next])
    }

    #[inline(always)]
    fn bytes(held: &mut Turn) -> *mut u8 {
        // SAFETY: the buffer is leaked, and only this turn uses it.
        unsafe { (*held.0).0.as_mut_ptr() }
    }

    #[inline(always)]
    fn put(held: Turn) {
        // SAFETY: as in `bytes`.
        unsafe { (*held.0).0.clear() }
    }
}
