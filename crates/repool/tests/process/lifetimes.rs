//! Pools that are created, dropped, moved and forgotten while the sweeper runs.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use super::{ALL_TURNS, rounds, sweeper, turn};
use repool::{IdleDrop, Pool, Recycle};
use repool_testing::rerun;

static MADE: AtomicUsize = AtomicUsize::new(0);
static DROPPED: AtomicUsize = AtomicUsize::new(0);

struct Counted(Vec<u8>);

impl Counted {
    fn new() -> Self {
        MADE.fetch_add(1, Relaxed);
        Counted(vec![7; 100])
    }
}

impl Recycle for Counted {
    fn recycle(&mut self) -> bool {
        assert_eq!(self.0, [7; 100]);
        true
    }
    fn idle_drop() -> IdleDrop<Self> {
        IdleDrop::on_any_thread()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        assert_eq!(self.0, [7; 100]);
        DROPPED.fetch_add(1, Relaxed);
    }
}

#[test]
fn pools_come_and_go_and_every_object_is_dropped_once() {
    let _turn = turn();
    let kept = Pool::new(Counted::new);
    let handle = sweeper();
    thread::scope(|scope| {
        for n in 0..4 {
            let kept = &kept;
            scope.spawn(move || {
                for round in 0..500 {
                    let pool = Pool::new(Counted::new);
                    drop((0..n * 20).map(|_| pool.get()).collect::<Vec<_>>());
                    drop((0..40).map(|_| kept.get()).collect::<Vec<_>>());
                    // The pool moves; the part that the sweeper knows stays at its address.
                    let moved = Box::new(pool);
                    drop((moved.get(), moved.get()));
                    if round % 16 == 0 {
                        thread::yield_now();
                    }
                }
            });
        }
    });
    drop(handle);
    let stats = kept.stats();
    assert_eq!(stats.in_use, 0, "{stats:#}");
    drop(kept);
    assert_eq!(DROPPED.load(Relaxed), MADE.load(Relaxed));
}

#[test]
fn what_a_forgotten_pool_borrows_is_not_touched() {
    let _turn = turn();
    struct Reads<'a>(&'a str);
    impl Drop for Reads<'_> {
        fn drop(&mut self) {
            panic!("{} was dropped", self.0);
        }
    }
    let handle = sweeper();
    {
        let text = String::from("short-lived");
        let pool = Pool::builder(|| Reads(&text)).recycle(|_| true).build();
        drop((0..100).map(|_| pool.get()).collect::<Vec<_>>());
        let lines = Pool::new(Vec::<&str>::new);
        lines.get().push(&text);
        rounds(&handle, 2);
        mem::forget((pool, lines));
    }
    rounds(&handle, ALL_TURNS);
    assert_eq!(handle.sweeps().panics, 0);
}

/// Set in the process that ends while the sweeper runs.
const ENDS: &str = "REPOOL_TEST_ENDS";

#[test]
fn a_process_may_end_while_the_sweeper_runs() {
    static LINES: Pool<Vec<u8>> = Pool::new(Vec::new);
    if std::env::var_os(ENDS).is_some() {
        mem::forget(sweeper());
        for _ in 0..1000 {
            drop((0..40).map(|_| LINES.get()).collect::<Vec<_>>());
        }
        return;
    }
    let _turn = turn();
    for _ in 0..5 {
        let name = "lifetimes::a_process_may_end_while_the_sweeper_runs";
        let (passed, text) = rerun::one_test(name, ENDS, "1");
        assert!(passed && text.contains("1 passed"), "{text}");
    }
}
