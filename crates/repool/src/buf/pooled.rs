//! The guard of a buffer: as [`Pooled`], but the class it returns to depends on the buffer's capacity.

use core::fmt;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};

use super::{BufPool, ClassGuard};
use crate::guard::Pooled;

/// A buffer of a [`BufPool`], which is returned to the pool when this is dropped.
///
/// Made by [`BufPool::with_capacity`] and [`BufPool::get_zeroed`]. It is a `Vec<u8>` to read, write,
/// grow and shrink. It is returned, from any thread, to the size class of its capacity by then. If it
/// is [forgotten](core::mem::forget), it is leaked and counted as [in use](crate::Stats::in_use) for
/// ever, and nothing else happens.
///
/// ```
/// use std::io::Write;
///
/// static BUFS: repool::BufPool = repool::BufPool::new();
///
/// let mut buf = BUFS.with_capacity(64);
/// write!(buf, "{:>200}", "grows like any other").unwrap();
/// assert_eq!(buf.len(), 200);
/// drop(buf);
/// assert!(BUFS.with_capacity(200).capacity() >= 200);
/// ```
///
/// Its `Vec` is a [`bytes::BufMut`](https://docs.rs/bytes), so that tokio's `read_buf(&mut *buf)` reads
/// straight into it. (A full `Vec` grows in such a read, to at least twice its capacity, and so changes
/// its class.)
///
/// It does not outlive its pool:
///
/// ```compile_fail,E0505
/// let bufs = repool::BufPool::new();
/// let buf = bufs.with_capacity(1);
/// drop(bufs);
/// drop(buf);
/// ```
pub struct PooledBuf<'a> {
    /// The guard of the class that the buffer came from; dropping it returns the buffer to that class.
    /// `ManuallyDrop`, so that the compiler emits that return once and not a second time for unwinding:
    /// with two, a drop is no longer inlined, and a get and return takes 4.0 ns instead of 2.7 (November
    /// 2026).
    guard: ManuallyDrop<ClassGuard<'a>>,
    /// The capacity of the buffer when it was taken, in bytes: its class's, or of a misfit the requested.
    expected: usize,
    pool: &'a BufPool,
}

impl<'a> PooledBuf<'a> {
    #[inline(always)]
    pub(super) fn new(guard: ClassGuard<'a>, expected: usize, pool: &'a BufPool) -> Self {
        PooledBuf {
            guard: ManuallyDrop::new(guard),
            expected,
            pool,
        }
    }

    /// Takes the buffer out for good: it is not returned, and is counted no longer.
    ///
    /// An associated function, so that it hides no method of the buffer.
    ///
    /// ```
    /// use repool::{BufPool, PooledBuf};
    ///
    /// let bufs = BufPool::new();
    /// let mut buf = bufs.with_capacity(100);
    /// buf.push(1);
    /// let kept: Vec<u8> = PooledBuf::detach(buf);
    /// assert_eq!(kept, [1]);
    /// assert_eq!(bufs.stats().total().in_use, 0);
    /// ```
    pub fn detach(this: Self) -> Vec<u8> {
        let mut this = ManuallyDrop::new(this);
        // SAFETY: `this` is never dropped, so that the guard is taken once.
        Pooled::detach(unsafe { ManuallyDrop::take(&mut this.guard) })
    }
}

impl Drop for PooledBuf<'_> {
    /// Returns the buffer to its pool.
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: only `detach` also takes it, after which there is no drop.
        let guard = unsafe { ManuallyDrop::take(&mut self.guard) };
        if guard.capacity() == self.expected {
            drop(guard);
        } else {
            self.pool.return_resized_slow(guard, self.expected);
        }
    }
}

impl Deref for PooledBuf<'_> {
    type Target = Vec<u8>;

    #[inline(always)]
    fn deref(&self) -> &Vec<u8> {
        &self.guard
    }
}

impl DerefMut for PooledBuf<'_> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.guard
    }
}

impl fmt::Debug for PooledBuf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
