//! The sweeper: one thread that sweeps any number of pools, by time and by memory pressure.
//!
//! ```text
//! Sweeper (here) → spawn → round: wait → by time or low pressure: sweep; by high pressure: clear → again
//!                → handle: SweeperHandle
//! pressure: the source of pressure → trigger: the kernel's events → kernel: poll
//!                                  → psi: parses a file, which is read at every tick
//! ```
//!
//! A round over all pools of the process is in `all_pools`, by way of `engine/visit.rs`.
//!
//! The thread parks between rounds. With triggers it polls their descriptors and a wake-up instead.
#![deny(unsafe_code)]

mod all_pools;
mod error;
mod handle;
// poll, eventfd, fstatfs and CPU affinities.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
mod kernel;
mod pressure;
mod psi;
mod round;
mod shared;
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
use all_pools::AllPools;
pub use error::PressureError;
pub use handle::{SweepCounts, SweeperHandle};
#[allow(deprecated)]
pub use handle::{Sweeping, Sweeps};
use pressure::{PressureSetting, Source};
use round::Watched;
use shared::{Cause, SharedState};

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
    /// Drops the objects that were idle at the last sweep and have been idle since.
    fn sweep(&self);

    /// Drops every idle object.
    fn clear(&self);
}

// `T: Send`, because objects are dropped on the sweeper's thread. A pool's `Sync` needs it too.
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

/// Sweeps pools from a thread of its own, also pools that are no longer used, and frees their idle
/// objects when memory is short.
///
/// An idle object that was not used between two sweeps is dropped at the second. The thread sweeps once
/// in an [interval](Sweeper::every), and [when memory is under
/// pressure](Sweeper::on_memory_pressure) if that is set. It sweeps the pools that it is
/// [given](Sweeper::watch), or [all of the process](Sweeper::spawn_for_process).
///
/// ```
/// use std::time::Duration;
/// use repool::{Pool, Sweeper};
///
/// static LINES: Pool<Vec<u8>> = Pool::new(Vec::new);
/// static NAMES: Pool<String> = Pool::new(String::new);
///
/// let handle = Sweeper::new()
///     .watch(&LINES)
///     .watch(&NAMES)
///     .every(Duration::from_secs(10))
///     .on_memory_pressure()
///     .spawn()?;
/// if let Err(why) = handle.pressure() {
///     eprintln!("pools are swept by time alone: {why}");
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "a sweeper starts when `spawn` is called"]
pub struct Sweeper {
    pools: Vec<Watched>,
    every: Duration,
    pressure: PressureSetting,
}

