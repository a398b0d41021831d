//! The owned guard of a buffer: the guard, and a share in its pool.
//!
//! **O1.** `buf` borrows from the pool that `pool` has a share in, which lives at one place as long as
//! the share does. `buf` is dropped or taken out before the share is dropped, once.

use core::fmt;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::ptr;
use std::sync::Arc;

use super::BufPool;
use super::pooled::PooledBuf;

impl BufPool {
    /// As [`get`](BufPool::get), with a share in the pool instead of a borrow.
    ///
    /// It costs an atomic increment more than [`get`](BufPool::get), and a decrement when the buffer
    /// returns. Of a pool in a `static`, [`get`](BufPool::get) lends buffers that are `'static` as well.
    ///
    /// # Panics
    ///
    /// As [`get`](BufPool::get) does.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let bufs = Arc::new(repool::BufPool::new());
    /// let mut buf = bufs.get_owned(1500);
    /// std::thread::spawn(move || buf.push(1)).join().unwrap();
    /// assert_eq!(bufs.stats().total().idle, 1);
    /// ```
    pub fn get_owned(self: &Arc<Self>, len: usize) -> OwnedPooledBuf {
        let pool = Arc::clone(self);
        // SAFETY: the share, which is kept with the guard (O1), keeps what is borrowed.
        let borrowed = unsafe { &*Arc::as_ptr(&pool) };
        OwnedPooledBuf {
            buf: ManuallyDrop::new(borrowed.get(len)),
            pool,
        }
    }
}

/// A buffer of a shared [`BufPool`], lent out with a share in the pool: for tasks and threads that
/// outlive the scope they were made in.
///
/// Made by [`BufPool::get_owned`]. All that is said of [`PooledBuf`] holds here too. It owns its bytes
/// as far as `Bytes::from_owner` is concerned, and becomes one with the feature
/// `bytes`.
///
/// ```
/// use std::io::Write;
/// use std::sync::Arc;
/// use repool::{BufPool, OwnedPooledBuf};
///
/// let bufs = Arc::new(BufPool::new());
/// let mut buf: OwnedPooledBuf = bufs.get_owned(64);
/// write!(buf, "answer").unwrap();
/// drop(bufs);                     // the buffer keeps the pool
/// assert_eq!(*buf, b"answer");
/// ```
pub struct OwnedPooledBuf {
    /// Lives no longer than `pool`, whatever its type says (O1).
    buf: ManuallyDrop<PooledBuf<'static>>,
    pool: Arc<BufPool>,
}

impl OwnedPooledBuf {
    /// Takes the buffer out for good; see [`PooledBuf::detach`].
    ///
    /// ```
    /// use std::sync::Arc;
    /// use repool::{BufPool, OwnedPooledBuf};
    ///
    /// let bufs = Arc::new(BufPool::new());
    /// let kept: Vec<u8> = OwnedPooledBuf::detach(bufs.get_owned(100));
    /// assert_eq!(kept.capacity(), 112);
    /// assert_eq!(bufs.stats().total().in_use, 0);
    /// ```
    pub fn detach(this: Self) -> Vec<u8> {
        let mut this = ManuallyDrop::new(this);
        // SAFETY: `this` is never dropped, so that the guard and the share are taken once. The share
        // is dropped at the end of this function, after the guard (O1).
        let (buf, _pool) = unsafe {
            (
                ManuallyDrop::take(&mut this.buf),
                ptr::read(&raw const this.pool),
            )
        };
        PooledBuf::detach(buf)
    }
}

impl Drop for OwnedPooledBuf {
    /// Returns the buffer to its pool, and then drops the share.
    fn drop(&mut self) {
        // SAFETY: the only other taker is `detach`, after which there is no drop; the share is dropped
        // after this (O1).
        unsafe { ManuallyDrop::drop(&mut self.buf) }
    }
}

impl Deref for OwnedPooledBuf {
    type Target = Vec<u8>;

    #[inline(always)]
    fn deref(&self) -> &Vec<u8> {
        &self.buf
    }
}

impl DerefMut for OwnedPooledBuf {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.buf
    }
}

impl fmt::Debug for OwnedPooledBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
