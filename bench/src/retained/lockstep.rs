//! Runs threads in lockstep through periods of work. At the end of each period, the contender (the pool
//! under test) is swept and the heap is sampled.

use std::sync::{Barrier, Mutex};
use std::thread;

use crate::contender::{Contender, created};
use crate::heap::Heap;
use crate::plan::THREADS;
use crate::sample::Sample;

/// Runs `periods` periods on all threads and returns a sample of each. The sample is taken when all
/// threads wait at the end of the period and the contender was swept.
///
/// `phase` returns the name of the phase that a period belongs to. `start` is called once on each
/// thread with the thread's index. It returns the work, which is called once in each period with the
/// period's index, and which may keep buffers in use between periods.
pub fn run<C: Contender, W: FnMut(usize)>(
    contender: &C,
    periods: usize,
    phase: impl Fn(usize) -> &'static str + Sync,
    start: impl Fn(usize) -> W + Sync,
) -> Vec<Sample> {
    let barrier = Barrier::new(THREADS);
    // Allocated in advance, so that it does not count as memory of the contender. For the same reason,
    // the phases become `String`s only at the end.
    let samples = Mutex::new(Vec::with_capacity(periods));
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (barrier, samples, phase, start) = (&barrier, &samples, &phase, &start);
                scope.spawn(move || {
                    let mut work = start(thread);
                    // Between these barriers, no thread works: all have started.
                    barrier.wait();
                    let baseline = Heap::now();
                    let mut previous = (baseline.allocated, created());
                    barrier.wait();
                    for period in 0..periods {
                        work(period);
                        barrier.wait();
                        // The other threads wait at the next barrier.
                        if thread == 0 {
                            contender.sweep();
                            let heap = Heap::now();
                            let now = (heap.allocated, created());
                            let mut samples = samples.lock().expect("a thread panicked");
                            samples.push((
                                phase(period),
                                heap.live.saturating_sub(baseline.live),
                                heap.objects.saturating_sub(baseline.objects),
                                now.0 - previous.0,
                                now.1 - previous.1,
                            ));
                            previous = now;
                        }
                        barrier.wait();
                    }
                })
            })
            .collect();
        // The end of the scope does not wait until the thread-locals are dropped, but `join` does. The
        // memory of the thread-locals must not count as memory of the next contender.
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
