//! Runs threads in lockstep through periods, with a sweep and a sample at the end of each.

use std::sync::{Barrier, Mutex};
use std::thread;

use crate::contender::{Contender, created};
use crate::heap::Heap;
use crate::plan::THREADS;
use crate::sample::Sample;

/// Runs `periods` periods on all threads, and samples the heap after each, when all threads have
/// stopped and the contender was swept. `start` is called once on each thread, with its number,
/// and returns the work of one period, which may keep buffers in use between periods.
pub fn run<C: Contender, W: FnMut(usize)>(
    contender: &C,
    periods: usize,
    phase: impl Fn(usize) -> &'static str + Sync,
    start: impl Fn(usize) -> W + Sync,
) -> Vec<Sample> {
    let all_here = Barrier::new(THREADS);
    // Allocated in advance, so that the samples are not counted.
    let samples = Mutex::new(Vec::with_capacity(periods));
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (all_here, samples, phase, start) = (&all_here, &samples, &phase, &start);
                scope.spawn(move || {
                    let mut work = start(thread);
                    all_here.wait();
                    let before = Heap::now();
                    let mut last = (before.allocated, created());
                    all_here.wait();
                    for period in 0..periods {
                        work(period);
                        all_here.wait();
                        if thread == 0 {
                            contender.sweep();
                            let heap = Heap::now();
                            let now = (heap.allocated, created());
                            let mut samples = samples.lock().expect("a thread panicked");
                            samples.push((
                                phase(period),
                                heap.live.saturating_sub(before.live),
                                heap.objects.saturating_sub(before.objects),
                                now.0 - last.0,
                                now.1 - last.1,
                            ));
                            last = now;
                        }
                        all_here.wait();
                    }
                })
            })
            .collect();
        // `join` waits until the thread-locals are dropped, which the end of the scope does not; the next
        // contender must not count them.
        for thread in threads {
            thread.join().expect("a thread of the workload panicked");
        }
    });
    let samples = samples.into_inner().expect("a thread panicked");
    (samples.into_iter())
        .map(|(phase, retained, objects, allocated, created)| Sample {
            phase: phase.to_owned(),
            retained,
            objects: Some(objects),
            allocated,
            created,
        })
        .collect()
}
