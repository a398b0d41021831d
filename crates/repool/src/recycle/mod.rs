//! What happens to an object when it comes home.

mod idle_drop;
mod std_types;

pub use idle_drop::IdleDrop;
pub(crate) use idle_drop::Level;

/// Makes an object ready for its next user.
///
/// A pool calls it when an object comes home: when its guard is dropped, or it is
/// [put](crate::Pool::put). The next user must not be able to tell that the object was used
/// before, but for the memory it holds.
///
/// It is implemented for the collections and strings of std, which are cleared and keep their
/// capacity, and for boxes, options, arrays and tuples of what can be recycled.
///
/// ```
/// use repool::{Pool, Recycle};
///
/// #[derive(Default)]
/// struct Request {
///     id: u64,
///     body: Vec<u8>,
/// }
///
/// impl Recycle for Request {
///     fn recycle(&mut self) -> bool {
///         self.id = 0;
///         self.body.clear();
///         // A body that was huge once need not stay for ever.
///         self.body.capacity() <= 1 << 20
///     }
/// }
///
/// static REQUESTS: Pool<Request> = Pool::new(Request::default);
/// REQUESTS.get().body.extend_from_slice(b"GET /");
/// assert!(REQUESTS.get().body.is_empty());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how it is recycled",
    note = "implement `repool::Recycle` for it, or give the pool a function: \
            `Pool::with(create, recycle)` or `Pool::builder(create).recycle(…)`"
)]
pub trait Recycle {
    /// Makes `self` ready for its next user; `false` refuses it, and the pool drops it.
    ///
    /// # Panics
    ///
    /// It may: the object is then dropped and counted as discarded, and the panic goes on from
    /// where the guard was dropped or the object was put.
    fn recycle(&mut self) -> bool;

    /// Bytes that `self` keeps from others while it is idle, after it was recycled: for
    /// [`max_idle_bytes`](crate::Pool::max_idle_bytes) and its like. The heap memory of std's
    /// types (estimated for maps); for others, unless they say better, the size of the type alone.
    ///
    /// # Panics
    ///
    /// It may, as [`recycle`](Recycle::recycle) may.
    ///
    /// ```
    /// use repool::Recycle;
    ///
    /// assert_eq!(Vec::<u32>::with_capacity(256).weight(), 1024);
    /// assert_eq!((String::with_capacity(10), Some(vec![0u8; 20])).weight(), 30);
    /// ```
    fn weight(&self) -> usize {
        size_of_val(self)
    }

    /// Of [`weight`](Recycle::weight), the bytes that the last user made use of; asked before
    /// `self` is recycled, by pools that [fade outliers](crate::Pool::fade_outliers). For std's
    /// types what they contain; for others, unless they say better, all.
    ///
    /// # Panics
    ///
    /// It may, as [`recycle`](Recycle::recycle) may.
    ///
    /// ```
    /// use repool::Recycle;
    ///
    /// let mut line = Vec::<u8>::with_capacity(1 << 20);
    /// line.extend_from_slice(b"short");
    /// assert_eq!(line.used(), 5);
    /// ```
    fn used(&self) -> usize {
        self.weight()
    }

    /// Overwrites what former users left in `self`, as far as it can be: after it was recycled,
    /// in debug builds that `REPOOL_DEBUG=poison` asks to. A `Vec` and a `String` fill their spare
    /// capacity; for others, unless they say better, it does nothing.
    ///
    /// ```
    /// use repool::Recycle;
    ///
    /// let mut secret = b"secret".to_vec();
    /// secret.recycle();
    /// secret.poison();
    /// assert_eq!(secret.len(), 0);
    /// ```
    fn poison(&mut self) {}

    /// On which thread an idle `Self` may be dropped; asked once for a pool, for the
    /// [sweeper of the process](crate::Sweeper::spawn_for_process). A type of which nothing else is
    /// said is dropped by threads that use the pool, in their calls.
    ///
    /// The collections and strings of std say "on any thread" where that is so of what a cleared one
    /// still owns. For another type that is `Send` and borrows nothing, say it. It is asked in the middle
    /// of the pool's first call, so that it must not use the pool, nor panic.
    ///
    /// ```
    /// use repool::{IdleDrop, Recycle};
    ///
    /// struct Request { body: Vec<u8> }
    ///
    /// impl Recycle for Request {
    ///     fn recycle(&mut self) -> bool {
    ///         self.body.clear();
    ///         true
    ///     }
    ///
    ///     fn idle_drop() -> IdleDrop<Self> {
    ///         IdleDrop::on_any_thread()
    ///     }
    /// }
    /// ```
    fn idle_drop() -> IdleDrop<Self>
    where
        Self: Sized,
    {
        IdleDrop::on_users_threads()
    }
}

