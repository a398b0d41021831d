//! No pool and no allocator: what a handoff costs when the buffers are simply there.
//!
//! A ring of buffers goes round. Both sides touch a buffer just as with the rivals, so that what
//! is subtracted is the channel and the journey of the buffer's own cache line.

use std::cell::Cell;
use std::sync::LazyLock;

use crate::rival::{Rival, buffer};

/// More than are ever on their way, so that a buffer comes round only when it is free again.
const RING: usize = 1024;

/// A buffer on a cache line of its own.
#[repr(align(64))]
struct Line(Vec<u8>);

/// The buffers, leaked: shared by hand.
struct Ring(Vec<*mut Line>);

// SAFETY: a buffer is touched by the thread that holds its `Turn`, and turns of one buffer are a
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

/// The channel alone, with buffers that go round.
pub struct Channel;

/// One buffer's turn.
pub struct Turn(*mut Line);

// SAFETY: see `Ring`.
unsafe impl Send for Turn {}

impl Rival for Channel {
    const NAME: &'static str = "the channel alone";
    type Held = Turn;

    #[inline(always)]
    fn take() -> Turn {
        let next = NEXT.get();
        NEXT.set((next + 1) % RING);
        Turn(BUFFERS.0[next])
    }

    #[inline(always)]
    fn bytes(held: &mut Turn) -> *mut u8 {
        // SAFETY: leaked, and this turn's alone.
        unsafe { (*held.0).0.as_mut_ptr() }
    }

    #[inline(always)]
    fn give(held: Turn) {
        // SAFETY: as in `bytes`.
        unsafe { (*held.0).0.clear() }
    }
}
