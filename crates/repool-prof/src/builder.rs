use std::hash::{BuildHasher, RandomState};
use std::{error, fmt, io};

use crate::session::RunningSession;
use crate::{Profiler, Unwind, is_installed, sampler, thread, unwind};

/// How a [`Profiler`] is set up.
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

/// As in Go.
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

    /// Samples one allocation for so many bytes allocated, in the mean: 512 KiB unless said
    /// otherwise. 1 is every allocation, 0 none.
    ///
    /// The lower it is, the more is known of rare call sites, and the more time it takes: a sample
    /// takes a microsecond or so.
    pub fn rate(mut self, bytes: u64) -> Self {
        self.rate = bytes;
        self
    }

    /// Draws the gaps between samples from this seed, so that a program that does the same does it
    /// with the same samples. Otherwise each run has others.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Lets the tables of stacks and blocks take so many bytes. Unless it is said, it is 1.5 MiB
    /// and 1/100 of the most memory that the program had in use while it was profiled, 256 MiB at
    /// most.
    ///
    /// When they are full, new stacks are counted together as
    /// [overflow](crate::Stack::is_overflow), and further blocks as [lost](crate::Snapshot::lost). At
    /// the usual rate that takes some thousand stacks; raise the limit for a low rate.
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = Some(bytes);
        self
    }

    /// Unwinds stacks in this way.
    pub fn unwind(mut self, how: Unwind) -> Self {
        self.unwind = how;
        self
    }

    /// Samples nothing before [`Profiler::resume`].
    pub fn paused(mut self) -> Self {
        self.paused = true;
        self
    }

    /// Starts the profiler: the calling thread samples from its next allocation on, each other one
    /// before it has allocated 64 KiB more.
    ///
    /// # Errors
    ///
    /// If the program's global allocator is not a [`ProfAlloc`](crate::ProfAlloc), if a profiler is
    /// running, where stacks cannot be unwound, and if the system gives no memory: also if a limit of
    /// the process's address space (`ulimit -v`) leaves less than the profiler may need, some 256 MiB
    /// and four times the size of the program's files.
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
        // Not before: a profiler that is running goes on to unwind in its own way.
        unwind::prepare(self.unwind).map_err(StartError::Unsupported)?;
        running.map(Profiler::new).map_err(StartError::Memory)
    }
}

/// Why a profiler did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The program's global allocator is not a [`ProfAlloc`](crate::ProfAlloc).
    NotInstalled,
    /// A profiler is running, and there can be one only.
    AlreadyRunning,
    /// This system has no way to unwind stacks that the profiler knows; says what is missing.
    Unsupported(&'static str),
    /// The system gave no memory for the tables.
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
