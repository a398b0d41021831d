//! One buffer is taken and returned, in a loop without other work.

use std::hint::black_box;

use super::on_threads;
use crate::rival::Rival;

#[inline(never)]
fn work<R: Rival>(pairs: u64) {
    for _ in 0..pairs {
        let mut held = R::get();
        black_box(R::bytes(&mut held));
        R::put(held);
    }
}

/// Nanoseconds per pair, on `threads` threads.
pub fn pair<R: Rival>(threads: usize, pairs: u64) -> f64 {
    on_threads(threads, pairs, work::<R>)
}
