//! A simulation of the memory that a pool retains during and after a burst, beside a free list that
//! never drops objects and no reuse at all.

use repool::Pool;

use crate::outcome::Retained;

/// The number of steps: half a second of simulated time.
const STEPS: usize = 50;

/// Simulated seconds of a step.
const STEP: f64 = 0.01;

/// The steps of the burst.
const BURST: std::ops::Range<usize> = 10..20;

/// Objects in use at once during the burst.
const IN_BURST: usize = 64;

/// Objects in use at once before and after the burst.
const STEADY: usize = 2;

/// Steps between two sweeps of the pool: 50 ms, instead of the default 30 s.
const STEPS_A_SWEEP: usize = 5;

/// The memory retained in each step by objects of `bytes` bytes: with a pool, with a free list that never
/// drops, and with fresh objects each time. The time is simulated: sweeps are called, not waited for.
pub(super) fn retained(bytes: usize) -> Vec<Retained> {
    let pool = Pool::builder(|| Vec::<u8>::with_capacity(bytes))
        .sweep_every(None)
        .build();
    let mut most = 0;
    let mut series = ["with the pool", "kept for ever", "without a pool"].map(|name| Retained {
        name: name.into(),
        points: Vec::new(),
    });
    for step in 0..STEPS {
        let at_once = if BURST.contains(&step) {
            IN_BURST
        } else {
            STEADY
        };
        let used: Vec<_> = (0..at_once).map(|_| pool.get()).collect();
        let stats = pool.stats();
        drop(used);
        most = most.max(at_once);
        if (step + 1) % STEPS_A_SWEEP == 0 {
            pool.sweep();
        }
        for (series, objects) in series
            .iter_mut()
            .zip([stats.idle + stats.in_use, most, at_once])
        {
            let point = (step as f64 * STEP, (objects * bytes) as u64);
            series.points.push(point);
        }
    }
    series.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_keeps_a_burst_for_two_sweeps_and_then_what_is_needed() {
        let [pool, for_ever, without] = retained(1000).try_into().unwrap();
        let at = |series: &Retained, step: usize| series.points[step].1;
        assert_eq!((at(&pool, 0), at(&pool, 15)), (2000, 64_000));
        assert_eq!(at(&pool, 22), 64_000, "a burst may come again");
        assert!(at(&pool, STEPS - 1) < 10_000, "{pool:?}");
        assert_eq!((at(&for_ever, 9), at(&for_ever, 10)), (2000, 64_000));
        assert_eq!(at(&for_ever, STEPS - 1), 64_000);
        assert_eq!((at(&without, 19), at(&without, 20)), (64_000, 2000));
        assert_eq!(without.points.last().unwrap().0, 0.49);
    }
}
