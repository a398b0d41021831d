//! Building a pool whose closures capture.

use core::fmt;
use core::marker::PhantomData;

use crate::pool::Pool;
use crate::recycle::{ByTrait, Recycler};

impl<T, F: Fn() -> T> Pool<T, F> {
    /// Begins a pool whose closures may capture, of any type.
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// let depth = 4;
    /// let pool = Pool::builder(|| vec![vec![0u32; 8]; depth])
    ///     .recycle(|rows: &mut Vec<Vec<u32>>| { rows.iter_mut().for_each(|row| row.fill(0)); true })
    ///     .build();
    /// assert_eq!(pool.get().len(), 4);
    /// ```
    pub const fn builder(create: F) -> Builder<T, F> {
        Builder::new(create)
    }
}

/// A pool in the making; see [`Pool::builder`].
///
/// ```
/// use repool::Pool;
///
/// let capacity = 1024;
/// let pool = Pool::builder(|| String::with_capacity(capacity))
///     .recycle(|text: &mut String| {
///         text.clear();
///         text.capacity() <= 64 * capacity
///     })
///     .max_idle(100)
///     .build();
/// assert!(pool.get().capacity() >= 1024);
/// ```
#[must_use = "a builder makes a pool when `build` is called"]
pub struct Builder<T, F, R = ByTrait> {
    create: F,
    recycle: R,
    max_idle: usize,
    objects: PhantomData<fn() -> T>,
}

impl<T, F: Fn() -> T> Builder<T, F> {
    pub(crate) const fn new(create: F) -> Self {
        Builder {
            create,
            recycle: ByTrait,
            max_idle: usize::MAX,
            objects: PhantomData,
        }
    }
}

impl<T, F: Fn() -> T, R> Builder<T, F, R> {
    /// Recycles objects by `recycle`: it makes one ready for its next user, or refuses it with
    /// `false`, and the pool drops it. It takes the place of the type's own
    /// [`Recycle`](crate::Recycle).
    ///
    /// ```
    /// let pool = repool::Pool::builder(|| [0u8; 16])
    ///     .recycle(|block: &mut [u8; 16]| { block.fill(0); true })
    ///     .build();
    /// assert_eq!(*pool.get(), [0; 16]);
    /// ```
    pub fn recycle<G: Fn(&mut T) -> bool>(self, recycle: G) -> Builder<T, F, G> {
        Builder {
            create: self.create,
            recycle,
            max_idle: self.max_idle,
            objects: PhantomData,
        }
    }

    /// Keeps at most about `max_idle` idle objects; see [`Pool::max_idle`].
    ///
    /// ```
    /// let pool = repool::Pool::builder(Vec::<u8>::new).max_idle(1).build();
    /// drop((pool.get(), pool.get()));
    /// assert_eq!(pool.stats().created, 2);
    /// ```
    pub const fn max_idle(mut self, max_idle: usize) -> Self {
        self.max_idle = max_idle;
        self
    }

    /// The pool.
    ///
    /// ```
    /// let pool = repool::Pool::builder(Vec::<u8>::new).build();
    /// assert_eq!(pool.stats().created, 0);
    /// ```
    pub fn build(self) -> Pool<T, F, R>
    where
        R: Recycler<T>,
    {
        Pool::from_parts(self.create, self.recycle).max_idle(self.max_idle)
    }
}

impl<T, F, R> fmt::Debug for Builder<T, F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("max_idle", &self.max_idle)
            .finish_non_exhaustive()
    }
}
