//! A reservation: objects that are set aside, so that later gets neither miss nor call `create`.

use core::cell::Cell;
use core::fmt;

use crate::engine::{Engine, Node};
use crate::guard::Pooled;
use crate::pool::Pool;
use crate::recycle::{ByTrait, Recycler};

impl<T, F: Fn() -> T, R: Recycler<T>> Pool<T, F, R> {
    /// Sets `n` objects aside: idle ones, and new ones if there are fewer than `n`. The next `n` gets
    /// from the [`Reservation`] do not call the pool's `create` and cannot fail, regardless of what other
    /// threads get from the pool.
    ///
    /// # Panics
    ///
    /// If `create` panics; the objects that were already set aside are then returned to the pool. Also if
    /// `n` pointers take more than `isize::MAX` bytes.
    ///
    /// # Examples
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
/// Reserved objects count as in use. The objects that are left when the reservation is dropped are
/// returned to the pool.
///
/// # Examples
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
    /// The objects that are left. In a `Cell`, so that a shared reference can pop one: each access takes
    /// the `Vec` out and puts it back.
    objects: Cell<Vec<Box<Node<T>>>>,
}

impl<'a, T, F: Fn() -> T, R: Recycler<T>> Reservation<'a, T, F, R> {
    /// Gets one of the objects set aside, or calls [`Pool::get`] if none is left.
    ///
    /// # Panics
    ///
    /// If none is left and [`Pool::get`] panics.
    ///
    /// # Examples
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
    /// Gets one of the objects set aside; `None` if none is left.
    ///
    /// # Examples
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

    /// The number of objects that are left.
    ///
    /// # Examples
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
    /// If the pool drops an object in place of keeping it, and the object's `Drop` panics. The other
    /// objects are still returned.
    fn drop(&mut self) {
        /// Returns the objects that are left; also while a panic of an object's `Drop` unwinds.
        struct ReturnRestGuard<'a, T, R> {
            engine: &'a Engine<T, R>,
            objects: Vec<Box<Node<T>>>,
        }
        impl<T, R> ReturnRestGuard<'_, T, R> {
            fn return_all(&mut self) {
                while let Some(object) = self.objects.pop() {
                    self.engine.keep(object);
                }
            }
        }
        impl<T, R> Drop for ReturnRestGuard<'_, T, R> {
            fn drop(&mut self) {
                self.return_all();
            }
        }
        // `keep` does not call the recycler: the caller had no access to these objects, so that there is
        // nothing to reset.
        let mut rest = ReturnRestGuard {
            engine: self.pool.engine(),
            objects: self.objects.take(),
        };
        rest.return_all();
    }
}

impl<T, F, R: Recycler<T>> fmt::Debug for Reservation<'_, T, F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation")
            .field("left", &self.left())
            .finish_non_exhaustive()
    }
}
