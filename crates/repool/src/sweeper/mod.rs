//! The sweeper: one thread that lets any number of pools age.
//!
//! ```text
//! Sweeper (here) → spawn → round: wait → by time or low pressure: sweep; by high: clear → again
//!                → Sweeping: the handle
//! pressure: what is listened to → trigger: the kernel's events → kernel: poll
//!                               → psi: a file's text, read at every tick
//! ```
//!
//! For all pools of the process, a round is `everywhere`, which the engine does (`engine/visit.rs`).
//!
//! The thread parks; only with triggers armed it polls them, and a wake-up.
#![deny(unsafe_code)]

mod error;
mod everywhere;
// Poll, eventfd, fstatfs and affinities.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
mod kernel;
mod pressure;
mod psi;
mod round;
mod shared;
mod sweeping;
#[cfg_attr(not(target_os = "linux"), path = "no_trigger.rs")]
mod trigger;

use core::fmt;
use core::ops::Deref;
use core::time::Duration;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use crate::buf::BufPool;
use crate::engine::registry::Claim;
use crate::pool::Pool;
pub use error::PressureError;
use everywhere::Everywhere;
use pressure::{Source, Wish};
use round::Watched;
use shared::{Cause, Shared};
pub use sweeping::{Sweeping, Sweeps};

/// What a [`Sweeper`] can sweep: a [`Pool`] that threads can share, or what holds such pools.
///
/// ```
/// use repool::{Pool, Sweep};
///
/// #[derive(Default)]
/// struct Codec {
///     lines: Pool<Vec<u8>>,
///     words: Pool<String>,
/// }
///
/// impl Sweep for Codec {
///     fn sweep(&self) {
///         Sweep::sweep(&self.lines);
///         Sweep::sweep(&self.words);
///     }
///     fn clear(&self) {
///         Sweep::clear(&self.lines);
///         Sweep::clear(&self.words);
///     }
/// }
///
/// let codec = Codec::default();
/// drop((codec.lines.get(), codec.words.get()));
/// let any: &dyn Sweep = &codec;
/// any.clear();
/// assert_eq!(codec.lines.stats().idle + codec.words.stats().idle, 0);
/// ```
pub trait Sweep: Send + Sync {
    /// Lets one generation pass: drops what is idle and was not used since the last time.
    fn sweep(&self);

    /// Drops everything idle.
    fn clear(&self);
}

// Objects are dropped on the sweeper's thread: `T: Send`, as `Sync` for a pool takes anyway.
impl<T: Send, F: Send + Sync, R: Send + Sync> Sweep for Pool<T, F, R> {
    fn sweep(&self) {
        Pool::sweep(self);
    }

    fn clear(&self) {
        Pool::clear(self);
    }
}

impl Sweep for BufPool {
    fn sweep(&self) {
        BufPool::sweep(self);
    }

    fn clear(&self) {
        BufPool::clear(self);
    }
}

/// Lets pools age by a thread of its own, also those that nobody uses any more; and gives memory
/// back when it becomes scarce.
///
/// An idle object that was not used between two sweeps is dropped at the second. A sweep comes
/// once in an [interval](Sweeper::every), and [when memory is under
/// pressure](Sweeper::on_memory_pressure) if that is asked for. It sweeps the pools that it is
/// [given](Sweeper::watch), or [all of the process](Sweeper::spawn_for_process).
///
/// ```
/// use std::time::Duration;
/// use repool::{Pool, Sweeper};
///
/// static LINES: Pool<Vec<u8>> = Pool::new(Vec::new);
/// static NAMES: Pool<String> = Pool::new(String::new);
///
/// let sweeping = Sweeper::new()
///     .watch(&LINES)
///     .watch(&NAMES)
///     .every(Duration::from_secs(10))
///     .on_memory_pressure()
///     .spawn()?;
/// if let Err(why) = sweeping.pressure() {
///     eprintln!("pools age by time alone: {why}");
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "a sweeper begins when `spawn` is called"]
pub struct Sweeper {
    pools: Vec<Watched>,
    every: Duration,
    wish: Wish,
}

