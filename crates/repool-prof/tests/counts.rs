//! The counters in a program whose global allocator is a `ProfAlloc`.

use std::cell::RefCell;
use std::hint::black_box;
use std::sync::mpsc;
use std::thread;

use repool_prof::{Counters, ProfAlloc};

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

/// The counters of `work`, whose result is dropped afterwards.
fn spent<R>(work: impl FnOnce() -> R) -> Counters {
    let before = Counters::now();
    let result = black_box(work());
    let spent = Counters::now() - before;
    drop(result);
    spent
}

fn counters(allocations: u64, bytes: u64, frees: u64) -> Counters {
    Counters {
        allocations,
        bytes,
        frees,
    }
}

#[test]
fn says_that_it_is_installed() {
    assert!(repool_prof::is_installed());
}

#[test]
fn nothing_is_nothing() {
    assert_eq!(spent(|| ()), counters(0, 0, 0));
    assert_eq!(
        spent(|| Box::new(())),
        counters(0, 0, 0),
        "zero-sized values take no block"
    );
    assert_eq!(spent(Vec::<u64>::new), counters(0, 0, 0));
    assert_eq!(
        spent(Counters::now),
        counters(0, 0, 0),
        "reading costs nothing"
    );
}

#[test]
fn a_box_is_one_block_of_its_size() {
    assert_eq!(spent(|| Box::new(0u8)), counters(1, 1, 0));
    assert_eq!(spent(|| Box::new([0u64; 16])), counters(1, 128, 0));
    assert_eq!(
        spent(|| drop(black_box(Box::new([0u64; 16])))),
        counters(1, 128, 1)
    );
}

#[test]
fn a_box_freed_later_is_one_free() {
    let boxed = black_box(Box::new(7u32));
    assert_eq!(spent(|| drop(boxed)), counters(0, 0, 1));
}

#[test]
fn zeroed_memory_counts_as_any_other() {
    assert_eq!(spent(|| vec![0u8; 1 << 20]), counters(1, 1 << 20, 0));
}

#[test]
fn each_growth_of_a_vec_is_an_allocation_and_a_free() {
    let growth = spent(|| {
        let mut line: Vec<u8> = Vec::with_capacity(16);
        black_box(&mut line).reserve_exact(32);
        black_box(&mut line).reserve_exact(64);
        line
    });
    assert_eq!(growth, counters(3, 16 + 32 + 64, 2));
}

#[test]
fn shrinking_is_an_allocation_of_the_smaller_size() {
    let mut line: Vec<u8> = Vec::with_capacity(1000);
    line.push(1);
    assert_eq!(
        spent(|| black_box(&mut line).shrink_to(10)),
        counters(1, 10, 1)
    );
    line.clear();
    assert_eq!(
        spent(|| black_box(&mut line).shrink_to_fit()),
        counters(0, 0, 1),
        "to nothing"
    );
}

#[test]
fn over_aligned_values_count_their_size() {
    #[repr(align(4096))]
    struct Page(#[allow(dead_code)] [u8; 4096]);
    assert_eq!(spent(|| Box::new(Page([1; 4096]))), counters(1, 4096, 0));
}

#[test]
fn a_thread_counts_its_own_and_no_others() {
    let (to_worker, work) = mpsc::sync_channel::<Vec<u8>>(1);
    let (to_main, done) = mpsc::sync_channel::<Counters>(1);
    let worker = thread::spawn(move || {
        let given = work.recv().expect("the test sends one");
        let freed = spent(|| drop(given));
        for _ in 0..1000 {
            drop(black_box(Box::new(0u64)));
        }
        to_main.send(freed).expect("the test waits");
    });
    let block = black_box(vec![1u8; 100]);
    let before = Counters::now();
    to_worker.send(block).expect("the worker waits");
    let freed_there = done.recv().expect("the worker answers");
    let seen_here = Counters::now() - before;
    worker.join().expect("the worker does not panic");

    assert_eq!(freed_there, counters(0, 0, 1), "freed on the other thread");
    // The channel may allocate a little to park this thread; the worker's
    // thousand boxes must not show.
    assert!(seen_here.allocations < 100, "{seen_here}");
}

#[test]
fn threads_are_exact_at_once() {
    let workers: Vec<_> = (1..=8u64)
        .map(|n| {
            thread::spawn(move || {
                let work = || (0..10_000 * n).for_each(|i| drop(black_box(Box::new(i))));
                (n, spent(work))
            })
        })
        .collect();
    for worker in workers {
        let (n, spent) = worker.join().expect("the worker does not panic");
        assert_eq!(spent, counters(10_000 * n, 80_000 * n, 10_000 * n));
    }
}

#[test]
fn counts_while_thread_locals_are_destroyed() {
    struct AtExit(mpsc::Sender<Counters>);
    impl Drop for AtExit {
        fn drop(&mut self) {
            let spent = spent(|| drop(black_box(vec![1u8; 300])));
            self.0.send(spent).expect("the test waits");
        }
    }
    thread_local! {
        static AT_EXIT: RefCell<Option<AtExit>> = const { RefCell::new(None) };
    }
    let (to_main, at_exit) = mpsc::channel();
    thread::spawn(move || AT_EXIT.with(|slot| *slot.borrow_mut() = Some(AtExit(to_main))))
        .join()
        .expect("the worker does not panic");
    assert_eq!(at_exit.recv(), Ok(counters(1, 300, 1)));
}
