//! A thousand pools, used in turn by one thread.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Instant;

use crate::rival::buffer;
use repool::Pool;

const POOLS: usize = 1000;

static ALL: LazyLock<Vec<Pool<Vec<u8>>>> =
    LazyLock::new(|| (0..POOLS).map(|_| Pool::new_static(buffer)).collect());

/// Nanoseconds per pair with a thousand pools.
pub fn pools(pairs: u64) -> f64 {
    let all: &[Pool<Vec<u8>>] = &ALL;
    #[inline(never)]
    fn work(all: &[Pool<Vec<u8>>], rounds: u64) {
        for _ in 0..rounds {
            for pool in all {
                let mut held = pool.get();
                black_box(held.as_mut_ptr());
            }
        }
    }
    work(all, 2);
    let start = Instant::now();
    work(all, pairs / POOLS as u64);
    start.elapsed().as_nanos() as f64 / pairs as f64
}

type Cells = [Cell<Option<Box<Vec<u8>>>>; POOLS];

thread_local! {
    static CELLS: Cells = const { [const { Cell::new(None) }; POOLS] };
}

/// Nanoseconds per pair with a thread-local array of a thousand cells.
pub fn cells(pairs: u64) -> f64 {
    #[inline(never)]
    fn work(rounds: u64) {
        for _ in 0..rounds {
            for index in 0..POOLS {
                let mut held = CELLS
                    .with(|cells| cells[index].take())
                    .unwrap_or_else(|| Box::new(buffer()));
                black_box(held.as_mut_ptr());
                held.clear();
                CELLS.with(|cells| cells[index].set(Some(held)));
            }
        }
    }
    work(2);
    let start = Instant::now();
    work(pairs / POOLS as u64);
    start.elapsed().as_nanos() as f64 / pairs as f64
}
