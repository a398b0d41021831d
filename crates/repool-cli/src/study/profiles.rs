//! A profile of each way to do the work: where it allocates.

use std::hint::black_box;
use std::io::{self, Write};
use std::sync::Barrier;
use std::thread;

use repool_prof::{Profiler, Snapshot, StartError};

use super::workloads::{Way, Work};

/// Threads that work at once, on the same records and with the same pool: so things are used where
/// a pool is worth its while, and what one thread holds is not all that is alive.
const THREADS: u32 = 2;

/// Operations of each thread before it is sampled.
const WARM_UP: u32 = 500;

/// How many operations a profile is of.
pub(super) fn operations<R>(work: &Work<R>) -> u64 {
    u64::from(work.profiled / THREADS * THREADS)
}

/// Samples every allocation: so few operations are done that this takes no time to speak of, and
/// all figures are exact.
pub(super) fn take<R: Sync>(work: &Work<R>, way: &Way<R>) -> Result<Snapshot, StartError> {
    // Every time, for what was idle for long may have been swept.
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
                // Unknown to the optimiser, or it would drop the writing and then all before it.
                let sink: &mut dyn Write = black_box(&mut sink);
                all_there.wait();
                // Both at once, so that each processor has what it needs of the pool.
                for _ in 0..WARM_UP {
                    let _ = (way.run)(sink, record.next());
                }
                // The other's are not to be sampled either.
                all_there.wait();
                // Each for itself, for of another thread it is seen late.
                profiler.resume();
                for _ in 0..work.profiled / THREADS {
                    // Everything was done on every record before.
                    let _ = (way.run)(sink, record.next());
                }
                // A thread that is done must not end the other's profile.
                all_done.wait();
                profiler.pause();
            });
        }
    });
    Ok(profiler.snapshot())
}
