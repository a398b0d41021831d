use std::sync::Arc;

use crate::session::RunningSession;
use crate::snapshot::{Memory, Snapshot};
use crate::{Builder, blocks, sampler, symbols, thread, unwind};

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
/// There is one at a time, for a program has one allocator. It may be shared between threads. Blocks
/// that are alive when it stops are nobody's concern any more; the next profiler starts at zero.
#[derive(Debug)]
pub struct Profiler {
    running: RunningSession,
}

impl Profiler {
    /// A profiler to be set up, and [started](Builder::start).
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(running: RunningSession) -> Self {
        Self { running }
    }

    /// What is known now. The program's other threads go on meanwhile, so that what they are just
    /// allocating may or may not be in it.
    ///
    /// This copies what is known, some hundred bytes a stack, and looks up no names.
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
        let session = &*self.running;
        let (started, since) = session.started;
        let duration = since.elapsed();
        let stacks = session.store.stacks();
        Snapshot {
            taken: started + duration,
            duration,
            rate: self.rate(),
            session: session.number,
            // After the stacks, so that all modules that they name are there.
            modules: Arc::from(unwind::modules()),
            stacks,
            lost: session.store.lost(),
            memory: Memory {
                stacks: session.store.memory(),
                blocks: blocks::bytes(),
                unwinder: unwind::memory(),
                symbols: symbols::memory(),
                limit: session.store.limit(),
            },
        }
    }

    /// Mean bytes between two samples; 1 if every allocation is one, 0 if none is.
    #[must_use]
    pub fn rate(&self) -> u64 {
        self.running.store.rate()
    }

    /// Samples no more until [`resume`](Profiler::resume). The end of blocks that were sampled
    /// before is still seen.
    ///
    /// It is so for the calling thread at once; each other thread sees it before it has allocated
    /// 64 KiB more.
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

    /// Samples again, or for the first time if it was started [paused](Builder::paused). Other
    /// threads see it as they see [`pause`](Profiler::pause).
    pub fn resume(&self) {
        sampler::resume();
    }
}
