//! [`Profiler`], the handle of a running profiler: snapshots, pause and resume. `builder` makes it;
//! it owns the session (`session`) and copies the store into a `snapshot`.

use std::sync::Arc;

use crate::builder::Builder;
use crate::minor_faults::OwnFaultsGuard;
use crate::session::RunningSession;
use crate::snapshot::{Memory, Snapshot};
use crate::{blocks, process_symbols, sampler, thread, unwind};

/// A running profiler; it stops when it is dropped.
///
/// ```
/// use repool_prof::{ProfAlloc, Profiler};
///
/// #[global_allocator]
/// static ALLOC: ProfAlloc = ProfAlloc::new();
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let profiler = Profiler::builder().start()?;
/// let kept: Vec<Vec<u8>> = (0..100).map(|_| vec![0; 100_000]).collect();
///
/// let file = std::env::temp_dir().join("allocs.pb.gz"); // go tool pprof -top allocs.pb.gz
/// profiler.snapshot().write_pprof(&file)?;
/// # drop(kept);
/// # std::fs::remove_file(file)?;
/// # Ok(())
/// # }
/// ```
///
/// One profiler exists at a time, because a program has one allocator. It may be shared between
/// threads. Blocks in use when it stops are forgotten: the next profiler starts at zero.
#[derive(Debug)]
pub struct Profiler {
    running: RunningSession,
}

impl Profiler {
    /// A builder, to set a profiler up and [start](Builder::start) it.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(running: RunningSession) -> Self {
        Self { running }
    }

    /// A copy of all counts now. Other threads run on meanwhile, so an allocation that is under way
    /// may or may not be counted.
    ///
    /// The copy takes some hundred bytes for each stack. It looks up no symbols.
    ///
    /// ```
    /// # use repool_prof::{ProfAlloc, Profiler};
    /// # #[global_allocator]
    /// # static ALLOC: ProfAlloc = ProfAlloc::new();
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let profiler = Profiler::builder().rate(1).start()?; // every allocation
    /// let before = profiler.snapshot();
    /// drop(std::hint::black_box(vec![1u8; 1000]));
    /// let during = profiler.snapshot().delta_since(&before);
    /// assert_eq!(during.stacks().len(), 1);
    /// assert_eq!(during.stacks()[0].records()[0].alloc_bytes, 1000);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let _own_work = thread::UnsampledGuard::new();
        let _own_faults = OwnFaultsGuard::new();
        let session = &*self.running;
        let (started, since) = session.started;
        let duration = since.elapsed();
        let tables = session.store.memory() + blocks::bytes() + unwind::memory();
        let minor_faults = session.faults.until_now(tables);
        let stacks = session.store.stacks();
        Snapshot {
            taken: started + duration,
            duration,
            rate: self.rate(),
            session: session.number,
            // After the stacks were copied, so that every module that they refer to is listed.
            modules: Arc::from(unwind::modules()),
            stacks,
            lost: session.store.lost(),
            minor_faults,
            memory: Memory {
                stacks: session.store.memory(),
                blocks: blocks::bytes(),
                unwinder: unwind::memory(),
                symbols: process_symbols::memory(),
                limit: session.store.limit(blocks::bytes()),
            },
        }
    }

    /// Mean bytes between two samples; 1 if every allocation is sampled, 0 if none is.
    #[must_use]
    pub fn rate(&self) -> u64 {
        self.running.store.rate()
    }

    /// Stops sampling until [`resume`](Profiler::resume). Frees of blocks that were sampled before
    /// are still counted.
    ///
    /// Takes effect for the calling thread at once, and for each other thread before it has
    /// allocated 64 KiB more.
    ///
    /// ```
    /// # use repool_prof::{ProfAlloc, Profiler};
    /// # #[global_allocator]
    /// # static ALLOC: ProfAlloc = ProfAlloc::new();
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let profiler = Profiler::builder().rate(1).paused().start()?;
    /// let before = std::hint::black_box(vec![1u8; 10]);
    /// profiler.resume();
    /// let during = std::hint::black_box(vec![1u8; 100]);
    /// profiler.pause();
    /// let after = std::hint::black_box(vec![1u8; 1000]);
    /// assert_eq!(profiler.snapshot().totals().alloc_bytes, 100);
    /// # drop((before, during, after));
    /// # Ok(())
    /// # }
    /// ```
    pub fn pause(&self) {
        sampler::pause();
    }

    /// Resumes sampling, or begins it if the profiler was started [paused](Builder::paused).
    ///
    /// Takes effect for the calling thread at once, and for each other thread before it has
    /// allocated 64 KiB more. See the example of [`pause`](Profiler::pause).
    pub fn resume(&self) {
        sampler::resume();
    }
}