impl Sweeper {
    /// A sweeper without pools, with an interval of 30 seconds.
    ///
    /// ```
    /// let handle = repool::Sweeper::new().spawn()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub const fn new() -> Self {
        Sweeper {
            pools: Vec::new(),
            every: Duration::from_secs(30),
            pressure: PressureSetting::Off,
        }
    }

    /// Adds a pool to sweep: a reference to a `static`, or an [`Arc`], which is dropped when the sweeper
    /// has stopped.
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
    /// let handle = more.into_iter().fold(sweeper, Sweeper::watch).spawn()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// Its objects are dropped on the sweeper's thread, so they must be `Send`:
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

    /// Sweeps once in `interval`, counted from the end of the last sweep for any cause.
    ///
    /// A pressure file that is [not the kernel's](Sweeper::on_memory_pressure_of) is read as often. The
    /// clock is the system's monotonic one.
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

    /// Sweeps also when this process runs short of memory, by Linux's pressure stall information (PSI).
    ///
    /// Pressure is low if some of its tasks have waited 150 ms for memory within two seconds: the pools
    /// are swept once, in addition to the intervals. It is high if all of them have waited 100 ms: every
    /// idle object is dropped. As long as pressure lasts, this is repeated every two seconds.
    ///
    /// The tasks are those of the cgroup (version 2) that the process is in when [`spawn`](Sweeper::spawn)
    /// is called, or all of the system if the cgroup's `memory.pressure` is not available. If the kernel
    /// has neither, or refuses this process a trigger, pools are swept by time alone, and
    /// [`SweeperHandle::pressure`] says why.
    ///
    /// ```
    /// let handle = repool::Sweeper::new().on_memory_pressure().spawn()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_memory_pressure(mut self) -> Self {
        self.pressure = PressureSetting::OwnCgroup;
        self
    }

    /// Sweeps also when this file reports memory pressure: another cgroup's `memory.pressure`, or any
    /// file of the same format.
    ///
    /// It replaces [`on_memory_pressure`](Sweeper::on_memory_pressure), and works the same with the
    /// kernel's own files. Any other file is read once in an [interval](Sweeper::every), before the sweep
    /// by time: from `full avg10=5.00` on pressure is high and the pools are cleared instead; else from
    /// `some avg10=10.00` on it is low, and the sweep counts as one for that. While such a file is missing
    /// or malformed, pools are swept by time alone, and [`SweeperHandle::pressure`] says so.
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
    /// let handle = Sweeper::new()
    ///     .every(Duration::from_millis(1))
    ///     .on_memory_pressure_of(&path)
    ///     .spawn()?;
    /// assert_eq!(handle.pressure().unwrap(), path);
    /// while handle.sweeps().by_high_pressure == 0 {
    ///     std::thread::yield_now();
    /// }
    /// # std::fs::remove_dir_all(&dir)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_memory_pressure_of(mut self, file: impl Into<PathBuf>) -> Self {
        self.pressure = PressureSetting::File(file.into());
        self
    }

    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if the interval is zero; or the system's error if it
    /// cannot start a thread. It is no error if memory pressure is not available: see
    /// [`SweeperHandle::pressure`].
    ///
    /// ```
    /// use repool::{Pool, Sweeper};
    ///
    /// static LINES: Pool<Vec<u8>> = Pool::new(Vec::new);
    /// let handle = Sweeper::new().watch(&LINES).spawn()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn spawn(self) -> io::Result<SweeperHandle> {
        self.start(None)
    }

    /// Starts the thread for every pool of this process that keeps objects: present and future ones, in
    /// a `static` or elsewhere. The pools need not be named. No such thread runs unless this is called.
    ///
    /// ```
    /// use repool::{BufPool, Pool, Sweeper};
    ///
    /// static LINES: Pool<Vec<u8>> = Pool::new(Vec::new);
    /// static BUFS: BufPool = BufPool::new();
    ///
    /// fn main() -> std::io::Result<()> {
    ///     let _sweeper = Sweeper::new().on_memory_pressure().spawn_for_process()?;
    ///     drop((LINES.get(), BUFS.get(4096)));
    ///     // From here on they are swept, used or not.
    ///     Ok(())
    /// }
    /// ```
    ///
    /// A pool is registered with its first object, and unregistered when it is dropped. That takes 56 bytes
    /// on the heap for each pool that was used, whether or not there is such a sweeper. A warm get and
    /// return are the same instructions as without it.
    ///
    /// A round sweeps the pools that no call has swept for most of an [interval](Sweeper::every). It skips
    /// pools with [`sweep_every(None)`](Pool::sweep_every).
    ///
    /// # Where objects are dropped
    ///
    /// An object is dropped on the sweeper's thread if its type [allows
    /// it](crate::Recycle::idle_drop): buffers, strings, collections of std as they are when cleared, types
    /// without drop code, and types that say so themselves. A pool may be dropped at the same time; an
    /// object that the sweeper had taken out by then is dropped a moment later.
    ///
    /// Any other object may need its thread, or borrow: the sweeper does not drop it. It moves the objects
    /// that CPUs have cached to the depot. So the next get on each CPU looks there, does the sweep that is
    /// due, and drops the objects. Such a pool shrinks only while it is used, even under high pressure.
    /// The same holds for objects that are recycled by a function, and for collections of elements with
    /// drop code in a pool that was [prewarmed](Pool::prewarm) or [reserved](Pool::reserve) from, because
    /// these need not be empty. To have these dropped on the thread, add their pools with
    /// [`watch`](Sweeper::watch), which requires `Send`.
    ///
    /// With [`Backend::Rseq`](crate::Backend::Rseq) the thread moves to each CPU that has objects cached,
    /// once a round (`sched_setaffinity`). There it has to wait for a thread of real-time priority that
    /// never leaves the CPU. What is cached on a CPU that this process may no longer run on stays.
    ///
    /// # End of the thread, and forks
    ///
    /// The thread ends when the handle is dropped, or with the process: `main` need not wait for it. Objects
    /// that it drops may use, create and drop pools. A forked child has no such thread; there, its parent's
    /// handle does nothing, and this can be called again.
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists) while this process has another one; else as
    /// [`spawn`](Sweeper::spawn).
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
    pub fn spawn_for_process(self) -> io::Result<SweeperHandle> {
        let claim = Claim::try_new().ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::AlreadyExists,
                "this process has a sweeper for all its pools already: drop that one first, or use it",
            )
        })?;
        let every = self.every;
        self.start(Some(AllPools { claim, every }))
    }

    fn start(self, all_pools: Option<AllPools>) -> io::Result<SweeperHandle> {
        let Sweeper {
            pools,
            every,
            pressure,
        } = self;
        if every.is_zero() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a sweeper's interval must be longer than zero",
            ));
        }
        let (source, outcome) = Source::open(pressure);
        let shared = Arc::new(SharedState::new(outcome, source.wakeup()));
        let seen = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("repool-sweeper".into())
            .spawn(move || round::run(pools, all_pools, every, source, &seen))?;
        Ok(SweeperHandle::new(shared, thread))
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
            .field("memory_pressure", &self.pressure)
            .finish()
    }
}
