//! What a pool may keep: settings, to be made before its first use.

use core::time::Duration;

use crate::engine::settings::NO_PER_CPU;
use crate::pool::Pool;

/// # Settings
///
/// They make another pool of a pool that was not used yet, and can be called where a `static` is
/// initialised. A wrong one is a compile error there and a panic elsewhere. On a pool that was used
/// already, every setting but the [`name`](Pool::name) panics: what the pool holds was made by the
/// old ones. Where `create` is a
/// function pointer ([`from_fn`](Pool::from_fn), [`with`](Pool::with)) the type of the `static` can
/// be named. [`Pool::builder`] has the same settings for closures that capture.
impl<T, F, R> Pool<T, F, R> {
    /// Keeps at most about `max_idle` idle objects; what comes home beyond them is dropped. No
    /// bound by default.
    ///
    /// The bound is exact as long as one CPU alone uses the pool ([`Backend::Slots`]: one thread)
    /// and no sweep comes in between. Each further CPU may hold up to 29 objects of its own, and no
    /// more than `max_idle`, before it looks at what the others have: less than the one magazine,
    /// of 30, that every bound of this pool may be passed by for each CPU.
    ///
    /// [`Backend::Slots`]: crate::Backend::Slots
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static BIG: Pool<Vec<u8>> = Pool::from_fn(|| Vec::with_capacity(1 << 20)).max_idle(4);
    /// # BIG.get();
    /// let none = Pool::new(Vec::<u8>::new).max_idle(0);
    /// drop(none.get());
    /// assert_eq!(none.stats().idle, 0);
    /// ```
    #[track_caller]
    #[must_use = "this returns the pool with the setting"]
    pub const fn max_idle(mut self, max_idle: usize) -> Self {
        self.engine_mut().settings_mut().max_idle = max_idle;
        self
    }

    /// Keeps idle objects that weigh at most about `bytes` together; what comes home beyond them
    /// is dropped. No bound by default.
    ///
    /// Objects that are at hand of a CPU are not counted: at most 29 for each, and only light ones,
    /// which together are a quarter of `bytes` at most, however many CPUs there are. Heavier ones
    /// go through the depot, where each is counted.
    ///
    /// What an object weighs its type says ([`Recycle::weight`](crate::Recycle::weight)), or
    /// [`weigh`](Pool::weigh), which has to come first. It is asked when the object comes home,
    /// which then takes some 4 nanoseconds longer; where the object is heavy, some 70.
    ///
    /// # Panics
    ///
    /// Where the pool does not know what an object weighs; in a `static`, that does not compile:
    ///
    /// ```compile_fail
    /// use repool::{FnPool, Pool};
    /// static P: FnPool<u8> = Pool::with(|| 0, |_| true).max_idle_bytes(1000);
    /// ```
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static PAGES: Pool<Vec<u8>> = Pool::from_fn(Vec::new).max_idle_bytes(64 << 20);
    /// # PAGES.get();
    /// ```
    #[track_caller]
    #[must_use = "this returns the pool with the setting"]
    pub const fn max_idle_bytes(mut self, bytes: usize) -> Self {
        self.engine_mut().settings_mut().max_idle_bytes = bytes;
        self.reject_problems()
    }

    /// Drops an object that is heavier than `bytes` when it comes home. No bound by default.
    ///
    /// So a buffer that one huge request grew does not circulate under small ones for ever
    /// (golang/go#23199). [`fade_outliers`](Pool::fade_outliers) is the gentler way. On weights see
    /// [`max_idle_bytes`](Pool::max_idle_bytes).
    ///
    /// # Panics
    ///
    /// Where the pool does not know what an object weighs; in a `static`, that does not compile.
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static LINES: Pool<Vec<u8>> = Pool::from_fn(Vec::new).max_object_bytes(64 << 10);
    /// LINES.get().reserve(1 << 20);
    /// assert_eq!(LINES.stats().dropped.heavy, 1);
    /// ```
    #[track_caller]
    #[must_use = "this returns the pool with the setting"]
    pub const fn max_object_bytes(mut self, bytes: usize) -> Self {
        self.engine_mut().settings_mut().max_object_bytes = bytes;
        self.reject_problems()
    }

