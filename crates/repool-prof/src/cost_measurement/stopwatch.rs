//! The time of short pieces of work.

use std::hint::black_box;
use std::time::Instant;

use crate::minor_faults;

/// How often a piece of work is timed. The least time is taken, because other load on the machine
/// only makes work slower.
const RUNS: usize = 3;

/// Nanoseconds that a run takes at least, if that needs no more repetitions than `MAX_REPEATS`.
const RUN_NS: f64 = 3000.0;

/// The most repetitions in a run.
const MAX_REPEATS: f64 = 64.0;

/// The least mean nanoseconds of `work`, of several runs; `None` if it returns `None`, for lack of
/// memory. Runs in which the thread had a page fault count only if all had: faults are a cost of their
/// own.
pub(super) fn time(mut work: impl FnMut() -> Option<()>) -> Option<f64> {
    // Fills caches, those of the allocator and of the processor.
    work()?;
    let begin = Instant::now();
    work()?;
    let repeats = repeats(nanoseconds_since(begin));
    let [mut without_faults, mut least] = [f64::INFINITY; 2];
    for _ in 0..RUNS {
        let faults = minor_faults::of_thread();
        let begin = Instant::now();
        for _ in 0..repeats {
            work()?;
        }
        let ns = nanoseconds_since(begin);
        least = least.min(ns);
        if minor_faults::of_thread() == faults {
            without_faults = without_faults.min(ns);
        }
    }
    let ns = if without_faults.is_finite() {
        without_faults
    } else {
        least
    };
    Some(ns / f64::from(repeats))
}

/// As [`time`], of work that always succeeds.
pub(super) fn time_of_all(mut work: impl FnMut()) -> f64 {
    let time = time(|| {
        work();
        Some(())
    });
    time.unwrap_or(f64::INFINITY)
}

/// As [`time`], of the two parts of a piece of work, which share `state`. `None` also if the clock is
/// too coarse for either.
pub(super) fn time_parts<S>(
    state: &mut S,
    mut first: impl FnMut(&mut S) -> Option<()>,
    mut second: impl FnMut(&mut S),
) -> Option<(f64, f64)> {
    first(state)?;
    second(state);
    let begin = Instant::now();
    first(state)?;
    second(state);
    let repeats = repeats(nanoseconds_since(begin));
    let [mut clock, mut least_first, mut least_second] = [f64::INFINITY; 3];
    for _ in 0..RUNS {
        let [mut sum_clock, mut sum_first, mut sum_second] = [0.0; 3];
        for _ in 0..repeats {
            let begin = Instant::now();
            sum_clock += nanoseconds_since(black_box(begin));
            let begin = Instant::now();
            first(state)?;
            let middle = Instant::now();
            second(state);
            sum_second += nanoseconds_since(middle);
            sum_first += (middle - begin).as_nanos() as f64;
        }
        clock = clock.min(sum_clock);
        least_first = least_first.min(sum_first);
        least_second = least_second.min(sum_second);
    }
    let each = |sum: f64| (sum - clock) / f64::from(repeats);
    let parts = (each(least_first), each(least_second));
    (parts.0 > 0.0 && parts.1 > 0.0).then_some(parts)
}

/// The repetitions in a run of work that takes some `ns`.
fn repeats(ns: f64) -> u32 {
    (RUN_NS / ns.max(1.0)).clamp(1.0, MAX_REPEATS) as u32
}

fn nanoseconds_since(begin: Instant) -> f64 {
    begin.elapsed().as_nanos() as f64
}
