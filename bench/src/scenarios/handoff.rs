//! A buffer is taken on one thread, written to, sent through a bounded channel, read from, and
//! given back on another.

use std::hint::black_box;
use std::sync::mpsc::{TrySendError, sync_channel};
use std::thread;
use std::time::Instant;

use super::stay_on;
use crate::rival::Rival;

/// Buffers that are on their way at most.
const BOUND: usize = 256;

/// Goes round until `attempt` succeeds. Spinning keeps the kernel's wake-ups, which cost more
/// than everything that is measured here, out of the figures.
fn until<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(done) = attempt() {
            return done;
        }
        std::hint::spin_loop();
    }
}

/// Nanoseconds a buffer, channel and all.
pub fn handoff<R: Rival>(pairs: u64) -> f64 {
    let (sender, receiver) = sync_channel::<R::Held>(BOUND);
    let warm_up = pairs / 10;
    thread::scope(|scope| {
        scope.spawn(move || {
            stay_on(0);
            for _ in 0..pairs {
                let mut held = R::take();
                // SAFETY: a held buffer has room for SIZE bytes.
                unsafe { R::bytes(&mut held).write(1) };
                let mut waiting = Some(held);
                until(|| match sender.try_send(waiting.take()?) {
                    Ok(()) => Some(()),
                    Err(TrySendError::Full(back) | TrySendError::Disconnected(back)) => {
                        waiting = Some(back);
                        None
                    }
                });
            }
        });
        let consumer = scope.spawn(move || {
            stay_on(1);
            let mut start = Instant::now();
            for pair in 0..pairs {
                if pair == warm_up {
                    start = Instant::now();
                }
                let mut held = until(|| receiver.try_recv().ok());
                // SAFETY: the producer wrote there.
                black_box(unsafe { R::bytes(&mut held).read() });
                R::give(held);
            }
            start.elapsed().as_nanos() as f64 / (pairs - warm_up) as f64
        });
        consumer.join().expect("the consumer panicked")
    })
}
