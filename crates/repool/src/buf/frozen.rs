//! Buffers as `bytes::Bytes`: shared, sliced, and home when the last of them is gone.

use bytes::Bytes;

use super::owned::OwnedPooledBuf;
use super::pooled::PooledBuf;

impl PooledBuf<'static> {
    /// Makes the buffer a [`Bytes`], to be cloned, sliced and sent anywhere without a copy. When
    /// the last clone or slice of it is dropped, on whichever thread, the buffer goes home.
    ///
    /// It takes one small allocation of its own, 40 bytes with `bytes` 1.12, in which `Bytes` counts its
    /// shares; the buffer itself is not allocated anew. What is in it can no longer be written.
    ///
    /// With the feature `bytes`. Of a pool in a `static`; of one in an `Arc` see
    /// [`OwnedPooledBuf::freeze`].
    ///
    /// ```
    /// static BUFS: repool::BufPool = repool::BufPool::new();
    ///
    /// let mut buf = BUFS.get(1024);
    /// buf.extend_from_slice(b"header body");
    /// let message = buf.freeze();
    /// let body = message.slice(7..);
    /// drop(message);
    /// std::thread::spawn(move || assert_eq!(body, "body")).join().unwrap();
    /// assert_eq!(BUFS.stats().total().idle, 1);
    /// ```
    pub fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl From<PooledBuf<'static>> for Bytes {
    /// See [`PooledBuf::freeze`].
    fn from(buf: PooledBuf<'static>) -> Self {
        buf.freeze()
    }
}

impl OwnedPooledBuf {
    /// As [`PooledBuf::freeze`], of a pool in an `Arc`. The last clone or slice returns the buffer, and
    /// drops the share in the pool.
    ///
    /// With the feature `bytes`.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let bufs = Arc::new(repool::BufPool::new());
    /// let mut buf = bufs.get_owned(1024);
    /// buf.extend_from_slice(b"header body");
    /// let body = buf.freeze().slice(7..);
    /// std::thread::spawn(move || assert_eq!(body, "body")).join().unwrap();
    /// assert_eq!(bufs.stats().total().idle, 1);
    /// ```
    pub fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl From<OwnedPooledBuf> for Bytes {
    /// See [`OwnedPooledBuf::freeze`].
    fn from(buf: OwnedPooledBuf) -> Self {
        buf.freeze()
    }
}
