//! The time of short pieces of work.

use std::hint::black_box;
use std::time::Instant;

/// How often a piece of work is timed. The least time is taken, because other load on the machine
/// only makes work slower.
const RUNS: usize = 3;

/// Nanoseconds that a run takes at least, if that needs no more repetitions than `MAX_REPEATS`.
const RUN_NS: f64 = 3000.0;

/// The most repetitions in a run.
const MAX_REPEATS: f64 = 64.0;

/// The least mean nanoseconds of `work`; `None` if it returns `None`, for lack of memory.
pub(super) fn time(mut work: impl FnMut() -> Option<()>) -> Option<f64> {
    // Fills caches, those of the allocator and of the processor.
    work()?;
    let begin = Instant::now();
    work()?;
    let repeats = repeats(nanoseconds_since(begin));
    let mut least = f64::INFINITY;
    for _ in 0..RUNS {
        let begin = Instant::now();
        for _ in 0..repeats {
            work()?;
        }
        least = least.min(nanoseconds_since(begin));
    }
    Some(least / f64::from(repeats))
}

/// As [`time`], of one repetition in a run.
pub(super) fn time_once(mut work: impl FnMut() -> Option<()>) -> Option<f64> {
    work()?;
    let mut least = f64::INFINITY;
    for _ in 0..RUNS {
        let begin = Instant::now();
        work()?;
        least = least.min(nanoseconds_since(begin));
    }
    Some(least)
}

/// As [`time`], of the two parts of a piece of work: `first` makes what `second` is given. `None` also
/// if the clock is too coarse for either.
pub(super) fn time_parts<T>(
    mut first: impl FnMut() -> Option<T>,
    mut second: impl FnMut(T),
) -> Option<(f64, f64)> {
    second(first()?);
    let begin = Instant::now();
    second(first()?);
    let repeats = repeats(nanoseconds_since(begin));
    let [mut clock, mut least_first, mut least_second] = [f64::INFINITY; 3];
    for _ in 0..RUNS {
        let [mut sum_clock, mut sum_first, mut sum_second] = [0.0; 3];
        for _ in 0..repeats {
            let begin = Instant::now();
            sum_clock += nanoseconds_since(black_box(begin));
            let begin = Instant::now();
            let made = first()?;
            let middle = Instant::now();
            second(made);
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
