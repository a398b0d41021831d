//! The guard of a buffer: as [`Pooled`], but the way home depends on what became of the buffer.

use core::fmt;
use core::mem;
use core::ops::{Deref, DerefMut};

use super::{BufPool, Clear, class};
use crate::guard::Pooled;

/// A buffer of a [`BufPool`], lent out; it goes home when this is dropped.
///
/// Made by [`BufPool::get`]. It is a `Vec<u8>` to read from, write to, grow and shrink; it comes
/// home, from any thread, to the size class that it is then in. If it is
/// [forgotten](core::mem::forget), it is leaked and counted as [in use](crate::Stats::in_use) for
/// ever, and nothing else happens.
///
/// ```
/// use std::io::Write;
///
/// static BUFS: repool::BufPool = repool::BufPool::new();
///
/// let mut buf = BUFS.get(64);
/// write!(buf, "{:>200}", "grows like any other").unwrap();
/// assert_eq!(buf.len(), 200);
/// drop(buf);
/// assert!(BUFS.get(200).capacity() >= 200);
/// ```
///
/// With the feature `bytes` it is a [`bytes::BufMut`](https://docs.rs/bytes) by way of its `Vec`,
/// so that tokio's `read_buf(&mut *buf)` reads straight into it. (A `Vec` that is full grows when
/// it is read into: to at least twice its capacity, in another class.)
///
/// It does not outlive its pool:
///
/// ```compile_fail,E0505
/// let bufs = repool::BufPool::new();
/// let buf = bufs.get(1);
/// drop(bufs);
/// drop(buf);
/// ```
pub struct PooledBuf<'a> {
    /// Of the class that lent it out; goes back there when it is dropped.
    guard: Pooled<'a, Vec<u8>, Clear>,
    /// That class.
    class: usize,
    pool: &'a BufPool,
}

impl<'a> PooledBuf<'a> {
    #[inline(always)]
    pub(super) fn new(guard: Pooled<'a, Vec<u8>, Clear>, class: usize, pool: &'a BufPool) -> Self {
        PooledBuf { guard, class, pool }
    }

    /// Takes the buffer out for good. The pool counts it as discarded.
    ///
    /// An associated function, so that it hides no method of the buffer.
    ///
    /// ```
    /// use repool::{BufPool, PooledBuf};
    ///
    /// let bufs = BufPool::new();
    /// let mut buf = bufs.get(100);
    /// buf.push(1);
    /// let kept: Vec<u8> = PooledBuf::detach(buf);
    /// assert_eq!(kept, [1]);
    /// assert_eq!(bufs.stats().total().in_use, 0);
    /// ```
    pub fn detach(mut this: Self) -> Vec<u8> {
        mem::take(&mut *this.guard)
    }

    /// Takes a buffer that is no longer of its class to that which it is now in, and leaves an
    /// empty one to the guard, whose class refuses it.
    #[cold]
    #[inline(never)]
    fn rehome_slow(&mut self) {
        if class::is_kept(self.capacity()) {
            self.pool.adopt(mem::take(&mut *self.guard));
        }
    }
}

impl Drop for PooledBuf<'_> {
    /// Takes the buffer home.
    #[inline(always)]
    fn drop(&mut self) {
        if class::of_capacity(self.guard.capacity()) != self.class {
            self.rehome_slow();
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

impl AsRef<[u8]> for PooledBuf<'_> {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl AsMut<[u8]> for PooledBuf<'_> {
    fn as_mut(&mut self) -> &mut [u8] {
        self
    }
}

impl fmt::Debug for PooledBuf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
