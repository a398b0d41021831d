//! A reservation: objects that are set aside, so that later gets cannot miss.

use core::cell::Cell;
use core::fmt;

use crate::engine::{Engine, Node};
use crate::guard::Pooled;
use crate::pool::Pool;
use crate::recycle::{ByTrait, Recycler};

impl<T, F: Fn() -> T, R: Recycler<T>> Pool<T, F, R> {
    /// Sets `n` objects aside, idle ones first and new ones for the rest. The next `n` gets from the
    /// [`Reservation`] do not call `create`, and cannot fail, whatever other threads do.
    ///
    /// # Panics
    ///
    /// As `create` does, or if there is no memory for `n` pointers. The objects set aside by then are
    /// returned to the pool.
    ///
    /// ```
    /// static PARTS: repool::Pool<Vec<u8>> = repool::Pool::new(|| Vec::with_capacity(4096));
    ///
    /// // Before an operation that must not fail:
    /// let parts = PARTS.reserve(3);
    /// // In the operation:
    /// let (head, body, tail) = (parts.get(), parts.get(), parts.get());
    /// assert_eq!(PARTS.stats().created, 3);
    /// # drop((head, body, tail));
    /// ```
    pub fn reserve(&self, n: usize) -> Reservation<'_, T, F, R> {
        let mut reservation = Reservation {
            pool: self,
            objects: Cell::new(Vec::new()),
        };
        let objects = reservation.objects.get_mut();
        objects.reserve_exact(n);
        for _ in 0..n {
            objects.push(self.take());
        }
        reservation
    }
}

/// Objects of a pool that are set aside for the owner of this value; see [`Pool::reserve`].
///
/// They count as in use. The objects that are left are returned to the pool when this is dropped.
///
/// ```
/// let pool = repool::Pool::new(String::new);
/// let names = pool.reserve(2);
/// drop(names.get());
/// assert_eq!(names.left(), 1);
/// drop(names);
/// assert_eq!((pool.stats().idle, pool.stats().created), (2, 2));
/// ```
pub struct Reservation<'a, T, F = fn() -> T, R = ByTrait>
where
    R: Recycler<T>,
{
    pool: &'a Pool<T, F, R>,
    objects: Cell<Vec<Box<Node<T>>>>,
}

impl<'a, T, F: Fn() -> T, R: Recycler<T>> Reservation<'a, T, F, R> {
    /// One of the objects set aside. If none is left, the same as [`Pool::get`].
    ///
    /// # Panics
    ///
    /// As [`Pool::get`] does, and only if none is left.
    ///
    /// ```
    /// let pool = repool::Pool::new(String::new);
    /// let one = pool.reserve(1);
    /// let (name, other) = (one.get(), one.get());
    /// assert_eq!(pool.stats().created, 2);
    /// # drop((name, other));
    /// ```
    pub fn get(&self) -> Pooled<'a, T, R> {
        self.try_get().unwrap_or_else(|| self.pool.get())
    }
}

impl<'a, T, F, R: Recycler<T>> Reservation<'a, T, F, R> {
    /// One of the objects set aside; `None` if none is left.
    ///
    /// ```
    /// let pool = repool::Pool::new(String::new);
    /// let one = pool.reserve(1);
    /// let name = one.try_get();
    /// assert!(name.is_some() && one.try_get().is_none());
    /// ```
    pub fn try_get(&self) -> Option<Pooled<'a, T, R>> {
        let mut objects = self.objects.take();
        let object = objects.pop();
        self.objects.set(objects);
        object.map(|object| Pooled::new(object, self.pool.engine()))
    }

    /// How many objects are left.
    ///
    /// ```
    /// assert_eq!(repool::Pool::new(String::new).reserve(5).left(), 5);
    /// ```
    pub fn left(&self) -> usize {
        let objects = self.objects.take();
        let left = objects.len();
        self.objects.set(objects);
        left
    }
}

impl<T, F, R: Recycler<T>> Drop for Reservation<'_, T, F, R> {
    /// Returns the objects that are left to the pool.
    ///
    /// # Panics
    ///
    /// If the pool does not keep an object and the object's `Drop` panics. The others are returned.
    fn drop(&mut self) {
        struct Rest<'a, T, R>(&'a Engine<T, R>, Vec<Box<Node<T>>>);
        impl<T, R> Rest<'_, T, R> {
            fn return_all(&mut self) {
                while let Some(object) = self.1.pop() {
                    self.0.keep(object);
                }
            }
        }
        impl<T, R> Drop for Rest<'_, T, R> {
            fn drop(&mut self) {
                self.return_all();
            }
        }
        // No user has had them, so that they are not recycled.
        Rest(self.pool.engine(), self.objects.take()).return_all();
    }
}

impl<T, F, R: Recycler<T>> fmt::Debug for Reservation<'_, T, F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation")
            .field("left", &self.left())
            .finish_non_exhaustive()
    }
}
