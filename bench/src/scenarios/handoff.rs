//! A buffer is taken on one thread, written to, sent through a bounded channel, read from, and
//! returned on another.

use std::hint::black_box;
use std::sync::mpsc::{TrySendError, sync_channel};
use std::thread;
use std::time::Instant;

use super::pin_to;
use crate::rival::Rival;

/// The channel's capacity: the most buffers in flight.
const BOUND: usize = 256;

/// Spins until `attempt` succeeds. Blocking would add the kernel's wake-ups, which cost more than
/// everything that is measured here.
fn until<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(done) = attempt() {
            return done;
        }
        std::hint::spin_loop();
    }
}

/// Nanoseconds per buffer, with the channel's cost.
pub fn handoff<R: Rival>(pairs: u64) -> f64 {
    let (sender, receiver) = sync_channel::<R::Held>(BOUND);
    let warm_up = pairs / 10;
    thread::scope(|scope| {
        scope.spawn(move || {
            pin_to(0);
            for _ in 0..pairs {
                let mut held = R::get();
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
            pin_to(1);
            let mut start = Instant::now();
            for pair in 0..pairs {
                if pair == warm_up {
                    start = Instant::now();
                }
                let mut held = until(|| receiver.try_recv().ok());
                // SAFETY: the producer wrote there.
                black_box(unsafe { R::bytes(&mut held).read() });
                R::put(held);
            }
            start.elapsed().as_nanos() as f64 / (pairs - warm_up) as f64
        });
        consumer.join().expect("the consumer panicked")
    })
}
