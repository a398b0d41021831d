//! The settings of a pool, as methods. The macro writes each setting once, for [`Pool`] (in a
//! `static`) and for [`Builder`]. The values are kept in `engine/settings.rs`, which also says which
//! of them contradict each other.

use core::time::Duration;

use crate::builder::Builder;
use crate::engine::settings::NO_PER_CPU;
use crate::pool::Pool;

/// For each setting: its documentation, whose first line is a sentence of its own and the one that the
/// builder repeats; the function that stores it; and a call of it for the builder's example. With
/// `converted`, the builder takes whatever converts to the type, and so is no `const fn`.
macro_rules! settings {
    ($(
        #[doc = $summary:literal]
        $(#[doc = $text:literal])*
        fn $name:ident($settings:ident $(, $value:ident: $type:ty)?) $body:block
        in builder: $example:literal $($converted:ident)?;
    )*) => {
        /// # Settings
        ///
        /// A setting takes a pool that was not used yet, and returns it with the setting. All are
        /// `const`, for pools in a `static`. A wrong value is a compile error there and a panic
        /// elsewhere. On a pool that was used already, every setting but the [`name`](Pool::name)
        /// panics, because what the pool holds was laid out by the old ones.
        ///
        /// The type of a `static` has to be written, so that `create` has to be a function pointer:
        /// begin with [`Pool::new_static`] or [`Pool::with`] there (after [`Pool::new`], a setting
        /// is error E0308). [`Pool::builder`] has the same settings for closures that capture.
        impl<T, F, R> Pool<T, F, R> {$(
            #[doc = $summary]
            $(#[doc = $text])*
            #[track_caller]
            #[must_use = "this returns the pool with the setting"]
            pub const fn $name(mut self $(, $value: $type)?) -> Self {
                let $settings = self.engine_mut().settings_mut();
                $body
                if let Some(problem) = $settings.problem() {
                    panic!("{}", problem);
                }
                self
            }
        )*}

        /// # Settings
        ///
        /// A value that is wrong by itself panics at once; settings that contradict each other do in
        /// [`build`](Builder::build).
        impl<T, F: Fn() -> T, R> Builder<T, F, R> {$(
            settings!(@builder $($converted)?
                #[doc = $summary]
                #[doc = ""]
                #[doc = concat!("See [`Pool::", stringify!($name), "`].\n\n```")]
                #[doc = concat!("let pool = repool::Pool::builder(Vec::<u8>::new).", $example, ".build();")]
                #[doc = "# pool.get();\n```"]
                fn $name($settings $(, $value: $type)?) $body
            );
        )*}
    };
    (@builder $(#[doc = $text:expr])* fn $name:ident($settings:ident $(, $value:ident: $type:ty)?) $body:block) => {
        $(#[doc = $text])*
        #[track_caller]
        pub const fn $name(mut self $(, $value: $type)?) -> Self {
            let $settings = self.settings_mut();
            $body
            self
        }
    };
    (@builder converted $(#[doc = $text:expr])* fn $name:ident($settings:ident, $value:ident: $type:ty) $body:block) => {
        $(#[doc = $text])*
        #[track_caller]
        pub fn $name(mut self, $value: impl Into<$type>) -> Self {
            let $value: $type = $value.into();
            let $settings = self.settings_mut();
            $body
            self
        }
    };
}

settings! {
    /// Keeps at most about `max_idle` idle objects, and drops what is returned beyond them.
    ///
    /// No bound by default. The bound is exact as long as one CPU alone uses the pool
    /// ([`Backend::Slots`]: one thread) and no sweep comes in between. Each further CPU may hold up
    /// to 29 objects of its own, and no more than `max_idle`, before it checks the rest of the pool.
    /// So each CPU may exceed the bound by less than one magazine of 30 objects.
    ///
    /// [`Backend::Slots`]: crate::Backend::Slots
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static BIG: Pool<Vec<u8>> = Pool::new_static(|| Vec::with_capacity(1 << 20)).max_idle(4);
    /// # BIG.get();
    /// let none = Pool::new(Vec::<u8>::new).max_idle(0);
    /// drop(none.get());
    /// assert_eq!(none.stats().idle, 0);
    /// ```
    fn max_idle(settings, max_idle: usize) {
        settings.max_idle = max_idle;
    }
    in builder: "max_idle(1)";

    /// Keeps idle objects that weigh at most about `bytes` together, and drops what is returned beyond.
    ///
    /// No bound by default. Objects that are cached on a CPU are not counted: at most 29 for each CPU,
    /// and only light ones, which together weigh at most a quarter of `bytes` on any number of CPUs.
    /// Heavier objects go to the depot, where each is counted.
    ///
    /// The weight of an object is what its type says ([`Recycle::weight`](crate::Recycle::weight)), or
    /// the function given to [`weigh`](Pool::weigh), which has to be set first. It is asked when the
    /// object is returned. This makes a return about 4 nanoseconds slower, or about 70 for a heavy
    /// object.
    ///
    /// # Panics
    ///
    /// If the pool has no way to weigh its objects. In a `static` that is a compile error:
    ///
    /// ```compile_fail
    /// use repool::{Pool, StaticPool};
    /// static P: StaticPool<u8> = Pool::with(|| 0, |_| true).max_idle_bytes(1000);
    /// ```
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static PAGES: Pool<Vec<u8>> = Pool::new_static(Vec::new).max_idle_bytes(64 << 20);
    /// # PAGES.get();
    /// ```
    fn max_idle_bytes(settings, bytes: usize) {
        settings.max_idle_bytes = bytes;
    }
    in builder: "max_idle_bytes(1 << 20)";

    /// Drops an object that is heavier than `bytes` when it is returned.
    ///
    /// No bound by default. So a buffer that one huge request grew does not serve small ones for ever
    /// (golang/go#23199). [`fade_outliers`](Pool::fade_outliers) is the gentler setting. On weights see
    /// [`max_idle_bytes`](Pool::max_idle_bytes).
    ///
    /// # Panics
    ///
    /// If the pool has no way to weigh its objects; in a `static` that is a compile error.
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static LINES: Pool<Vec<u8>> = Pool::new_static(Vec::new).max_object_bytes(64 << 10);
    /// LINES.get().reserve(1 << 20);
    /// assert_eq!(LINES.stats().dropped.heavy, 1);
    /// ```
    fn max_object_bytes(settings, bytes: usize) {
        settings.max_object_bytes = bytes;
    }
    in builder: "max_object_bytes(1 << 16)";

    /// Drops objects that are far heavier than recent demand, without a fixed bound.
    ///
    /// An outlier is kept and reused while users need its size, and is dropped after two
    /// [sweeps](Pool::sweep) without such a use.
    ///
    /// Demand is the most bytes that a user needed since the sweep before last
    /// ([`Recycle::used`](crate::Recycle::used): for a `Vec`, its length when it is returned), or that
    /// an object grew to. *Far heavier* means more than eight times that, more than eight times what
    /// `create` makes, and more than 4 KiB. If a function recycles the objects, only their growth is
    /// known. On weights see [`max_idle_bytes`](Pool::max_idle_bytes).
    ///
    /// # Panics
    ///
    /// If the pool has no way to weigh its objects; in a `static` that is a compile error.
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static BODIES: Pool<Vec<u8>> = Pool::new_static(Vec::new).fade_outliers();
    ///
    /// BODIES.get().resize(16 << 20, 0);   // one huge request
    /// for _ in 0..2 {
    ///     BODIES.get().resize(1 << 10, 0); // and then small ones
    ///     BODIES.sweep();
    /// }
    /// assert!(BODIES.get().capacity() < 16 << 20);
    /// ```
    fn fade_outliers(settings) {
        settings.fade_outliers = true;
    }
    in builder: "fade_outliers()";

    /// Keeps at most `n` idle objects for each CPU, and no others.
    ///
    /// On [`Backend::Slots`](crate::Backend::Slots) the bound holds for each slot, which a few threads
    /// share. It is for objects that are costly to keep, such as a compressor of 300 KiB.
    ///
    /// There is no depot, and no CPU steals from another: a get that finds nothing on its CPU creates,
    /// and [`try_get`](Pool::try_get) looks on its CPU only. A CPU keeps at most 31, even if `n` is
    /// more. [`max_idle_bytes`](Pool::max_idle_bytes) is divided equally among the objects, and one
    /// that is heavier than its part is dropped. A return is about 4 nanoseconds slower.
    ///
    /// # Panics
    ///
    /// For 0, which would keep nothing. In a `static` that is a compile error:
    ///
    /// ```compile_fail
    /// use repool::Pool;
    /// static P: Pool<Vec<u8>> = Pool::new_static(Vec::new).per_cpu(0);
    /// ```
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static SCRATCH: Pool<Vec<u8>> = Pool::new_static(|| Vec::with_capacity(300 << 10)).per_cpu(1);
    /// drop((SCRATCH.get(), SCRATCH.get()));
    /// assert!(SCRATCH.stats().dropped.over_budget <= 1);
    /// ```
    fn per_cpu(settings, n: usize) {
        assert!(n > 0, "{}", NO_PER_CPU);
        let most = u16::MAX as usize;
        settings.per_cpu = if n < most { n as u16 } else { u16::MAX };
    }
    in builder: "per_cpu(1)";

    /// Lets ordinary calls [sweep](Pool::sweep) the pool if `interval` has passed since the last sweep.
    ///
    /// 30 seconds by default. `None` turns it off, and also excludes the pool from the
    /// [sweeper of the process](crate::Sweeper::spawn_for_process).
    ///
    /// These calls look at the clock: a get that finds nothing, a return that overflows what is cached
    /// on this CPU, and one in eight of the returns that are checked anyway (in a pool with
    /// [`max_idle_bytes`](Pool::max_idle_bytes), [`max_object_bytes`](Pool::max_object_bytes),
    /// [`fade_outliers`](Pool::fade_outliers), [`per_cpu`](Pool::per_cpu) or
    /// [`drop_on_fork`](Pool::drop_on_fork)). So neither a pool that is not used is swept, nor a pool
    /// without any of these settings whose gets and returns are all served from their CPU's cache. A
    /// [`Sweeper`](crate::Sweeper) sweeps those too, and
    /// [one line](crate::Sweeper::spawn_for_process) starts it for the whole process.
    ///
    /// The call that sweeps also drops the objects, and takes longer. If the `Drop` of one of them
    /// panics, that call panics.
    ///
    /// # Panics
    ///
    /// For an interval of zero. In a `static` that is a compile error:
    ///
    /// ```compile_fail
    /// use repool::Pool;
    /// use std::time::Duration;
    /// static P: Pool<Vec<u8>> = Pool::new_static(Vec::new).sweep_every(Some(Duration::ZERO));
    /// ```
    ///
    /// ```
    /// use repool::Pool;
    /// use std::time::Duration;
    ///
    /// static LINES: Pool<Vec<u8>> =
    ///     Pool::new_static(Vec::new).sweep_every(Some(Duration::from_secs(5)));
    /// # LINES.get();
    /// ```
    fn sweep_every(settings, interval: Option<Duration>) {
        settings.sweep_every = match interval {
            Some(interval) => nanoseconds(interval),
            None => u64::MAX,
        };
    }
    in builder: "sweep_every(std::time::Duration::from_secs(5))" converted;

    /// Drops, in a forked child, the objects that its parent had idle.
    ///
    /// It is for objects that two processes must not share, such as open files or the state of a
    /// generator of secrets. Without it a child uses its copies. The child drops them before its first
    /// get or return.
    ///
    /// The child does not have the objects that other threads held at the moment of the fork, or were
    /// returning. Each get and return reads the process's identity from a page that the kernel wipes
    /// in a child, which takes some nanoseconds. Where the system refuses such a page (Linux before
    /// 4.14, a sandbox), it asks for the process's number, about 0.1 microseconds; a child that has the
    /// same number as an ancestor then uses what that ancestor had idle.
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static KEYS: Pool<Vec<u8>> = Pool::new_static(Vec::new).drop_on_fork();
    /// # KEYS.get();
    /// ```
    fn drop_on_fork(settings) {
        settings.drop_on_fork = true;
    }
    in builder: "drop_on_fork()";
}

impl<T, F, R> Pool<T, F, R> {
    /// Weighs objects with `weigh`, in bytes, instead of by their type.
    ///
    /// It is called on an object that was returned and recycled, on the caller's thread and while no
    /// lock is held. If it panics, the object is dropped.
    ///
    /// # Panics
    ///
    /// If the pool was used already.
    ///
    /// ```
    /// use repool::{Pool, StaticPool};
    ///
    /// struct Image { pixels: Box<[u32]> }
    ///
    /// static IMAGES: StaticPool<Image> = Pool::with(
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

    /// Gives the pool a name, for [`Stats`](crate::Stats).
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// static LINES: Pool<Vec<u8>> = Pool::new_static(Vec::new).name("lines");
    /// assert!(LINES.stats().to_string().starts_with("lines: 0 idle"));
    /// ```
    #[must_use = "this returns the pool with the setting"]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.engine_mut().name = Some(name);
        self
    }
}

/// An interval in nanoseconds, the unit in which settings keep it; `u64::MAX` if it is longer.
const fn nanoseconds(interval: Duration) -> u64 {
    let nanoseconds = interval.as_nanos();
    if nanoseconds >= u64::MAX as u128 {
        return u64::MAX;
    }
    nanoseconds as u64
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::*;
    use crate::engine::disposal;
    use crate::engine::settings::Settings;

    #[test]
    fn a_setting_stores_the_same_by_a_pool_and_by_its_builder() {
        let interval = Duration::from_secs(5);
        let pool = Pool::new(Vec::<u8>::new)
            .max_idle(1)
            .max_idle_bytes(2)
            .max_object_bytes(3)
            .fade_outliers()
            .per_cpu(1 << 20)
            .sweep_every(Some(interval))
            .drop_on_fork();
        let built = Pool::builder(Vec::<u8>::new)
            .max_idle(1)
            .max_idle_bytes(2)
            .max_object_bytes(3)
            .fade_outliers()
            .per_cpu(1 << 20)
            .sweep_every(interval)
            .drop_on_fork()
            .build();
        // Without the function, whose address may differ.
        let shown = |settings: &Settings| {
            let disposal = disposal::none;
            format!(
                "{:?}",
                Settings {
                    disposal,
                    ..*settings
                }
            )
        };
        let shown = [&pool, &built].map(|pool| shown(pool.engine().settings()));
        assert_eq!(shown[0], shown[1]);
        for value in [
            "max_idle: 1,",
            "per_cpu: 65535",
            "sweep_every: 5000000000",
            "drop_on_fork: true",
        ] {
            assert!(shown[0].contains(value), "{value} in {}", shown[0]);
        }
    }

    #[test]
    fn an_interval_that_does_not_fit_is_never() {
        assert_eq!(nanoseconds(Duration::MAX), u64::MAX);
    }
}
