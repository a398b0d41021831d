//! The scenarios: loops that each time one rival once, and return nanoseconds per pair.

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

/// Runs `work` on `threads` threads at once. Returns the nanoseconds per pair of one thread, from the start
/// of the first thread to the end of the last.
fn on_threads(threads: usize, pairs: u64, work: impl Fn(u64) + Sync) -> f64 {
    timed(threads, pairs, |_| {}, work)
}

/// As `on_threads`, with each thread pinned to another CPU: for work so short that the scheduler would not
/// have spread the threads before its end.
fn on_cpus(threads: usize, pairs: u64, work: impl Fn(u64) + Sync) -> f64 {
    let place = |thread| {
        if threads > 1 {
            pin_to(thread);
        }
    };
    timed(threads, pairs, place, work)
}

fn timed(
    threads: usize,
    pairs: u64,
    place: impl Fn(usize) + Sync,
    work: impl Fn(u64) + Sync,
) -> f64 {
    let (place, work) = (&place, &work);
    let ready = Barrier::new(threads);
    let spans: Vec<(Instant, Instant)> = thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|thread| {
                let ready = &ready;
                scope.spawn(move || {
                    place(thread);
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

/// Pins the calling thread to one CPU, if the system allows it.
fn pin_to(cpu: usize) {
    // SAFETY: the set is a plain array of bits, zeroed and handed over with its size.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cpu, &mut set);
        libc::sched_setaffinity(0, size_of_val(&set), &set);
    }
}
