//! The owned guard of an object in use, which holds an `Arc` of its pool; `guard.rs` has the one that borrows.

use core::fmt;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::ptr;
use std::sync::Arc;

use crate::engine::Node;
use crate::pool::Pool;
use crate::recycle::{ByTrait, Recycler};

impl<T, F: Fn() -> T, R: Recycler<T>> Pool<T, F, R> {
    /// As [`get`](Pool::get), but the guard holds an [`Arc`] of the pool instead of a borrow.
    ///
    /// # Panics
    ///
    /// As `create` does.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let pool = Arc::new(repool::Pool::new(Vec::<u8>::new));
    /// let line = pool.get_owned();
    /// std::thread::spawn(move || drop(line)).join().unwrap();
    /// ```
    pub fn get_owned(self: &Arc<Self>) -> OwnedPooled<T, F, R> {
        OwnedPooled {
            object: ManuallyDrop::new(self.take()),
            pool: Arc::clone(self),
        }
    }
}

/// An object of a shared pool, with an [`Arc`] of the pool: for tasks and threads that outlive the scope
/// they were started in.
///
/// Made by [`Pool::get_owned`]. It is used and returned as a [`Pooled`](crate::Pooled) is.
///
///
/// ```
/// use std::sync::Arc;
/// use repool::{OwnedPooled, Pool};
///
/// let pool = Arc::new(Pool::new(Vec::<u8>::new));
/// let mut line: OwnedPooled<Vec<u8>, _> = pool.get_owned();
/// std::thread::spawn(move || line.push(1)).join().unwrap();
/// assert_eq!(pool.stats().idle, 1);
/// ```
///
/// ```compile_fail,E0277
/// use std::{cell::Cell, sync::Arc};
/// fn is_sync(_: impl Sync) {}
/// let pool = Arc::new(repool::Pool::builder(|| Cell::new(0)).recycle(|_| true).build());
/// is_sync(pool.get_owned());
/// ```
///
/// ```compile_fail,E0277
/// use std::{rc::Rc, sync::Arc};
/// fn is_send(_: impl Send) {}
/// let pool = Arc::new(repool::Pool::builder(|| Rc::new(0)).recycle(|_| true).build());
/// is_send(pool.get_owned());
/// ```
///
/// It is `Send` only if the pool's closures are, because the guard may hold the last `Arc` of the pool:
///
/// ```compile_fail,E0277
/// use std::{rc::Rc, sync::Arc};
/// fn is_send(_: impl Send) {}
/// let name = Rc::new("x");
/// let pool = Arc::new(repool::Pool::builder(move || name.len()).recycle(|_| true).build());
/// is_send(pool.get_owned());
/// ```
pub struct OwnedPooled<T, F = fn() -> T, R = ByTrait>
where
    R: Recycler<T>,
{
    object: ManuallyDrop<Box<Node<T>>>,
    /// Dropped after the object was returned. If it is the last one, the pool is dropped with it.
    pool: Arc<Pool<T, F, R>>,
}

// SAFETY: `object`: a shared guard gives access to `&T` only, which needs `T: Sync`. `pool`: not
// reachable through a shared guard; see `Pooled`.
unsafe impl<T: Sync, F, R: Recycler<T>> Sync for OwnedPooled<T, F, R> {}

impl<T, F, R: Recycler<T>> OwnedPooled<T, F, R> {
    /// Takes the object out for good; see [`Pooled::detach`](crate::Pooled::detach).
    ///
    /// # Panics
    ///
    /// If this guard holds the last `Arc` of the pool, and the `Drop` of an idle object panics when the pool
    /// is dropped. The detached object is dropped then.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use repool::{OwnedPooled, Pool};
    ///
    /// let pool = Arc::new(Pool::new(String::new));
    /// let name: String = OwnedPooled::detach(pool.get_owned());
    /// assert_eq!(pool.stats().in_use, 0);
    /// ```
    pub fn detach(this: Self) -> T {
        let mut this = ManuallyDrop::new(this);
        // SAFETY: `this` is never dropped, so that the box and the `Arc` are taken once.
        let (object, pool) = unsafe {
            (
                ManuallyDrop::take(&mut this.object),
                ptr::read(&raw const this.pool),
            )
        };
        pool.engine().add_detached();
        let object = object.object;
        // The last `Arc` drops the pool, and the `Drop` of an idle object may panic. It is dropped before
        // the return value is written, so that unwinding drops the detached object.
        drop(pool);
        object
    }
}

impl<T, F, R: Recycler<T>> Drop for OwnedPooled<T, F, R> {
    /// Returns the object to its pool; see [`Pooled`](crate::Pooled).
    fn drop(&mut self) {
        // SAFETY: only `detach` also takes it, after which there is no drop.
        let object = unsafe { ManuallyDrop::take(&mut self.object) };
        self.pool.engine().put(object);
    }
}

impl<T, F, R: Recycler<T>> Deref for OwnedPooled<T, F, R> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.object.object
    }
}

impl<T, F, R: Recycler<T>> DerefMut for OwnedPooled<T, F, R> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.object.object
    }
}

impl<T: fmt::Debug, F, R: Recycler<T>> fmt::Debug for OwnedPooled<T, F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display, F, R: Recycler<T>> fmt::Display for OwnedPooled<T, F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
