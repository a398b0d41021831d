//! Input and measurements that several programs share.

use repool_bench::{Bench, Run};
use rustix::time::{ClockId, clock_gettime};

/// Lines of a log, `bytes` long in all, the same for each seed.
#[must_use]
pub fn log_text(bytes: usize, seed: u64) -> String {
    let mut random = seed | 1;
    let mut text = String::with_capacity(bytes + 100);
    while text.len() < bytes {
        // The multiplier and increment of Knuth's MMIX.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        text += &format!(
            "2026-01-{:02} host{} svc[{}]: request /api/v1/item/{} took {} us\n",
            (random >> 55) % 28 + 1,
            random >> 60,
            (random >> 40) & 0xff,
            random >> 44,
            (random >> 20) & 0xfff
        );
    }
    text.truncate(bytes);
    text
}

/// A function that returns the indices below `len` in turn, again and again.
pub fn cycle(len: usize) -> impl FnMut() -> usize {
    let mut index = 0;
    move || {
        index = (index + 1) % len;
        index
    }
}

/// The metric that [`iterate`] reports: the time that the thread ran in one iteration, in nanoseconds. Other
/// programs on the machine do not add to it, as they do to the harness's time.
pub const THREAD_NS: &str = "thread-ns/op";

/// The time that this thread has run, in nanoseconds.
#[must_use]
pub fn thread_ns() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Repeats the body of a benchmark, and reports the time that this thread ran.
pub fn iterate<R>(run: &mut Run, body: impl FnMut() -> R) {
    let start = thread_ns();
    run.iter(body);
    run.report_metric((thread_ns() - start) / run.iterations() as f64, THREAD_NS);
}

/// Adds a benchmark that reports the time that the thread ran.
pub fn bench<R>(bench: &mut Bench, name: &str, mut body: impl FnMut() -> R) {
    bench.run(name, |run| iterate(run, &mut body));
}
