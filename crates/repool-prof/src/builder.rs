//! [`Builder`], the settings of a profiler and its start. The start prepares the unwinder
//! (`unwind`), opens a `session` and switches the `sampler` on.

use std::hash::{BuildHasher, RandomState};
use std::{error, fmt, io};

use crate::session::RunningSession;
use crate::{Profiler, Unwind, hook_functions, is_installed, sampler, thread, unwind};

/// Sets a [`Profiler`] up and starts it; made by [`Profiler::builder`].
///
/// ```
/// use repool_prof::{ProfAlloc, Profiler};
///
/// #[global_allocator]
/// static ALLOC: ProfAlloc = ProfAlloc::new();
///
/// # fn main() -> Result<(), repool_prof::StartError> {
/// let profiler = Profiler::builder().rate(64 * 1024).memory_limit(16 << 20).start()?;
/// assert_eq!(profiler.rate(), 65536);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a profiler has to be started"]
pub struct Builder {
    rate: u64,
    seed: Option<u64>,
    memory_limit: Option<usize>,
    unwind: Unwind,
    paused: bool,
}

/// Mean bytes between samples, as in Go (`runtime.MemProfileRate`).
const DEFAULT_RATE: u64 = 512 * 1024;

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            rate: DEFAULT_RATE,
            seed: None,
            memory_limit: None,
            unwind: Unwind::Auto,
            paused: false,
        }
    }

    /// Sets the mean bytes between two samples: 512 KiB by default. 1 samples every allocation, 0
    /// none.
    ///
    /// A lower rate gives smaller errors for rare call sites and takes more time: a sample takes
    /// about a microsecond.
    ///
    /// ```
    /// # use repool_prof::{ProfAlloc, Profiler};
    /// # #[global_allocator]
    /// # static ALLOC: ProfAlloc = ProfAlloc::new();
    /// let profiler = Profiler::builder().rate(1).start()?; // exact
    /// assert_eq!(profiler.rate(), 1);
    /// # Ok::<(), repool_prof::StartError>(())
    /// ```
    pub fn rate(mut self, bytes: u64) -> Self {
        self.rate = bytes;
        self
    }

    /// Sets the seed of the gaps between samples, so that a program that allocates the same gets the
    /// same samples. By default each run has a random seed.
    ///
    /// ```
    /// # use repool_prof::{ProfAlloc, Profiler};
    /// # #[global_allocator]
    /// # static ALLOC: ProfAlloc = ProfAlloc::new();
    /// let allocated = || {
    ///     let profiler = Profiler::builder().rate(4096).seed(7).start().expect("it starts");
    ///     (0..1000).for_each(|_| drop(std::hint::black_box(vec![1u8; 100])));
    ///     profiler.snapshot().totals().alloc_objects
    /// };
    /// assert_eq!(allocated(), allocated());
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the most bytes that the tables of stacks and blocks may take together.
    ///
    /// By default they take at most 1.5 MiB and 1/100 of the peak memory that the program had in use
    /// while it was profiled, at rates of 128 KiB and more. At lower rates they take, in addition, 64
    /// to 144 bytes for each sampled block that is in use. At a rate of 1 these are all blocks, so
    /// that a program with many small blocks takes several times its memory. The tables of stacks
    /// take at most 256 MiB, and that of blocks 256 MiB more than the program's peak.
    ///
    /// If the tables are full, new stacks are counted together as
    /// [overflow](crate::Stack::is_overflow), and further blocks as [lost](crate::Snapshot::lost).
    /// By default the tables hold some thousand stacks; raise the limit for a low rate.
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = Some(bytes);
        self
    }

    /// Sets how stacks are unwound: [`Unwind::Auto`] by default.
    pub fn unwind(mut self, how: Unwind) -> Self {
        self.unwind = how;
        self
    }

    /// Starts with sampling off, until [`Profiler::resume`]. See the example of
    /// [`Profiler::pause`].
    pub fn paused(mut self) -> Self {
        self.paused = true;
        self
    }

    /// Starts the profiler. Sampling begins for the calling thread with its next allocation, and for
    /// each other thread before it has allocated 64 KiB more.
    ///
    /// # Errors
    ///
    /// If the program's global allocator is not a [`ProfAlloc`](crate::ProfAlloc), if a profiler
    /// runs already, if stacks cannot be unwound, or if the system has no memory. The last is also
    /// returned if a limit of the process's address space (`ulimit -v`) leaves less than the
    /// profiler may need: some 256 MiB and four times the size of the program's files.
    ///
    /// ```
    /// // This program has no `#[global_allocator]`.
    /// let error = repool_prof::Profiler::builder().start().unwrap_err();
    /// assert!(error.to_string().contains("#[global_allocator]"));
    /// ```
    pub fn start(self) -> Result<Profiler, StartError> {
        if !is_installed() {
            return Err(StartError::NotInstalled);
        }
        let profiler = self.prepare()?;
        if !self.paused {
            sampler::resume();
        }
        Ok(profiler)
    }

    fn prepare(self) -> Result<Profiler, StartError> {
        let _own_work = thread::UnsampledGuard::new();
        let seed = self.seed.unwrap_or_else(|| RandomState::new().hash_one(0));
        let running = RunningSession::start(self.rate, seed, self.memory_limit)
            .transpose()
            .ok_or(StartError::AlreadyRunning)?;
        // After the session started: an error above must not change how a profiler that runs
        // already unwinds.
        unwind::prepare(self.unwind).map_err(StartError::Unsupported)?;
        // Before the first sample, because the store asks for them within the allocator.
        hook_functions::functions();
        running.map(Profiler::new).map_err(StartError::Memory)
    }
}

/// Why a profiler did not start. The text says what to do.
///
/// ```
/// use repool_prof::{Profiler, StartError};
///
/// // This program has no `#[global_allocator]`.
/// let started = Profiler::builder().start();
/// assert!(matches!(started, Err(StartError::NotInstalled)));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The program's global allocator is not a [`ProfAlloc`](crate::ProfAlloc).
    NotInstalled,
    /// A profiler runs already, and only one can run at a time.
    AlreadyRunning,
    /// Stacks cannot be unwound on this system; the text says what is missing.
    Unsupported(&'static str),
    /// The system has no memory for the tables.
    Memory(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled => write!(
                f,
                "the program's allocator is not profiled: make repool_prof::ProfAlloc its \
                 #[global_allocator]"
            ),
            Self::AlreadyRunning => write!(
                f,
                "a profiler is running already: there can be one at a time, so drop that one first"
            ),
            Self::Unsupported(why) => write!(f, "stacks cannot be unwound here: {why}"),
            Self::Memory(_) => write!(f, "the system gave no memory for the profiler's tables"),
        }
    }
}

impl error::Error for StartError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Memory(error) => Some(error),
            _ => None,
        }
    }
}
