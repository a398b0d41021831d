//! What advice is reckoned with: what pools take on this machine, and the allocator.

use std::hint::black_box;
use std::time::Instant;

use repool::{BufPool, Pool};
use repool_pprof::advise::Costs;
use repool_prof::AllocatorCosts;

/// Pairs of get and return in a round.
const PAIRS: u32 = 10_000;

/// Rounds, of which the quickest counts: what is slower was disturbed.
const ROUNDS: usize = 15;

/// What a pair takes in an optimised program, of objects and of buffers (November 2026, 2 CPUs).
const OPTIMISED: [f64; 2] = [1.6, 2.7];

/// Measured here and now. The allocator is this program's, for profiles that know of none.
pub(crate) fn measured() -> Costs {
    // Profiles are of programs that were optimised, whatever this one is.
    let [pool_pair_ns, buf_pool_pair_ns] = if cfg!(debug_assertions) {
        OPTIMISED
    } else {
        of_pools()
    };
    Costs {
        pool_pair_ns,
        buf_pool_pair_ns,
        allocator: AllocatorCosts::measure().cloned(),
    }
}

/// Nanoseconds that a get and the return take, of an object and of a buffer.
fn of_pools() -> [f64; 2] {
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
        } = measured();
        let pools = of_pools();
        for ns in [pool_pair_ns, buf_pool_pair_ns].into_iter().chain(pools) {
            assert!(ns > 0.0 && ns.is_finite(), "{ns}");
        }
    }
}
