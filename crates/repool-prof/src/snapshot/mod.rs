//! What a profiler knew at one moment, as plain data.

mod delta;
mod histogram;
mod lifetimes;
mod module;
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
pub use module::{Frame, Module};
pub use record::Record;
pub use stack::Stack;
pub(crate) use stack::StackKind;

use crate::pprof::Export;

/// What the profiler knew at one moment.
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
    /// Stacks of one session have keys of their own.
    pub(crate) session: u32,
    pub(crate) modules: Arc<[Module]>,
    pub(crate) stacks: Vec<Stack>,
    pub(crate) memory: Memory,
    pub(crate) lost: u64,
}

/// Memory of the profiler's own, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Memory {
    /// Stacks, and what was allocated there.
    pub stacks: usize,
    /// The sampled blocks that are alive.
    pub blocks: usize,
    /// What is kept to unwind quickly.
    pub unwinder: usize,
    /// Names of functions, files and lines, kept for the next time a profile is written.
    pub symbols: usize,
    /// What `stacks` and `blocks` may reach together.
    pub limit: usize,
}

impl Snapshot {
    /// What the program allocated, stack by stack.
    #[must_use]
    pub fn stacks(&self) -> &[Stack] {
        &self.stacks
    }

    /// The files whose code the stacks pass through; the program is the first.
    #[must_use]
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// Sampled blocks for which the tables had no room: they count as allocated, but not as in use,
    /// as their end will not be seen.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// The profiler's own memory.
    #[must_use]
    pub fn memory(&self) -> Memory {
        self.memory
    }

    /// When it was taken.
    #[must_use]
    pub fn taken(&self) -> SystemTime {
        self.taken
    }

    /// The time that it is about: since the profiler was started, or between two snapshots.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// Bytes allocated between two samples, in the mean; 1 if every block was sampled.
    #[must_use]
    pub fn rate(&self) -> u64 {
        self.rate
    }

    /// All records of all stacks in one. Its size is 0 unless all blocks are of one size.
    #[must_use]
    pub fn totals(&self) -> Record {
        Record::sum(self.stacks.iter().flat_map(|stack| &stack.records))
    }

    /// Writes the profile as pprof reads it (`profile.proto`, gzipped), to a new file or in place
    /// of one.
    ///
    /// # Errors
    ///
    /// Those of [`Export::write_pprof`].
    pub fn write_pprof(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.export().write_pprof(path)
    }

    /// As [`write_pprof`](Snapshot::write_pprof), to anything that takes bytes.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_to(&self, out: impl Write) -> io::Result<()> {
        self.export().write_to(out)
    }

    /// How to write the profile otherwise.
    pub fn export(&self) -> Export<'_> {
        Export::new(self)
    }
}
