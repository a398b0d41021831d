//! The costs that `advise` calculates with: a pool's get and return, and the allocator, measured on
//! this machine.

use std::hint::black_box;
use std::time::Instant;

use repool::{BufPool, Pool};
use repool_pprof::advise::Costs;
use repool_prof::measure_allocator_costs;

/// Pairs of get and return in one round: long enough (tens of microseconds) for the clock.
const PAIRS: u32 = 10_000;

/// Rounds. The fastest one counts, because slower ones were interrupted.
const ROUNDS: usize = 15;

/// Nanoseconds of a pair in an optimised program, for `Pool` and `BufPool` (measured November 2026 on 2
/// CPUs).
const OPTIMISED_PAIR_NS: [f64; 2] = [1.6, 2.7];

/// Measures now. The allocator's costs are of this program's allocator; `advise` uses them for profiles
/// that hold none.
pub(crate) fn measure() -> Costs {
    // Profiles are taken of optimised programs; an unoptimised pool would mislead.
    let [pool_pair_ns, buf_pool_pair_ns] = if cfg!(debug_assertions) {
        OPTIMISED_PAIR_NS
    } else {
        measure_pools()
    };
    let mut costs = Costs::new(pool_pair_ns, buf_pool_pair_ns);
    costs.allocator = measure_allocator_costs().cloned();
    costs
}

/// Nanoseconds of a get and the return, of a `Pool` and of a `BufPool`.
fn measure_pools() -> [f64; 2] {
    static OBJECTS: Pool<Vec<u8>> = Pool::new(Vec::new);
    static BUFFERS: BufPool = BufPool::new();
    let object = quickest(|| drop(black_box(OBJECTS.get())));
    let buffer = quickest(|| drop(black_box(BUFFERS.get(black_box(512)))));
    [object, buffer]
}

fn quickest(mut pair: impl FnMut()) -> f64 {
    let round = |_| {
        let start = Instant::now();
        (0..PAIRS).for_each(|_| pair());
        start.elapsed().as_nanos() as f64 / f64::from(PAIRS)
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_a_time() {
        let Costs {
            pool_pair_ns,
            buf_pool_pair_ns,
            ..
        } = measure();
        let pools = measure_pools();
        for ns in [pool_pair_ns, buf_pool_pair_ns].into_iter().chain(pools) {
            assert!(ns > 0.0 && ns.is_finite(), "{ns}");
        }
    }
}
