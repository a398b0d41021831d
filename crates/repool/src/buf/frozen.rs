//! Buffers as `bytes::Bytes`: shared and sliced, and returned to the pool with the last clone or slice.

use bytes::Bytes;

use super::owned::OwnedPooledBuf;
use super::pooled::PooledBuf;

impl PooledBuf<'static> {
    /// Converts the buffer to [`Bytes`], to be cloned, sliced and sent anywhere without a copy. The
    /// buffer is returned to the pool when the last clone or slice is dropped, on any thread.
    ///
    /// It makes one small allocation, 40 bytes with `bytes` 1.12, for the reference count of `Bytes`; the
    /// buffer itself is neither copied nor allocated anew. Its content can no longer be written.
    ///
    /// With the feature `bytes`, for a pool in a `static`. For one in an `Arc` see
    /// [`OwnedPooledBuf::freeze`].
    ///
    /// ```
    /// static BUFS: repool::BufPool = repool::BufPool::new();
    ///
    /// let mut buf = BUFS.with_capacity(1024);
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
    /// As [`PooledBuf::freeze`], for a pool in an `Arc`. The last clone or slice returns the buffer, and
    /// drops the `Arc`.
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
