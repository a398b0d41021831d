//! A dense number for each thread: the lowest that no living thread has. It chooses a thread's shard in
//! [`sharded`](super::sharded).
//!
//! It works while thread-locals are being destroyed: the number is in a thread-local without destructor.
//! Two threads may have the same number for a while, so that a number grants no access.

use core::cell::Cell;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Numbers that are given again after their thread has ended; threads beyond them get higher ones, each
/// once.
const DENSE: usize = 4096;

static TAKEN: [AtomicU64; DENSE / 64] = [const { AtomicU64::new(0) }; DENSE / 64];
static BEYOND: AtomicUsize = AtomicUsize::new(DENSE);

const NONE: usize = usize::MAX;

thread_local! {
    static NUMBER: Cell<usize> = const { Cell::new(NONE) };
    static LEASE: Lease = const { Lease(Cell::new(NONE)) };
}

/// Frees the number when the thread ends.
struct Lease(Cell<usize>);

impl Drop for Lease {
    fn drop(&mut self) {
        let number = self.0.get();
        if number < DENSE {
            TAKEN[number / 64].fetch_and(!(1 << (number % 64)), Ordering::Relaxed);
        }
    }
}

/// The calling thread's number.
#[inline]
pub(crate) fn number() -> usize {
    match NUMBER.get() {
        NONE => assign(),
        number => number,
    }
}

#[cold]
fn assign() -> usize {
    // A thread whose lease is already destroyed gets a number beyond: it could not free a dense one.
    let number = LEASE
        .try_with(|lease| {
            let number = lowest_free()?;
            lease.0.set(number);
            Some(number)
        })
        .ok()
        .flatten()
        .unwrap_or_else(|| BEYOND.fetch_add(1, Ordering::Relaxed));
    NUMBER.set(number);
    number
}

fn lowest_free() -> Option<usize> {
    for (index, word) in TAKEN.iter().enumerate() {
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
    fn threads_alive_together_have_different_numbers() {
        let all = Barrier::new(8);
        let numbers: HashSet<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let mine = number();
                        all.wait();
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
    fn numbers_come_back() {
        let highest = (0..DENSE + 10)
            .map(|_| thread::spawn(number).join().unwrap())
            .max();
        assert!(highest < Some(DENSE));
    }
}
