//! The costs of pools on this machine, measured as the program `repool` does.

use std::hint::black_box;
use std::time::Instant;

use repool::{BufPool, Pool};
use repool_pprof::advise::Costs;

/// Pairs of get and return in one round: long enough (tens of microseconds) for the clock.
const PAIRS: u32 = 10_000;

/// Rounds. The fastest one counts, because slower ones were interrupted.
const ROUNDS: usize = 15;

/// Measures now.
pub(crate) fn measure() -> Costs {
    static OBJECTS: Pool<Vec<u8>> = Pool::new(Vec::new);
    static BUFFERS: BufPool = BufPool::new();
    let object = fastest(|| drop(black_box(OBJECTS.get())));
    let buffer = fastest(|| drop(black_box(BUFFERS.get(black_box(512)))));
    Costs::new(object, buffer)
}

/// Nanoseconds of a pair in the fastest round.
fn fastest(mut pair: impl FnMut()) -> f64 {
    let round = |_| {
        let start = Instant::now();
        (0..PAIRS).for_each(|_| pair());
        start.elapsed().as_nanos() as f64 / f64::from(PAIRS)
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}
