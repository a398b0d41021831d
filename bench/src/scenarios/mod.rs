//! The loops. Each times one rival once and says nanoseconds a pair.

mod buffers;
mod bulk;
mod handoff;
mod held;
mod many;
mod pair;

pub use buffers::{SIZES, buffers};
pub use bulk::bulk;
pub use handoff::handoff;
pub use held::held;
pub use many::{cells, pools};
pub use pair::pair;

use std::sync::Barrier;
use std::thread;
use std::time::Instant;

/// Runs `work` on `threads` threads at once; the nanoseconds that one of its `pairs` takes a
/// thread, from when the first begins to when the last is done.
fn on_threads(threads: usize, pairs: u64, work: impl Fn(u64) + Sync) -> f64 {
    timed(threads, pairs, |_| {}, work)
}

/// As `on_threads`, each of several threads on a CPU of its own: for work so short that the
/// scheduler would not have parted them before it is over.
fn on_cpus(threads: usize, pairs: u64, work: impl Fn(u64) + Sync) -> f64 {
    let settle = |thread| {
        if threads > 1 {
            stay_on(thread);
        }
    };
    timed(threads, pairs, settle, work)
}

fn timed(
    threads: usize,
    pairs: u64,
    settle: impl Fn(usize) + Sync,
    work: impl Fn(u64) + Sync,
) -> f64 {
    let (settle, work) = (&settle, &work);
    let ready = Barrier::new(threads);
    let spans: Vec<(Instant, Instant)> = thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|thread| {
                let ready = &ready;
                scope.spawn(move || {
                    settle(thread);
                    work(100);
                    ready.wait();
                    let start = Instant::now();
                    work(pairs);
                    (start, Instant::now())
                })
            })
            .collect();
        handles
            .into_iter()
            .map(|handle| handle.join().expect("a bench thread panicked"))
            .collect()
    });
    let first = spans.iter().map(|span| span.0).min();
    let last = spans.iter().map(|span| span.1).max();
    let span = first.zip(last).map(|(first, last)| last - first);
    span.map_or(0.0, |span| span.as_nanos() as f64 / pairs as f64)
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
