//! The loops. Each times one rival once and says nanoseconds a pair.

mod bulk;
mod handoff;
mod held;
mod many;
mod pair;

pub use bulk::bulk;
pub use handoff::handoff;
pub use held::held;
pub use many::{cells, pools};
pub use pair::pair;

use std::sync::Barrier;
use std::thread;
use std::time::Instant;

/// Runs `work` on `threads` threads at once; the nanoseconds that one of its `pairs` costs a
/// thread while all of them run.
fn on_threads(threads: usize, pairs: u64, work: impl Fn(u64) + Sync) -> f64 {
    if threads == 1 {
        let start = Instant::now();
        work(pairs);
        return start.elapsed().as_nanos() as f64 / pairs as f64;
    }
    let ready = Barrier::new(threads + 1);
    thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    work(100);
                    ready.wait();
                    work(pairs);
                })
            })
            .collect();
        ready.wait();
        let start = Instant::now();
        for handle in handles {
            handle.join().expect("a bench thread panicked");
        }
        start.elapsed().as_nanos() as f64 / pairs as f64
    })
}

/// Keeps the calling thread on one CPU, where the system lets it.
fn stay_on(cpu: usize) {
    // SAFETY: the set is a plain array of bits, zeroed and handed over with its size.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cpu, &mut set);
        libc::sched_setaffinity(0, size_of_val(&set), &set);
    }
}
