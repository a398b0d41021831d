//! How a returned object is reset for its next user: by its type ([`Recycle`]) or by a function, both behind
//! [`Recycler`]. `std_types` implements it for std, `idle_drop` says on which thread an object may be dropped.

mod idle_drop;
mod std_types;

pub use idle_drop::IdleDrop;
pub(crate) use idle_drop::Level;

/// Makes an object ready for its next user.
///
/// A pool calls it when an object is returned: when its guard is dropped, or it is given to
/// [`put`](crate::Pool::put). The next user must not be able to tell that the object was used before,
/// but for the memory it owns.
///
/// The collections and strings of std implement it: they are cleared and keep their capacity. So do
/// boxes, options, arrays and tuples of types that implement it.
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
///         // One huge body is not kept for ever.
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
    /// Makes `self` ready for its next user and returns `true`; or returns `false`, and the pool drops it.
    ///
    /// It is a `bool` and not an enum, as in std's `Vec::retain`: a predicate that says whether to keep.
    /// So one function is of use for [`Pool::with`](crate::Pool::with),
    /// [`Builder::recycle`](crate::Builder::recycle) and this trait alike.
    ///
    /// # Panics
    ///
    /// It may. The object is then dropped and counted as [refused](crate::Dropped::refused), and the panic
    /// continues in the caller that dropped the guard or called `put`.
    fn recycle(&mut self) -> bool;

    /// Bytes that `self` occupies while it is idle, asked after it was recycled: for
    /// [`max_idle_bytes`](crate::Pool::max_idle_bytes) and the other bounds in bytes. For std's types it is
    /// their heap memory (estimated for maps). The default is the size of the type alone.
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

    /// The part of [`weight`](Recycle::weight) that the last user needed, in bytes; asked before `self` is
    /// recycled, by pools that [fade outliers](crate::Pool::fade_outliers). For std's types it is the size
    /// of their elements. The default is the whole weight.
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

    /// Overwrites what former users left in `self`, as far as possible. Called after `self` was recycled,
    /// in debug builds with `REPOOL_DEBUG=poison`. A `Vec` and a `String` fill their spare capacity. The
    /// default does nothing.
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

    /// On which thread an idle `Self` may be dropped; asked once for each pool, for the
    /// [sweeper of the process](crate::Sweeper::spawn_for_process). By default, threads that use the pool
    /// drop it, in their calls.
    ///
    /// The collections and strings of std say "on any thread" if that holds for what a cleared one still
    /// owns. A type that is `Send` and borrows nothing can say so too. It is called during the pool's first
    /// call, so it must neither use the pool nor panic.
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
/// It is [`ByTrait`], a function or closure `Fn(&mut T) -> bool`, or [`Weighed`] around one of them. The
/// trait is sealed: other crates name it as a bound, but cannot implement it.
#[diagnostic::on_unimplemented(
    message = "this does not recycle `{T}`",
    note = "implement `repool::Recycle` for `{T}`, or give the pool a function: \
            `Pool::with(create, recycle)` or `Pool::builder(create).recycle(…)`"
)]
pub trait Recycler<T> {
    /// Makes `object` ready for its next user; `false` if the pool is to drop it. See
    /// [`Recycle::recycle`].
    fn recycle(&self, object: &mut T) -> bool;

    /// Bytes that `object` weighs, if that is known; see [`Recycle::weight`].
    fn weight(&self, object: &T) -> Option<usize> {
        let _ = object;
        None
    }

    /// Bytes of `object` that its last user needed, if that is known; see [`Recycle::used`].
    fn used(&self, object: &T) -> Option<usize> {
        let _ = object;
        None
    }

    /// Overwrites what former users left; see [`Recycle::poison`].
    fn poison(&self, object: &mut T) {
        let _ = object;
    }

    /// See [`Recycle::idle_drop`]. It seals the trait, because other crates cannot name the argument: a
    /// wrong answer would drop objects on a thread that must not.
    #[doc(hidden)]
    fn idle_drop(_: sealed::ThisCrate) -> IdleDrop<T>
    where
        Self: Sized;
}

/// Names that other crates cannot write.
pub(crate) mod sealed {
    /// The argument of a method that only this crate can call and implement.
    #[derive(Debug)]
    pub struct ThisCrate;
}

/// Recycles objects by their own [`Recycle`].
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

/// Recycles objects with `R` and weighs them with the function `W`; made by
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

    // The function may leave the object in any state.
    fn idle_drop(_: sealed::ThisCrate) -> IdleDrop<T> {
        IdleDrop::on_users_threads()
    }
}
