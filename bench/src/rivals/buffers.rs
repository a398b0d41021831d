//! repool for buffers of any size: a `static` `BufPool`.

use crate::rival::SizedRival;
use repool::{BufPool, PooledBuf};

static BUFS: BufPool = BufPool::new();

/// One static pool of buffers.
pub struct Buffers;

impl SizedRival for Buffers {
    const NAME: &'static str = "repool BufPool";
    type Held = PooledBuf<'static>;

    #[inline(always)]
    fn get(size: usize) -> Self::Held {
        BUFS.get(size)
    }

    #[inline(always)]
    fn bytes(held: &mut Self::Held) -> *mut u8 {
        held.as_mut_ptr()
    }

    #[inline(always)]
    fn put(held: Self::Held) {
        drop(held);
    }
}