    /// Weighs objects with `weigh`, in bytes, instead of by their type.
    ///
    /// It is called on an object that came home and was recycled, on the caller's thread and
    /// outside every lock. If it panics, the object is dropped.
    ///
    /// ```
    /// use repool::{FnPool, Pool};
    ///
    /// struct Image { pixels: Box<[u32]> }
    ///
    /// static IMAGES: FnPool<Image> = Pool::with(
    ///     || Image { pixels: vec![0; 64 * 64].into() },
    ///     |image| { image.pixels.fill(0); true },
    /// )
    /// .weigh(|image| size_of_val(&*image.pixels))
    /// .max_idle_bytes(1 << 20);
    /// # IMAGES.get();
    /// ```
    #[track_caller]
    #[must_use = "this returns the pool with the setting"]
    pub const fn weigh(mut self, weigh: fn(&T) -> usize) -> Self {
        self.engine_mut().set_weigher(weigh);
        self
    }

    /// Lets objects go that are far heavier than recent demand, without a fixed bound: one is kept
    /// and used again while users need it, and dropped when there were two
    /// [sweeps](Pool::sweep) without.
    ///
    /// Demand is the most that any user made use of since the sweep before last
    /// ([`Recycle::used`](crate::Recycle::used): of a `Vec`, its length when it comes home), or
    /// that an object grew to. *Far* is more than eight times that, more than eight times what
    /// `create` makes, and more than 4 KiB. Of objects that are recycled by a function, growth is
    /// all that is known. On weights see [`max_idle_bytes`](Pool::max_idle_bytes).
    ///
    /// # Panics
    ///
    /// Where the pool does not know what an object weighs; in a `static`, that does not compile.
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static BODIES: Pool<Vec<u8>> = Pool::from_fn(Vec::new).fade_outliers();
    ///
    /// BODIES.get().resize(16 << 20, 0);   // one huge request
    /// for _ in 0..2 {
    ///     BODIES.get().resize(1 << 10, 0); // and then small ones
    ///     BODIES.sweep();
    /// }
    /// assert!(BODIES.get().capacity() < 16 << 20);
    /// ```
    #[track_caller]
    #[must_use = "this returns the pool with the setting"]
    pub const fn fade_outliers(mut self) -> Self {
        self.engine_mut().settings_mut().fade_outliers = true;
        self.reject_problems()
    }

    /// Keeps at most `n` idle objects for each CPU ([`Backend::Slots`](crate::Backend::Slots): for
    /// a few threads), and none beside: for objects that are costly to keep, such as a compressor
    /// of 300 KiB.
    ///
    /// There is no depot, and no CPU is given what another has: a get that finds nothing here
    /// creates, and [`try_get`](Pool::try_get) looks here only. A CPU keeps 31 at most, whatever
    /// `n` says. Of [`max_idle_bytes`](Pool::max_idle_bytes) each object has an equal share, and a
    /// heavier one is dropped. A return takes some 4 nanoseconds longer.
    ///
    /// # Panics
    ///
    /// For 0, which would keep nothing; in a `static`, that does not compile:
    ///
    /// ```compile_fail
    /// use repool::Pool;
    /// static P: Pool<Vec<u8>> = Pool::from_fn(Vec::new).per_cpu(0);
    /// ```
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static SCRATCH: Pool<Vec<u8>> = Pool::from_fn(|| Vec::with_capacity(300 << 10)).per_cpu(1);
    /// drop((SCRATCH.get(), SCRATCH.get()));
    /// assert!(SCRATCH.stats().dropped.over_budget <= 1);
    /// ```
    #[track_caller]
    #[must_use = "this returns the pool with the setting"]
    pub const fn per_cpu(mut self, n: usize) -> Self {
        assert!(n > 0, "{}", NO_PER_CPU);
        let most = u16::MAX as usize;
        self.engine_mut().settings_mut().per_cpu = if n < most { n as u16 } else { u16::MAX };
        self
    }

