//! [`Snapshot`]: a copy of a profiler's counts at one moment, as plain data without unsafe code.
//!
//! `profiler` fills it from the store; `pprof` writes it. The other modules here are its parts.

mod delta;
mod histogram;
mod lifetimes;
mod prefix;
mod record;
mod stack;

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use histogram::Histogram;
#[allow(deprecated)]
pub use lifetimes::Lives;
pub use lifetimes::StackLifetimes;
pub(crate) use prefix::Prefix;
pub use record::Record;
pub use repool_profile::LivePeak;
pub use repool_profile::symbols::{Frame, Module};
pub use stack::Stack;
pub(crate) use stack::StackKind;

use crate::pprof::Export;

/// A copy of all that a profiler counted until one moment.
///
/// ```no_run
/// # fn work() {}
/// let profiler = repool_prof::Profiler::builder().start()?;
/// let before = profiler.snapshot();
/// work();
/// let spent = profiler.snapshot().delta_since(&before);
/// println!("{} bytes in {:?}", spent.totals().alloc_bytes, spent.duration());
/// spent.write_pprof("work.pb.gz")?; // go tool pprof -top -alloc_space work.pb.gz
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(crate) taken: SystemTime,
    pub(crate) duration: Duration,
    pub(crate) rate: u64,
    /// The profiler's number, within which the stacks' keys are unique.
    pub(crate) session: u32,
    pub(crate) modules: Arc<[Module]>,
    pub(crate) stacks: Vec<Stack>,
    pub(crate) memory: Memory,
    pub(crate) lost: u64,
    pub(crate) minor_faults: Option<u64>,
}

/// The profiler's own memory, in bytes; from [`Snapshot::memory`].
///
/// ```
/// # use repool_prof::{ProfAlloc, Profiler};
/// # #[global_allocator]
/// # static ALLOC: ProfAlloc = ProfAlloc::new();
/// let profiler = Profiler::builder().memory_limit(8 << 20).start()?;
/// let memory = profiler.snapshot().memory();
/// assert!(memory.stacks + memory.blocks <= memory.limit);
/// # Ok::<(), repool_prof::StartError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Memory {
    /// The table of stacks, with their records and lifetimes.
    pub stacks: usize,
    /// The table of sampled blocks that are in use.
    pub blocks: usize,
    /// The unwinder's caches.
    pub unwinder: usize,
    /// The cache of functions, files and lines, for the next profile that is written.
    pub symbols: usize,
    /// The most that `stacks` and `blocks` may take together.
    pub limit: usize,
}

impl Snapshot {
    /// The stacks that allocated, in no particular order.
    #[must_use]
    pub fn stacks(&self) -> &[Stack] {
        &self.stacks
    }

    /// The files whose code the stacks pass through; the program is the first.
    #[must_use]
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// Sampled blocks for which the table of live blocks had no room: see
    /// [`Builder::memory_limit`](crate::Builder::memory_limit). They count as allocated but not as in
    /// use, because their frees are not seen, and are in no lifetime and no peak. 0 means that all
    /// figures are what the [rate](Snapshot::rate) promises.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Minor page faults of the process in the time that the counts cover, by the kernel's count, less
    /// an estimate of those of the profiler itself. `None` if the system does not tell, or the process
    /// was forked meanwhile.
    ///
    /// Most are first writes to memory that the allocator got from the system.
    ///
    /// ```
    /// # use repool_prof::{ProfAlloc, Profiler};
    /// # #[global_allocator]
    /// # static ALLOC: ProfAlloc = ProfAlloc::new();
    /// let profiler = Profiler::builder().start()?;
    /// let large = std::hint::black_box(vec![1u8; 64 << 20]);
    /// if let Some(faults) = profiler.snapshot().minor_faults() {
    ///     assert!(faults > 0);
    /// }
    /// # drop(large);
    /// # Ok::<(), repool_prof::StartError>(())
    /// ```
    #[must_use]
    pub fn minor_faults(&self) -> Option<u64> {
        self.minor_faults
    }

    /// The profiler's own memory.
    #[must_use]
    pub fn memory(&self) -> Memory {
        self.memory
    }

    /// When the snapshot was taken.
    #[must_use]
    pub fn taken(&self) -> SystemTime {
        self.taken
    }

    /// The time that the counts cover: since the profiler started, or between two snapshots.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// Mean bytes between two samples; 1 if every block was sampled.
    #[must_use]
    pub fn rate(&self) -> u64 {
        self.rate
    }

    /// The sum of all records of all stacks. Its size is 0 unless all blocks have one size.
    ///
    /// See the example of [`Snapshot`].
    #[must_use]
    pub fn totals(&self) -> Record {
        Record::sum(self.stacks.iter().flat_map(|stack| &stack.records))
    }

    /// Writes the profile as pprof reads it (`profile.proto`, gzipped), to a new file or in place
    /// of an existing one.
    ///
    /// # Errors
    ///
    /// Those of [`Export::write_pprof`].
    pub fn write_pprof(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.export().write_pprof(path)
    }

    /// Writes the profile as [`write_pprof`](Snapshot::write_pprof) does, to any writer.
    ///
    /// # Errors
    ///
    /// Those of [`Export::write_to`].
    ///
    /// ```
    /// # use repool_prof::{ProfAlloc, Profiler};
    /// # #[global_allocator]
    /// # static ALLOC: ProfAlloc = ProfAlloc::new();
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let profiler = Profiler::builder().start()?;
    /// let mut bytes = Vec::new();
    /// profiler.snapshot().write_to(&mut bytes)?;
    /// assert!(bytes.starts_with(&[0x1f, 0x8b])); // gzip
    /// # Ok(())
    /// # }
    /// ```
    pub fn write_to(&self, out: impl Write) -> io::Result<()> {
        self.export().write_to(out)
    }

    /// Options of how the profile is written: see the example of [`Export`].
    pub fn export(&self) -> Export<'_> {
        Export::new(self)
    }
}
