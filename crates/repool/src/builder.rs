//! Building a pool whose closures capture.

use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;

use crate::engine::settings::{NO_PER_CPU, Settings};
use crate::limits::nanoseconds;
use crate::pool::Pool;
use crate::recycle::{ByTrait, Recycler, Weighed};

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
    settings: Settings,
    name: Option<&'static str>,
    objects: PhantomData<fn() -> T>,
}

impl<T, F: Fn() -> T> Builder<T, F> {
    pub(crate) const fn new(create: F) -> Self {
        Builder {
            create,
            recycle: ByTrait,
            settings: Settings::new(true),
            name: None,
            objects: PhantomData,
        }
    }

    /// Recycles objects by `recycle`: it makes one ready for its next user, or refuses it with
    /// `false`, and the pool drops it. It takes the place of the type's own
    /// [`Recycle`](crate::Recycle), and of what that says of weights.
    ///
    /// ```
    /// let pool = repool::Pool::builder(|| [0u8; 16])
    ///     .recycle(|block: &mut [u8; 16]| { block.fill(0); true })
    ///     .build();
    /// assert_eq!(*pool.get(), [0; 16]);
    /// ```
    pub fn recycle<G: Fn(&mut T) -> bool>(self, recycle: G) -> Builder<T, F, G> {
        let settings = Settings {
            weighs: false,
            ..self.settings
        };
        self.with_recycler(|_| recycle, settings)
    }
}

impl<T, F: Fn() -> T, W> Builder<T, F, Weighed<ByTrait, W>> {
    /// Recycles objects by `recycle`; see [`Builder::recycle`].
    ///
    /// ```
    /// let pool = repool::Pool::builder(|| [0u8; 16])
    ///     .weigh(|_: &[u8; 16]| 16)
    ///     .recycle(|block: &mut [u8; 16]| { block.fill(0); true })
    ///     .build();
    /// assert_eq!(*pool.get(), [0; 16]);
    /// ```
    pub fn recycle<G: Fn(&mut T) -> bool>(self, recycle: G) -> Builder<T, F, Weighed<G, W>> {
        let settings = self.settings;
        let with = |Weighed { weigh, .. }| Weighed { recycle, weigh };
        self.with_recycler(with, settings)
    }
}

impl<T, F: Fn() -> T, R> Builder<T, F, R> {
    fn with_recycler<S>(self, with: impl FnOnce(R) -> S, settings: Settings) -> Builder<T, F, S> {
        Builder {
            create: self.create,
            recycle: with(self.recycle),
            settings,
            name: self.name,
            objects: PhantomData,
        }
    }

    /// Weighs objects by `weigh`, in bytes; see [`Pool::weigh`].
    ///
    /// ```
    /// let pool = repool::Pool::builder(|| vec![0u32; 100])
    ///     .recycle(|block: &mut Vec<u32>| { block.fill(0); true })
    ///     .weigh(|block: &Vec<u32>| 4 * block.capacity())
    ///     .max_idle_bytes(4096)
    ///     .build();
    /// # pool.get();
    /// ```
    pub fn weigh<W: Fn(&T) -> usize>(self, weigh: W) -> Builder<T, F, Weighed<R, W>> {
        let settings = Settings {
            weighs: true,
            ..self.settings
        };
        self.with_recycler(|recycle| Weighed { recycle, weigh }, settings)
    }

    /// Keeps at most about `max_idle` idle objects; see [`Pool::max_idle`].
    ///
    /// ```
    /// let pool = repool::Pool::builder(Vec::<u8>::new).max_idle(1).build();
    /// drop((pool.get(), pool.get()));
    /// assert_eq!(pool.stats().created, 2);
    /// ```
    pub const fn max_idle(mut self, max_idle: usize) -> Self {
        self.settings.max_idle = max_idle;
        self
    }

    /// Keeps idle objects that weigh at most about `bytes`; see [`Pool::max_idle_bytes`].
    ///
    /// ```
    /// let pool = repool::Pool::builder(|| vec![0u8; 1 << 16]).max_idle_bytes(1 << 20).build();
    /// # pool.get();
    /// ```
    pub const fn max_idle_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_idle_bytes = bytes;
        self
    }

    /// Drops an object heavier than `bytes` when it comes home; see [`Pool::max_object_bytes`].
    ///
    /// ```
    /// let pool = repool::Pool::builder(Vec::<u8>::new).max_object_bytes(1 << 16).build();
    /// pool.get().reserve(1 << 20);
    /// assert_eq!(pool.stats().idle, 0);
    /// ```
    pub const fn max_object_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_object_bytes = bytes;
        self
    }

    /// Lets objects go that are far heavier than recent demand; see [`Pool::fade_outliers`].
    ///
    /// ```
    /// let pool = repool::Pool::builder(Vec::<u8>::new).fade_outliers().build();
    /// # pool.get();
    /// ```
    pub const fn fade_outliers(mut self) -> Self {
        self.settings.fade_outliers = true;
        self
    }

    /// Keeps at most `n` idle objects for each CPU, and none beside; see [`Pool::per_cpu`].
    ///
    /// # Panics
    ///
    /// For 0.
    ///
    /// ```
    /// let pool = repool::Pool::builder(|| vec![0u8; 300 << 10]).per_cpu(1).build();
    /// # pool.get();
    /// ```
    pub const fn per_cpu(mut self, n: usize) -> Self {
        assert!(n > 0, "{}", NO_PER_CPU);
        let most = u16::MAX as usize;
        self.settings.per_cpu = if n < most { n as u16 } else { u16::MAX };
        self
    }

    /// Lets ordinary calls sweep the pool when this interval is over; `None` turns it off. See
    /// [`Pool::sweep_every`].
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let often = repool::Pool::builder(String::new).sweep_every(Duration::from_secs(1)).build();
    /// let never = repool::Pool::builder(String::new).sweep_every(None).build();
    /// # (often.get(), never.get());
    /// ```
    pub fn sweep_every(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.settings.sweep_every = interval.into().map_or(u64::MAX, nanoseconds);
        self
    }

    /// Has a forked child drop what its parent had idle; see [`Pool::drop_on_fork`].
    ///
    /// ```
    /// let pool = repool::Pool::builder(String::new).drop_on_fork().build();
    /// # pool.get();
    /// ```
    pub const fn drop_on_fork(mut self) -> Self {
        self.settings.drop_on_fork = true;
        self
    }

    /// Gives the pool a name; see [`Pool::name`].
    ///
    /// ```
    /// let pool = repool::Pool::builder(String::new).name("lines").build();
    /// assert_eq!(pool.stats().name, Some("lines"));
    /// ```
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// The pool.
    ///
    /// # Panics
    ///
    /// Where its settings do not go together, with a sentence that says why: a bound in bytes
    /// without a weigher, or an interval of zero between sweeps.
    ///
    /// ```
    /// let pool = repool::Pool::builder(Vec::<u8>::new).build();
    /// assert_eq!(pool.stats().created, 0);
    /// ```
    pub fn build(self) -> Pool<T, F, R>
    where
        R: Recycler<T>,
    {
        if let Some(problem) = self.settings.problem() {
            panic!("{problem}");
        }
        let settings = self.settings.of::<T, R>();
        let mut pool = Pool::from_parts(self.create, self.recycle, settings);
        pool.engine_mut().name = self.name;
        pool
    }
}

impl<T, F, R> fmt::Debug for Builder<T, F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("name", &self.name)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