    /// Lets ordinary calls [sweep](Pool::sweep) the pool when `interval` is over since the last
    /// time. 30 seconds by default; `None` turns it off, and keeps the pool out of what the
    /// [sweeper of the process](crate::Sweeper::spawn_for_process) does.
    ///
    /// These calls look at the clock: a get that finds nothing, a return that overflows what is cached
    /// on this CPU, and one in eight of the returns that are checked anyway (in a pool with
    /// [`max_idle_bytes`](Pool::max_idle_bytes), [`max_object_bytes`](Pool::max_object_bytes),
    /// [`fade_outliers`](Pool::fade_outliers), [`per_cpu`](Pool::per_cpu) or
    /// [`drop_on_fork`](Pool::drop_on_fork)). A pool that is not used is not swept by itself, nor is
    /// one without any of these settings whose gets and returns all find what they need on their CPU:
    /// a [`Sweeper`](crate::Sweeper) sweeps those, of the whole process by
    /// [one line](crate::Sweeper::spawn_for_process). The call that finds
    /// the time over drops what has to go, and so takes the longer; if the `Drop` of an object
    /// panics there, that call does.
    ///
    /// # Panics
    ///
    /// For an interval of zero; in a `static`, that does not compile:
    ///
    /// ```compile_fail
    /// use repool::Pool;
    /// use std::time::Duration;
    /// static P: Pool<Vec<u8>> = Pool::from_fn(Vec::new).sweep_every(Some(Duration::ZERO));
    /// ```
    ///
    /// ```
    /// use repool::Pool;
    /// use std::time::Duration;
    ///
    /// static LINES: Pool<Vec<u8>> =
    ///     Pool::from_fn(Vec::new).sweep_every(Some(Duration::from_secs(5)));
    /// # LINES.get();
    /// ```
    #[track_caller]
    #[must_use = "this returns the pool with the setting"]
    pub const fn sweep_every(mut self, interval: Option<Duration>) -> Self {
        self.engine_mut().settings_mut().sweep_every = match interval {
            Some(interval) => nanoseconds(interval),
            None => u64::MAX,
        };
        self.reject_problems()
    }

    /// Has a forked child drop what its parent had idle, before its first get or return: for
    /// objects that hold what two processes must not share, such as open files or the state of a
    /// generator of secrets. Otherwise a child uses its copies.
    ///
    /// Objects that other threads had in use at the moment of the fork stay in use for ever in the child's
    /// [`Stats`](crate::Stats), unless the child returns them. Each get and return reads the process's identity from a page that the
    /// kernel wipes in a child, some nanoseconds. Where the system refuses such a page (Linux before
    /// 4.14, a sandbox), it asks for the process's number, some 0.1 microseconds; a child that was
    /// given the number of an ancestor then uses what that had idle.
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static KEYS: Pool<Vec<u8>> = Pool::from_fn(Vec::new).drop_on_fork();
    /// # KEYS.get();
    /// ```
    #[track_caller]
    #[must_use = "this returns the pool with the setting"]
    pub const fn drop_on_fork(mut self) -> Self {
        self.engine_mut().settings_mut().drop_on_fork = true;
        self
    }

    /// Gives the pool a name, for [`Stats`](crate::Stats).
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static LINES: Pool<Vec<u8>> = Pool::from_fn(Vec::new).name("lines");
    /// assert!(LINES.stats().to_string().starts_with("lines: 0 idle"));
    /// ```
    #[must_use = "this returns the pool with the setting"]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.engine_mut().name = Some(name);
        self
    }

    /// Panics where settings do not go together.
    const fn reject_problems(self) -> Self {
        if let Some(problem) = self.engine().settings().problem() {
            panic!("{}", problem);
        }
        self
    }
}

/// An interval as settings have it.
pub(crate) const fn nanoseconds(interval: Duration) -> u64 {
    let nanoseconds = interval.as_nanos();
    if nanoseconds >= u64::MAX as u128 {
        return u64::MAX;
    }
    nanoseconds as u64
}
