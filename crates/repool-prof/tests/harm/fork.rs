//! Forked children, while the profiler runs.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;

use repool_prof::Profiler;
use repool_testing::done::DoneGuard;
use repool_testing::fork::in_a_fork;
use repool_testing::random::Random;
use repool_testing::totals::{Totals, assert_possible};

use crate::program::{block, intact, start};

const MAIN: usize = 1234;
const COUNT: i64 = 100;

/// Allocates and frees until told to end. Returns how often.
fn churn(seed: u64, end: &AtomicBool, rounds: &AtomicU64) {
    let mut random = Random::new(seed);
    let mut ring: [Vec<u8>; 32] = Default::default();
    while !end.load(SeqCst) {
        let slot = random.below(ring.len());
        assert!(intact(&ring[slot]));
        ring[slot] = block(1 + random.below(1000));
        rounds.fetch_add(1, SeqCst);
    }
}

/// The work of a child with what it inherited.
fn child(profiler: &Profiler, blocks: Vec<Vec<u8>>, rate: u64) {
    let size = MAIN as u64;
    assert!(blocks.iter().all(|block| intact(block)));
    for n in 1..1000 {
        assert!(intact(&block(n)));
    }
    let snapshot = profiler.snapshot();
    assert_possible(&snapshot);
    Totals::of_size(&snapshot, size).assert_estimates(Totals::blocks(size, COUNT, COUNT), rate);
    drop(blocks);
    let snapshot = profiler.snapshot();
    assert_possible(&snapshot);
    Totals::of_size(&snapshot, size).assert_estimates(Totals::blocks(size, COUNT, 0), rate);
}

pub fn fork(rate: u64) {
    let profiler = start(rate);
    let (end, rounds) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for seed in 1..=4 {
            let (end, rounds) = (&end, &rounds);
            scope.spawn(move || churn(seed, end, rounds));
        }
        let _ends = DoneGuard(&end);
        let mut blocks: Vec<_> = (0..COUNT).map(|_| block(MAIN)).collect();
        let mut random = Random::new(9);
        for _ in 0..50 {
            let seen = rounds.load(SeqCst);
            while rounds.load(SeqCst) == seen {
                spin_loop(); // so that the threads are at it
            }
            for _ in 0..random.below(5000) {
                spin_loop();
            }
            // The child alone takes the blocks: its memory is a copy.
            in_a_fork(|| child(&profiler, std::mem::take(&mut blocks), rate));
        }
        assert!(blocks.iter().all(|block| intact(block)));
        let (size, alive) = (MAIN as u64, Totals::blocks(MAIN as u64, COUNT, COUNT));
        Totals::of_size(&profiler.snapshot(), size).assert_estimates(alive, rate);
    });
    assert_possible(&profiler.snapshot());
}