/// The third parameter of a [`Pool`](crate::Pool): what recycles its objects.
///
/// Either [`ByTrait`], or a function or closure `Fn(&mut T) -> bool`.
#[diagnostic::on_unimplemented(
    message = "this does not recycle `{T}`",
    note = "implement `repool::Recycle` for `{T}`, or give the pool a function: \
            `Pool::with(create, recycle)` or `Pool::builder(create).recycle(…)`"
)]
pub trait Recycler<T> {
    /// Makes `object` ready for its next user; `false` refuses it.
    fn recycle(&self, object: &mut T) -> bool;

    /// Bytes that `object` weighs, where it is known; see [`Recycle::weight`].
    fn weight(&self, object: &T) -> Option<usize> {
        let _ = object;
        None
    }

    /// Bytes of `object` that its last user made use of, where it is known; see
    /// [`Recycle::used`].
    fn used(&self, object: &T) -> Option<usize> {
        let _ = object;
        None
    }

    /// Overwrites what former users left; see [`Recycle::poison`].
    fn poison(&self, object: &mut T) {
        let _ = object;
    }

    /// See [`Recycle::idle_drop`]. Only this crate can say it, because what a type says holds if the
    /// type's own `recycle` was called: an implementation elsewhere cannot name the argument.
    #[doc(hidden)]
    fn idle_drop(_: sealed::ThisCrate) -> IdleDrop<T>
    where
        Self: Sized,
    {
        IdleDrop::on_users_threads()
    }
}

/// Names that other crates cannot write.
pub(crate) mod sealed {
    /// Says that a method is this crate's to call and to implement.
    #[derive(Debug)]
    pub struct ThisCrate;
}

/// Recycles by the type's own [`Recycle`].
#[derive(Clone, Copy, Debug, Default)]
pub struct ByTrait;

impl<T: Recycle> Recycler<T> for ByTrait {
    #[inline(always)]
    fn recycle(&self, object: &mut T) -> bool {
        object.recycle()
    }

    fn weight(&self, object: &T) -> Option<usize> {
        Some(object.weight())
    }

    fn used(&self, object: &T) -> Option<usize> {
        Some(object.used())
    }

    fn poison(&self, object: &mut T) {
        object.poison();
    }

    fn idle_drop(_: sealed::ThisCrate) -> IdleDrop<T> {
        T::idle_drop()
    }
}

/// Recycles by `R` and weighs by the function `W`; made by
/// [`Builder::weigh`](crate::Builder::weigh).
///
/// ```
/// use repool::{ByTrait, Recycler, Weighed};
///
/// let pool = repool::Pool::builder(Vec::<u8>::new).weigh(|line| line.capacity()).build();
/// fn names_it<W>(_: &repool::Pool<Vec<u8>, impl Fn() -> Vec<u8>, Weighed<ByTrait, W>>) {}
/// names_it(&pool);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Weighed<R, W> {
    pub(crate) recycle: R,
    pub(crate) weigh: W,
}

impl<T, R: Recycler<T>, W: Fn(&T) -> usize> Recycler<T> for Weighed<R, W> {
    #[inline(always)]
    fn recycle(&self, object: &mut T) -> bool {
        self.recycle.recycle(object)
    }

    fn weight(&self, object: &T) -> Option<usize> {
        Some((self.weigh)(object))
    }

    fn used(&self, object: &T) -> Option<usize> {
        self.recycle.used(object)
    }

    fn poison(&self, object: &mut T) {
        self.recycle.poison(object);
    }

    fn idle_drop(this_crate: sealed::ThisCrate) -> IdleDrop<T> {
        R::idle_drop(this_crate)
    }
}

impl<T, G: Fn(&mut T) -> bool> Recycler<T> for G {
    #[inline(always)]
    fn recycle(&self, object: &mut T) -> bool {
        self(object)
    }
}
