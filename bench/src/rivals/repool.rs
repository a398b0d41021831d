//! repool: a `static` pool, with guards and `Recycle`.

use crate::rival::{Rival, buffer};
use repool::{Pool, Pooled};

static POOL: Pool<Vec<u8>> = Pool::new(buffer);

/// One static pool.
pub struct Repool;

impl Rival for Repool {
    const NAME: &'static str = "repool";
    type Held = Pooled<'static, Vec<u8>>;

    #[inline(always)]
    fn get() -> Self::Held {
        POOL.get()
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
