//! The owned guard of a buffer: the guard, and an `Arc` of its pool.
//!
//! **O1.** `buf` borrows from the pool in the `Arc` `pool`, which stays at one address as long as the
//! `Arc` does. `buf` is dropped or taken out before the `Arc` is dropped, once.

use core::fmt;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::ptr;
use std::sync::Arc;

use super::BufPool;
use super::pooled::PooledBuf;

impl BufPool {
    /// As [`with_capacity`](BufPool::with_capacity), but the guard holds an [`Arc`] of the pool instead of
    /// a borrow. The buffer is empty, and has room for `capacity` bytes or more.
    ///
    /// It costs an atomic increment more, and a decrement when the buffer is returned. The buffers that
    /// [`with_capacity`](BufPool::with_capacity) returns of a pool in a `static` are `'static` as well.
    ///
    /// # Panics
    ///
    /// As [`with_capacity`](BufPool::with_capacity) does.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let bufs = Arc::new(repool::BufPool::new());
    /// let mut buf = bufs.get_owned(1500);
    /// std::thread::spawn(move || buf.push(1)).join().unwrap();
    /// assert_eq!(bufs.stats().total().idle, 1);
    /// ```
    pub fn get_owned(self: &Arc<Self>, capacity: usize) -> OwnedPooledBuf {
        let pool = Arc::clone(self);
        // SAFETY: the `Arc`, which is kept beside the guard (O1), keeps the pool.
        let borrowed = unsafe { &*Arc::as_ptr(&pool) };
        OwnedPooledBuf {
            buf: ManuallyDrop::new(borrowed.with_capacity(capacity)),
            pool,
        }
    }
}

/// A buffer of a shared [`BufPool`], with an [`Arc`] of the pool: for tasks and threads that outlive the
/// scope they were started in.
///
/// Made by [`BufPool::get_owned`]. It is used and returned as a [`PooledBuf`] is. `Bytes::from_owner`
/// accepts it; with the feature `bytes`, `freeze` calls that.
///
/// ```
/// use std::io::Write;
/// use std::sync::Arc;
/// use repool::{BufPool, OwnedPooledBuf};
///
/// let bufs = Arc::new(BufPool::new());
/// let mut buf: OwnedPooledBuf = bufs.get_owned(64);
/// write!(buf, "answer").unwrap();
/// drop(bufs);                     // the buffer keeps the pool alive
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
        // SAFETY: `this` is never dropped, so that the guard and the `Arc` are taken once. The `Arc` is
        // dropped at the end of this function, after the guard (O1).
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
    /// Returns the buffer to its pool, and then drops the `Arc`.
    fn drop(&mut self) {
        // SAFETY: only `detach` also takes it, after which there is no drop; the `Arc` is dropped after
        // this (O1).
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
