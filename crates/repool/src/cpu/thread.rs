//! Thread numbers: the lowest number that no other live thread has. [`sharded`](super::sharded) selects
//! a thread's shard by the number.
//!
//! [`number`] can be called from destructors of thread-locals, because the number is cached in a
//! thread-local that has no destructor.
//!
//! Two threads can have the same number: a thread that is ending keeps using its number after
//! [`NumberGuard`] has freed it, while a new thread can claim it. So a number does not give exclusive
//! access to a shard.

use core::cell::Cell;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The numbers below this are reused after their thread has ended. If all are in use, a thread gets the
/// next number from [`NEXT_ABOVE`]. The bitmap of 4096 numbers takes 512 bytes.
const REUSABLE: usize = 4096;

/// A bitmap of the reusable numbers: a bit is set while its number is in use. `Relaxed` is enough for
/// every access, because a number publishes no other memory.
static IN_USE: [AtomicU64; REUSABLE / 64] = [const { AtomicU64::new(0) }; REUSABLE / 64];

/// The next number that is not reusable. Only counts up, so that each such number is used once.
static NEXT_ABOVE: AtomicUsize = AtomicUsize::new(REUSABLE);

/// The value before a number is assigned.
const NONE: usize = usize::MAX;

thread_local! {
    /// This thread's number. Without a destructor, so that it can be read until the thread has ended.
    static NUMBER: Cell<usize> = const { Cell::new(NONE) };
    static NUMBER_GUARD: NumberGuard = const { NumberGuard(Cell::new(NONE)) };
}

/// Frees the thread's number, if it is reusable, when the thread-locals are destroyed.
struct NumberGuard(Cell<usize>);

impl Drop for NumberGuard {
    fn drop(&mut self) {
        let number = self.0.get();
        if number < REUSABLE {
            IN_USE[number / 64].fetch_and(!(1 << (number % 64)), Ordering::Relaxed);
        }
    }
}

/// The calling thread's number. The first call on a thread assigns it.
#[inline]
pub(crate) fn number() -> usize {
    match NUMBER.get() {
        NONE => assign(),
        number => number,
    }
}

/// Assigns a number to the calling thread.
#[cold]
fn assign() -> usize {
    // If the guard is already destroyed, nothing would free a reusable number. The thread then gets one
    // that is not reusable, as it does if no reusable number is free.
    let number = NUMBER_GUARD
        .try_with(|guard| {
            let number = claim_lowest()?;
            guard.0.set(number);
            Some(number)
        })
        .ok()
        .flatten()
        .unwrap_or_else(|| NEXT_ABOVE.fetch_add(1, Ordering::Relaxed));
    NUMBER.set(number);
    number
}

/// Marks the lowest free reusable number as in use and returns it; `None` if all are in use.
fn claim_lowest() -> Option<usize> {
    for (index, word) in IN_USE.iter().enumerate() {
        let mut bits = word.load(Ordering::Relaxed);
        while bits != u64::MAX {
            let bit = bits.trailing_ones() as usize;
            match word.compare_exchange_weak(
                bits,
                bits | 1 << bit,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(index * 64 + bit),
                Err(now) => bits = now,
            }
        }
    }
    None
}

#[cfg(all(test, not(repool_loom)))]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::sync::Barrier;
    use std::thread;

    #[test]
    fn concurrent_threads_have_different_numbers() {
        let all_numbered = Barrier::new(8);
        let numbers: HashSet<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let mine = number();
                        all_numbered.wait();
                        assert_eq!(mine, number());
                        mine
                    })
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert_eq!(numbers.len(), 8);
    }

    #[test]
    fn numbers_of_ended_threads_are_reused() {
        let highest = (0..REUSABLE + 10)
            .map(|_| thread::spawn(number).join().unwrap())
            .max();
        assert!(highest < Some(REUSABLE));
    }
}
