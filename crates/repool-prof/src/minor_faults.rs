//! Minor page faults: their number by the kernel's count, and the time of one.
//!
//! A minor fault gives the program a page without reading from a disk: mostly a zeroed page, when
//! memory that the allocator got from the system is first written to.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use repool_profile::CostInterval;

use crate::cost_measurement::Samples;
use crate::pages::Pages;

/// Minor faults of threads while the profiler worked on them: see [`OwnFaultsGuard`].
static OWN: AtomicU64 = AtomicU64::new(0);

/// Minor faults of the process until now; `None` if the system does not tell.
fn of_process() -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        count(libc::RUSAGE_SELF)
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// Minor faults of the calling thread until now; `None` if the system does not tell.
pub(crate) fn of_thread() -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        count(libc::RUSAGE_THREAD)
    }
    #[cfg(not(target_os = "linux"))]
    None
}

#[cfg(target_os = "linux")]
fn count(whose: libc::c_int) -> Option<u64> {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `usage` is writable; `rusage` is numbers, for which zeroes are valid, so that it is
    // initialised also if the call fails.
    let (result, usage) = unsafe {
        let result = libc::getrusage(whose, usage.as_mut_ptr());
        (result, usage.assume_init())
    };
    (result == 0).then_some(())?;
    u64::try_from(usage.ru_minflt).ok()
}

/// Counts the minor faults of the calling thread as the profiler's own while this guard exists. Two
/// guards must not exist on one thread at the same time, because the faults would be counted twice.
pub(crate) struct OwnFaultsGuard {
    before: Option<u64>,
    /// Keeps the guard on its thread.
    _local: std::marker::PhantomData<*const ()>,
}

impl OwnFaultsGuard {
    pub(crate) fn new() -> Self {
        Self {
            before: of_thread(),
            _local: std::marker::PhantomData,
        }
    }
}

impl Drop for OwnFaultsGuard {
    fn drop(&mut self) {
        if let (Some(before), Some(now)) = (self.before, of_thread()) {
            OWN.fetch_add(now.saturating_sub(before), Ordering::Relaxed);
        }
    }
}

/// Bytes of the smallest page that systems have. Tables are counted in such pages.
pub(crate) const PAGE: usize = 4096;

/// Pages of the mapping that is timed. Too few for a large page of the kernel.
const PAGES: usize = 64;

/// Rounds of the measurement. One takes some 30 µs.
const ROUNDS: usize = 15;

/// The counts of faults when a session begins.
#[derive(Debug)]
pub(crate) struct FaultCounts {
    of_process: Option<u64>,
    own: u64,
    /// The process: a forked child counts from 0.
    process: u32,
}

impl FaultCounts {
    pub(crate) fn now() -> Self {
        Self {
            of_process: of_process(),
            own: OWN.load(Ordering::Relaxed),
            process: repool::process::id(),
        }
    }

    /// Minor faults of the program since then, less an estimate of the profiler's own, whose tables
    /// take `tables` bytes. `None` if the system does not tell, or in a forked child.
    pub(crate) fn until_now(&self, tables: usize) -> Option<u64> {
        let now = Self::now();
        let of_process = now.of_process?.checked_sub(self.of_process?)?;
        let own = now.own.saturating_sub(self.own);
        // Each page of a table is written to once.
        let of_tables = tables.div_ceil(PAGE) as u64;
        (now.process == self.process).then_some(())?;
        Some(of_process.saturating_sub(own).saturating_sub(of_tables))
    }
}

/// The time of one minor fault of a private anonymous page, and of its return to the system; measured
/// once in a process, in about a millisecond. `None` if it is not known: there are no such pages, or
/// no memory.
pub(crate) fn cost() -> Option<CostInterval> {
    static COST: OnceLock<Option<CostInterval>> = OnceLock::new();
    *COST.get_or_init(measure)
}

fn measure() -> Option<CostInterval> {
    let mut samples = Samples::default();
    for _ in 0..ROUNDS {
        let pages = Pages::new(PAGES * PAGE / size_of::<u64>()).ok()?;
        let before = of_thread()?;
        let begin = Instant::now();
        for word in pages.iter().step_by(PAGE / size_of::<u64>()) {
            word.store(1, Ordering::Relaxed);
        }
        drop(pages);
        let time = begin.elapsed().as_nanos() as f64;
        let faults = of_thread()?.saturating_sub(before);
        if faults > 0 {
            samples.push(time / faults as f64);
        }
    }
    samples.interval()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Writes to pages that no thread has used before.
    fn touch(pages: usize) {
        let memory = Pages::new(pages * PAGE / size_of::<u64>()).expect("there is memory");
        let words = memory.iter().step_by(PAGE / size_of::<u64>());
        words.for_each(|word| word.store(1, Ordering::Relaxed));
    }

    #[test]
    fn each_page_that_is_written_to_is_a_fault() {
        let before = of_thread().expect("Linux counts");
        touch(PAGES);
        let faults = of_thread().expect("Linux counts") - before;
        // Fewer if the kernel's pages are larger.
        assert!((1..=2 * PAGES as u64).contains(&faults), "{faults}");
    }

    #[test]
    fn faults_under_a_guard_are_the_profilers() {
        let own = || OWN.load(Ordering::Relaxed);
        let before = own();
        touch(PAGES);
        let guard = OwnFaultsGuard::new();
        touch(PAGES);
        drop(guard);
        assert!(own() > before);
    }

    #[test]
    fn the_programs_faults_are_those_that_are_not_the_profilers() {
        let start = FaultCounts::now();
        touch(PAGES);
        let faults = start.until_now(0).expect("Linux counts");
        assert!(faults > 0);
        assert_eq!(start.until_now(1 << 40), Some(0));
        let of_parent = FaultCounts {
            process: start.process.wrapping_add(1),
            ..start
        };
        assert_eq!(of_parent.until_now(0), None);
    }

    #[test]
    fn a_fault_takes_time() {
        let cost = cost().expect("known");
        assert!(cost.low > 0.0 && cost.high < 1e9, "{cost:?}");
    }
}
