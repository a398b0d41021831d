//! Profilers that are started and stopped one after the other.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst};
use std::sync::{Barrier, Mutex};
use std::thread;

use repool_prof::{Profiler, Stack, StartError, Unwind};
use repool_testing::done::DoneGuard;
use repool_testing::random::Random;
use repool_testing::statm::address_space;
use repool_testing::totals::{Totals, assert_possible, assert_sane};

use crate::program::{block, intact, start};
use crate::refusing;

/// Keeps blocks of all sessions, and passes some to the other threads.
fn churn(seed: u64, end: &AtomicBool, passed: &Mutex<Vec<Vec<u8>>>) {
    let mut random = Random::new(seed);
    let mut ring: Vec<Vec<u8>> = vec![Vec::new(); 64];
    while !end.load(SeqCst) {
        let slot = random.below(ring.len());
        assert!(intact(&ring[slot]));
        ring[slot] = block(1 + random.below(5000));
        let mut passed = passed.lock().expect("no thread panicked");
        let other = random.below(passed.len());
        std::mem::swap(&mut passed[other], &mut ring[slot]);
    }
}

pub fn thousand(rate: u64) {
    let (end, passed) = (AtomicBool::new(false), Mutex::new(vec![Vec::new(); 64]));
    let mut room = 0;
    thread::scope(|scope| {
        for seed in 1..=4 {
            let (end, passed) = (&end, &passed);
            scope.spawn(move || churn(seed, end, passed));
        }
        let _ends = DoneGuard(&end);
        for n in 0..1000 {
            // Every second session has another rate.
            let profiler = start(if n % 2 == 0 { rate } else { 10_000 });
            for _ in 0..20 {
                drop(black_box(block(100)));
            }
            if n % 10 == 0 {
                assert_possible(&profiler.snapshot());
            }
            drop(profiler);
            if n == 100 {
                room = address_space();
            }
        }
    });
    let grown = address_space().saturating_sub(room);
    assert!(
        grown < 256 << 20,
        "{grown} bytes of address space more than after 100 sessions"
    );
    next(rate);
}

/// Blocks of an ended session are not in the next one, and neither are their frees.
pub fn next(rate: u64) {
    const SIZE: usize = 4321;
    let [size, count] = [SIZE as u64, 300];
    for _ in 0..20 {
        let profiler = start(rate);
        let mut old: Vec<_> = (0..count).map(|_| block(SIZE)).collect();
        drop(profiler);
        let freed_between = old.split_off(200);
        assert!(freed_between.iter().all(|block| intact(block)));
        drop(freed_between);

        let profiler = start(rate);
        let freed_elsewhere = old.split_off(100);
        let none = Totals::of_size(&profiler.snapshot(), size);
        assert_eq!(none, Totals::default(), "nothing of the session before");
        drop(old);
        thread::spawn(move || drop(freed_elsewhere))
            .join()
            .expect("ends well");
        let none = Totals::of_size(&profiler.snapshot(), size);
        assert_eq!(
            none,
            Totals::default(),
            "nothing freed that was not allocated"
        );

        // Probably at the addresses of the old blocks.
        let mut new: Vec<_> = (0..count).map(|_| block(SIZE)).collect();
        new.truncate(150);
        let snapshot = profiler.snapshot();
        assert_sane(&snapshot);
        let truth = Totals::blocks(size, count as i64, 150);
        Totals::of_size(&snapshot, size).assert_estimates(truth, rate);
        assert!(new.iter().all(|block| intact(block)));
    }
}

/// The free of a block of the previous session does not change the counts of this session's blocks
/// of the same call and size.
pub fn carried_over(rate: u64) {
    const SIZE: usize = 4322;
    let size = SIZE as u64;
    let mut carried = Vec::new();
    for _ in 0..20 {
        let profiler = start(rate);
        let mut new: Vec<_> = (0..300).map(|_| block(SIZE)).collect();
        drop(std::mem::take(&mut carried));
        let of_size = || Totals::of_size(&profiler.snapshot(), size);
        of_size().assert_estimates(Totals::blocks(size, 300, 300), rate);
        let before = of_size();
        new.truncate(100);
        of_size().assert_estimates(Totals::blocks(size, 300, 100), rate);
        assert_eq!(of_size().alloc_objects, before.alloc_objects);
        assert_sane(&profiler.snapshot());
        carried = new;
    }
    assert!(carried.iter().all(|block| intact(block)));
}

