//! Records an allocation profile of one implementation.

use std::hint::black_box;
use std::io::{self, Write};
use std::sync::Barrier;
use std::thread;

use repool_prof::{Profiler, Snapshot, StartError};

use super::workloads::{Implementation, Work};

/// Threads that work at once, on the same records and the same pool. With more than one, objects move
/// between threads, and the peak of live objects is more than one thread's.
const THREADS: u32 = 2;

/// Operations of each thread before sampling begins.
const WARM_UP: u32 = 500;

/// The number of operations that a profile covers.
pub(super) fn operations<R>(work: &Work<R>) -> u64 {
    u64::from(work.profiled_operations / THREADS * THREADS)
}

/// Records a profile with every allocation sampled, so that its figures are exact. The number of
/// operations is small enough for that to take well under a second.
pub(super) fn record<R: Sync>(
    work: &Work<R>,
    implementation: &Implementation<R>,
) -> Result<Snapshot, StartError> {
    // Before every profile, because a sweep may have dropped idle objects since the last one.
    (work.warm)(&work.records);
    let profiler = Profiler::builder().rate(1).paused().start()?;
    let all_there = Barrier::new(THREADS as usize);
    let all_done = Barrier::new(THREADS as usize);
    thread::scope(|scope| {
        for number in 0..THREADS as usize {
            let (profiler, all_there, all_done) = (&profiler, &all_there, &all_done);
            scope.spawn(move || {
                let first = number * work.records.len() / THREADS as usize;
                let mut record = work.cycle(first);
                let mut sink = io::sink();
                // Hidden from the optimiser, which would otherwise remove the writes.
                let sink: &mut dyn Write = black_box(&mut sink);
                all_there.wait();
                // All threads at once, so that each CPU's cache has the objects it needs.
                for _ in 0..WARM_UP {
                    let _ = (implementation.run)(sink, record.next());
                }
                // Sampling begins when no thread is in its warm-up.
                all_there.wait();
                // Each thread resumes, because a thread sees another thread's resume late.
                profiler.resume();
                for _ in 0..work.profiled_operations / THREADS {
                    // `assert_same_output` has run every implementation on every record without an error.
                    let _ = (implementation.run)(sink, record.next());
                }
                // The profiler is paused when all threads are done.
                all_done.wait();
                profiler.pause();
            });
        }
    });
    Ok(profiler.snapshot())
}