impl Sweeper {
    /// A sweeper of no pools yet, every 30 seconds.
    ///
    /// ```
    /// let sweeping = repool::Sweeper::new().spawn()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub const fn new() -> Self {
        Sweeper {
            pools: Vec::new(),
            every: Duration::from_secs(30),
            wish: Wish::Nothing,
        }
    }

    /// Sweeps this pool too: a reference to a static, or an [`Arc`], which is kept until the
    /// sweeper has ended.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use repool::{Pool, Sweep, Sweeper};
    ///
    /// static LINES: Pool<Vec<u8>> = Pool::new(Vec::new);
    /// let names = Arc::new(Pool::new(String::new));
    /// let more: Vec<Arc<dyn Sweep>> = vec![names.clone()];
    ///
    /// let sweeper = Sweeper::new().watch(&LINES).watch(Arc::clone(&names));
    /// let sweeping = more.into_iter().fold(sweeper, Sweeper::watch).spawn()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// Its objects are dropped on the sweeper's thread, so they must be such as may go there:
    ///
    /// ```compile_fail,E0277
    /// use std::{rc::Rc, sync::Arc};
    /// let pool = repool::Pool::builder(|| Rc::new(0)).recycle(|_| true).build();
    /// let _ = repool::Sweeper::new().watch(Arc::new(pool));
    /// ```
    pub fn watch<P: Deref<Target: Sweep> + Send + 'static>(mut self, pool: P) -> Self {
        self.pools.push(Box::new(move |cause| match cause {
            Cause::Time | Cause::Low => pool.sweep(),
            Cause::High => pool.clear(),
        }));
        self
    }

    /// Sweeps once in `interval`, counted from the end of the last sweep, whatever that was for.
    ///
    /// It is also how often a file is read that is [not the
    /// kernel's](Sweeper::on_memory_pressure_of). The clock is the system's monotonic one.
    ///
    /// ```
    /// use std::{io, time::Duration};
    /// use repool::Sweeper;
    ///
    /// let hourly = Sweeper::new().every(Duration::from_secs(60 * 60)).spawn()?;
    ///
    /// let never = Sweeper::new().every(Duration::ZERO).spawn();
    /// assert_eq!(never.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub const fn every(mut self, interval: Duration) -> Self {
        self.every = interval;
        self
    }

    /// Sweeps also when this process runs short of memory, as Linux tells it (PSI).
    ///
    /// Within two seconds, if some of its tasks have waited 150 ms for memory, pressure is low:
    /// the pools are swept once, besides the intervals. If all of them have waited 100 ms, it is
    /// high: everything idle is dropped. As long as it lasts, this is repeated every two seconds.
    ///
    /// The tasks are those of the process's own cgroup (version 2), at the time of
    /// [`spawn`](Sweeper::spawn), or all of the system where the cgroup's `memory.pressure`
    /// cannot be had. Where the kernel has neither, or lets this process set no trigger, pools
    /// age by time alone, and [`Sweeping::pressure`] says why.
    ///
    /// ```
    /// let sweeping = repool::Sweeper::new().on_memory_pressure().spawn()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_memory_pressure(mut self) -> Self {
        self.wish = Wish::Own;
        self
    }

    /// Sweeps also when this file tells of memory pressure: another cgroup's `memory.pressure`,
    /// or any file that reads the same.
    ///
    /// The kernel's own files are listened to as by
    /// [`on_memory_pressure`](Sweeper::on_memory_pressure), of which this takes the place. Any
    /// other is only read, once in an [interval](Sweeper::every), in place of the sweep by time:
    /// from `full avg10=5.00` on pressure is high, else from `some avg10=10.00` on it is low.
    /// While such a file is missing or malformed, pools age by time, and [`Sweeping::pressure`]
    /// says so.
    ///
    /// ```
    /// # let dir = std::env::temp_dir().join(format!("repool-{}", std::process::id()));
    /// # std::fs::create_dir_all(&dir)?;
    /// # let path = dir.join("memory.pressure");
    /// use std::time::Duration;
    /// use repool::Sweeper;
    ///
    /// std::fs::write(&path,
    ///     "some avg10=30.00 avg60=0.00 avg300=0.00 total=0\n\
    ///      full avg10=20.00 avg60=0.00 avg300=0.00 total=0\n")?;
    /// let sweeping = Sweeper::new()
    ///     .every(Duration::from_millis(1))
    ///     .on_memory_pressure_of(&path)
    ///     .spawn()?;
    /// assert_eq!(sweeping.pressure().unwrap(), path);
    /// while sweeping.sweeps().by_high_pressure == 0 {
    ///     std::thread::yield_now();
    /// }
    /// # std::fs::remove_dir_all(&dir)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_memory_pressure_of(mut self, file: impl Into<PathBuf>) -> Self {
        self.wish = Wish::Of(file.into());
        self
    }

    /// Begins.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if the interval is zero; or what the system
    /// says if it has no thread to give. That memory pressure cannot be heard of is no error:
    /// see [`Sweeping::pressure`].
    ///
    /// ```
    /// use repool::{Pool, Sweeper};
    ///
    /// static LINES: Pool<Vec<u8>> = Pool::new(Vec::new);
    /// let sweeping = Sweeper::new().watch(&LINES).spawn()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn spawn(self) -> io::Result<Sweeping> {
        self.begin(None)
    }

    /// Begins, for every pool of this process that keeps objects: those that are there and those to
    /// come, in a `static` or elsewhere, without a word from them. No such thread runs unless this is
    /// called.
    ///
    /// ```
    /// use repool::{BufPool, Pool, Sweeper};
    ///
    /// static LINES: Pool<Vec<u8>> = Pool::new(Vec::new);
    /// static BUFS: BufPool = BufPool::new();
    ///
    /// fn main() -> std::io::Result<()> {
    ///     let _sweeping = Sweeper::new().on_memory_pressure().spawn_for_process()?;
    ///     drop((LINES.get(), BUFS.get(4096)));
    ///     // They age from here on, used or not.
    ///     Ok(())
    /// }
    /// ```
    ///
    /// A pool joins with its first object, and leaves when it is dropped. That takes 56 bytes of what it
    /// has on the heap, whether or not there is such a sweeper. A pool that was never used has no part in
    /// it; a warm get and return are the same instructions as without.
    ///
    /// A pool has its turn if it was not swept for most of an [interval](Sweeper::every), by whatever
    /// call. One with [`sweep_every(None)`](Pool::sweep_every) has none: so a pool stays out of it.
    ///
    /// # Where objects are dropped
    ///
    /// What goes is dropped on the sweeper's thread if its type [says that it may
    /// be](crate::Recycle::idle_drop): buffers, strings, collections of std as they are when cleared, what
    /// has no `Drop` at all, and types that say so themselves. A pool may be dropped meanwhile; an object
    /// that the sweeper had taken out by then goes a moment later.
    ///
    /// Any other object may need its thread, or borrow from something: the sweeper does not touch it. It
    /// takes what CPUs have cached back to the middle of the pool, so that each CPU's next get comes
    /// there, does the sweep that is due, and drops what has to go. So such a pool ages while it is used,
    /// and keeps what it has while it is not; under high pressure too. The same goes for objects that are
    /// recycled by a function, and for collections of what has a `Drop` in a pool that was
    /// [prewarmed](Pool::prewarm) or [reserved](Pool::reserve) from, as these need not be empty. To have these dropped on the thread, add their pools by
    /// [`watch`](Sweeper::watch), which checks that they may be.
    ///
    /// With [`Backend::Rseq`](crate::Backend::Rseq) the thread goes to each CPU that has something cached,
    /// once a round (`sched_setaffinity`); a thread of real-time priority that never leaves its CPU holds
    /// it up there, and what a CPU has cached that this process may no longer run on stays.
    ///
    /// # The end, and forks
    ///
    /// It ends when the handle is dropped, or with the process: `main` need not wait for it. Objects that
    /// it drops may use, create and drop pools. A forked child has no such thread; there, its parent's
    /// handle does nothing, and this can be called again.
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists) while there is another one for this process; else
    /// as [`spawn`](Sweeper::spawn).
    ///
    /// ```
    /// use std::io;
    /// use repool::Sweeper;
    ///
    /// let first = Sweeper::new().spawn_for_process()?;
    /// let second = Sweeper::new().spawn_for_process();
    /// assert_eq!(second.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    /// drop(first);
    /// let third = Sweeper::new().spawn_for_process()?;
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn spawn_for_process(self) -> io::Result<Sweeping> {
        let claim = Claim::try_new().ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::AlreadyExists,
                "this process has a sweeper for all its pools already: drop that one first, or use it",
            )
        })?;
        let every = self.every;
        self.begin(Some(Everywhere { claim, every }))
    }

    fn begin(self, everywhere: Option<Everywhere>) -> io::Result<Sweeping> {
        let Sweeper { pools, every, wish } = self;
        if every.is_zero() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a sweeper's interval must be longer than zero",
            ));
        }
        let (source, outcome) = Source::open(wish);
        let shared = Arc::new(Shared::new(outcome, source.wakeup()));
        let seen = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("repool-sweeper".into())
            .spawn(move || round::run(pools, everywhere, every, source, &seen))?;
        Ok(Sweeping::new(shared, thread))
    }
}

impl Default for Sweeper {
    /// As [`new`](Sweeper::new).
    fn default() -> Self {
        Sweeper::new()
    }
}

impl fmt::Debug for Sweeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sweeper")
            .field("pools", &self.pools.len())
            .field("every", &self.every)
            .field("memory_pressure", &self.wish)
            .finish()
    }
}
