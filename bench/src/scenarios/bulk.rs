//! A thousand buffers are taken on one thread and returned on another. The phases do not overlap, so that
//! the time is the pool's own part of a handoff.

use std::hint::black_box;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use super::pin_to;
use crate::rival::Rival;

const BATCH: usize = 1000;

/// Nanoseconds per buffer: get on one CPU plus put on the other.
pub fn bulk<R: Rival>(pairs: u64) -> f64 {
    let batches = (pairs / BATCH as u64).max(2);
    let (there, arrivals) = sync_channel::<Vec<R::Held>>(0);
    let (back, returns) = sync_channel::<Vec<R::Held>>(0);
    let taking = thread::scope(|scope| {
        let taker = scope.spawn(move || {
            pin_to(0);
            let mut batch = Vec::with_capacity(BATCH);
            let mut spent = Duration::ZERO;
            for round in 0..batches {
                let start = Instant::now();
                for _ in 0..BATCH {
                    let mut held = R::get();
                    black_box(R::bytes(&mut held));
                    batch.push(held);
                }
                // The first round creates the buffers, and is not counted.
                spent += if round > 0 {
                    start.elapsed()
                } else {
                    Duration::ZERO
                };
                there.send(batch).expect("the giver is gone");
                batch = returns.recv().expect("the giver is gone");
            }
            spent
        });
        let giver = scope.spawn(move || {
            pin_to(1);
            let mut spent = Duration::ZERO;
            for (round, mut batch) in arrivals.into_iter().enumerate() {
                let start = Instant::now();
                batch.drain(..).for_each(R::put);
                spent += if round > 0 {
                    start.elapsed()
                } else {
                    Duration::ZERO
                };
                if back.send(batch).is_err() {
                    break;
                }
            }
            spent
        });
        taker.join().expect("the taker panicked") + giver.join().expect("the giver panicked")
    });
    taking.as_nanos() as f64 / ((batches - 1) * BATCH as u64) as f64
}
