//! The builder of a pool whose closures capture. Its settings are in `setters.rs`.

use core::fmt;
use core::marker::PhantomData;

use crate::engine::settings::Settings;
use crate::pool::Pool;
use crate::recycle::{ByTrait, Recycler, Weighed};

impl<T, F: Fn() -> T> Pool<T, F> {
    /// Begins a pool of objects of any type, whose closures may capture.
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

/// Builds a pool whose closures may capture; see [`Pool::builder`].
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

    /// Recycles objects with `recycle`, instead of by their type.
    ///
    /// It resets an object for its next user and returns `true`; or returns `false`, and the pool
    /// drops the object. The weights that the type's own [`Recycle`](crate::Recycle) says are not used
    /// either.
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
    /// Recycles objects with `recycle`; see [`Builder::recycle`].
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
    pub(crate) const fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    fn with_recycler<S>(self, with: impl FnOnce(R) -> S, settings: Settings) -> Builder<T, F, S> {
        Builder {
            create: self.create,
            recycle: with(self.recycle),
            settings,
            name: self.name,
            objects: PhantomData,
        }
    }

    /// Weighs objects with `weigh`, in bytes; see [`Pool::weigh`].
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

    /// The pool with these settings.
    ///
    /// # Panics
    ///
    /// If the settings contradict each other: a bound in bytes without a way to weigh objects, or an
    /// interval of zero between sweeps. The message says what to do.
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
