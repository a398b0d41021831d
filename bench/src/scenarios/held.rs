//! Sixteen buffers are taken, then all are returned.

use std::array;
use std::hint::black_box;

use super::on_threads;
use crate::rival::Rival;

const HELD: usize = 16;

#[inline(never)]
fn work<R: Rival>(pairs: u64) {
    for _ in 0..pairs / HELD as u64 {
        let mut held: [R::Held; HELD] = array::from_fn(|_| R::get());
        for one in &mut held {
            black_box(R::bytes(one));
        }
        held.into_iter().for_each(R::put);
    }
}

/// Nanoseconds per pair, on `threads` threads.
pub fn held<R: Rival>(threads: usize, pairs: u64) -> f64 {
    on_threads(threads, pairs, work::<R>)
}