/// A sample that was drawn in one session is not counted in the next, whose weights differ.
pub fn chosen_before(rate: u64) {
    const SIZE: usize = 1 << 20;
    let profiler = start(1);
    refusing::wait_at(SIZE);
    let chosen = thread::spawn(|| block(SIZE));
    while !refusing::waits() {
        thread::yield_now();
    }
    drop(profiler);
    let profiler = start(rate << 40);
    refusing::go_on();
    let chosen = chosen.join().expect("ends well");
    let none = Totals::of_size(&profiler.snapshot(), SIZE as u64);
    assert_eq!(none, Totals::default());
    assert!(intact(&chosen));
}

/// Only one profiler runs at a time.
pub fn one_at_a_time(rate: u64) {
    let again = || Profiler::builder().rate(rate).start();
    let profiler = start(rate);
    assert!(matches!(again(), Err(StartError::AlreadyRunning)));
    assert_eq!(profiler.rate(), rate, "the first runs on");
    let kept = block(8642);
    let truth = Totals::blocks(8642, 1, 1);
    Totals::of_size(&profiler.snapshot(), 8642).assert_estimates(truth, rate);
    drop(kept);
    // The refused start does not change how the profiler unwinds: one call is one stack.
    let ways = [Unwind::FramePointers, Unwind::Tables, Unwind::FramePointers];
    for unwind in ways {
        drop(block(8643));
        let again = Profiler::builder().unwind(unwind).start();
        assert!(matches!(again, Err(StartError::AlreadyRunning)));
    }
    let snapshot = profiler.snapshot();
    let of_size = |stack: &&Stack| stack.records().iter().any(|record| record.size == 8643);
    let stacks = snapshot.stacks().iter().filter(of_size).count();
    assert!(stacks <= 1, "{stacks} stacks");
    thread::spawn(move || drop(profiler))
        .join()
        .expect("any thread may stop it");

    for _ in 0..100 {
        let (won, together) = (AtomicI64::new(0), Barrier::new(4));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    together.wait();
                    let profiler = again();
                    won.fetch_add(i64::from(profiler.is_ok()), SeqCst);
                    assert!(matches!(profiler, Ok(_) | Err(StartError::AlreadyRunning)));
                    together.wait();
                });
            }
        });
        assert_eq!(won.load(SeqCst), 1);
    }
}

/// Nothing is sampled before the process's first profiler is resumed, also on new threads.
pub fn threads_in_a_pause(rate: u64) {
    let profiler = Profiler::builder().rate(rate).paused().start();
    let profiler = profiler.expect("the profiler starts");
    thread::spawn(|| drop(block(5151)))
        .join()
        .expect("ends well");
    assert_eq!(Totals::of(&profiler.snapshot()), Totals::default());
}

/// Allocations in a pause are not counted; frees are.
pub fn pauses(rate: u64) {
    let profiler = Profiler::builder().rate(rate).paused().start();
    let profiler = profiler.expect("the profiler starts");
    let of_size = |size| Totals::of_size(&profiler.snapshot(), size);
    let unseen: Vec<_> = (0..100).map(|_| block(5151)).collect();
    assert_eq!(of_size(5151), Totals::default(), "started paused");
    profiler.resume();
    let seen: Vec<_> = (0..100).map(|_| block(5252)).collect();
    drop(unseen);
    profiler.pause();
    of_size(5252).assert_estimates(Totals::blocks(5252, 100, 100), rate);
    let unseen: Vec<_> = (0..100).map(|_| block(5151)).collect();
    drop(seen);
    of_size(5252).assert_estimates(Totals::blocks(5252, 100, 0), rate);
    assert_eq!(of_size(5151), Totals::default());
    drop(unseen);
    profiler.resume();
    drop(block(5353));
    of_size(5353).assert_estimates(Totals::blocks(5353, 1, 0), rate);
    assert_eq!(of_size(5151), Totals::default());
    assert_sane(&profiler.snapshot());
}
