//! Ours for any size: a `static` pool of buffers.

use crate::rival::OfSize;
use repool::{BufPool, PooledBuf};

static BUFS: BufPool = BufPool::new();

/// One static pool of buffers.
pub struct Buffers;

impl OfSize for Buffers {
    const NAME: &'static str = "repool BufPool";
    type Held = PooledBuf<'static>;

    #[inline(always)]
    fn take(size: usize) -> Self::Held {
        BUFS.get(size)
    }

    #[inline(always)]
    fn bytes(held: &mut Self::Held) -> *mut u8 {
        held.as_mut_ptr()
    }

    #[inline(always)]
    fn give(held: Self::Held) {
        drop(held);
    }
}
