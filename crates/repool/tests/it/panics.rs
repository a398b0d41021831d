//! The user's code panics, or uses the same pool, at every point where a pool calls it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use repool::{OwnedPooled, Pool};
use repool_testing::tracked::{Census, Tracked};

fn panics<O>(work: impl FnOnce() -> O) {
    assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
}

#[test]
fn create_panics() {
    let census = Census::default();
    let fail = Cell::new(true);
    let pool = Pool::new(|| {
        assert!(!fail.get(), "no more today");
        census.make(0)
    });
    panics(|| pool.get());
    assert_eq!((pool.stats().created, pool.stats().in_use), (0, 0));
    fail.set(false);
    drop(pool.get());
    fail.set(true);
    drop(pool.get());
    let held = pool.get();
    panics(|| pool.get());
    drop(held);
    assert_eq!(pool.stats().idle, 1);
    drop(pool);
    assert_eq!((census.made(), census.dropped()), (1, 1));
}

#[test]
fn recycle_panics() {
    let census = Census::default();
    let fail = Cell::new(false);
    let pool = Pool::builder(|| census.make(0))
        .recycle(|_: &mut Tracked| {
            assert!(!fail.get(), "cannot be cleaned");
            true
        })
        .build();
    drop(pool.get());
    for round in 1..=3 {
        let guard = pool.get();
        fail.set(true);
        panics(|| drop(guard));
        fail.set(false);
        let stats = pool.stats();
        assert_eq!(
            (stats.dropped.total(), stats.idle, stats.in_use),
            (round, 0, 0)
        );
        drop(pool.get());
    }
    fail.set(true);
    panics(|| pool.put(census.make(1)));
    assert_eq!(pool.stats().dropped.total(), 4);
    drop(pool);
    assert_eq!(census.alive(), 0);
}

#[test]
fn recycle_and_then_the_objects_drop_refuses() {
    // An object that `recycle` refuses is counted even if its `Drop` panics.
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("will not go");
        }
    }
    let pool = Pool::builder(|| Bad).recycle(|_| false).build();
    let guard = pool.get();
    panics(|| drop(guard));
    assert_eq!((pool.stats().dropped.total(), pool.stats().in_use), (1, 0));
}

#[test]
fn a_detached_object_is_dropped_if_the_pools_drop_panics() {
    let census = Census::default();
    struct Bad(Option<Tracked>);
    impl Drop for Bad {
        fn drop(&mut self) {
            assert!(self.0.is_some(), "an idle object will not go");
        }
    }
    let pool = Pool::builder(|| Bad(None))
        .recycle(|_: &mut Bad| true)
        .build();
    let pool = Arc::new(pool);
    let (mut kept, idle) = (pool.get_owned(), pool.get_owned());
    kept.0 = Some(census.make(0));
    drop((idle, pool));
    panics(|| OwnedPooled::detach(kept));
    assert_eq!((census.made(), census.alive()), (1, 0));
}

#[test]
fn settings_of_a_used_pool() {
    type Setter = fn(Pool<Vec<u8>>) -> Pool<Vec<u8>>;
    let setters: [Setter; 8] = [
        |pool| pool.max_idle(1),
        |pool| pool.max_idle_bytes(1),
        |pool| pool.max_object_bytes(1),
        |pool| pool.weigh(|_| 1),
        |pool| pool.fade_outliers(),
        |pool| pool.per_cpu(1),
        |pool| pool.sweep_every(None),
        |pool| pool.drop_on_fork(),
    ];
    for setter in setters {
        let fresh = || Pool::new_static(Vec::new);
        drop(setter(fresh()).get());
        let used = fresh();
        drop(used.get());
        let panicked = catch_unwind(AssertUnwindSafe(|| drop(setter(used))));
        let payload = panicked.unwrap_err();
        let sentence = payload.downcast_ref::<String>().unwrap();
        assert!(
            sentence.starts_with("this pool was used already, and its settings are fixed"),
            "{sentence}"
        );
    }
    let used = Pool::new_static(Vec::<u8>::new);
    drop(used.get());
    assert_eq!(used.name("late").stats().name, Some("late"));
}

#[test]
fn a_guard_dropped_while_unwinding_returns_its_object() {
    let census = Census::default();
    let pool = Pool::new(|| census.make(0));
    panics(|| {
        let _guard = pool.get();
        panic!("elsewhere");
    });
    assert_eq!((pool.stats().idle, pool.stats().in_use), (1, 0));
}

/// Its `Drop` panics, once, if it was told to.
struct Explosive<'a> {
    armed: &'a AtomicBool,
    drops: &'a AtomicUsize,
}

impl Drop for Explosive<'_> {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Relaxed);
        assert!(!self.armed.swap(false, Relaxed), "boom");
    }
}

/// A pool with `many` idle ones.
fn idle_explosives<'a>(
    many: usize,
    armed: &'a AtomicBool,
    drops: &'a AtomicUsize,
) -> Pool<Explosive<'a>, impl Fn() -> Explosive<'a>, impl Fn(&mut Explosive<'a>) -> bool> {
    let pool = Pool::builder(move || Explosive { armed, drops })
        .recycle(|_: &mut Explosive<'a>| true)
        .build();
    drop((0..many).map(|_| pool.get()).collect::<Vec<_>>());
    pool
}

#[test]
fn one_drop_panics_in_clear_and_the_others_stay() {
    for many in [1, 2, 30, 31, 62, 200] {
        let (armed, drops) = (AtomicBool::new(false), AtomicUsize::new(0));
        let pool = idle_explosives(many, &armed, &drops);
        armed.store(true, Relaxed);
        panics(|| pool.clear());
        assert_eq!(drops.load(Relaxed), 1);
        assert_eq!(pool.stats().idle, many - 1);
        assert_eq!(pool.stats().dropped.total(), 1);
        pool.clear();
        assert_eq!((pool.stats().idle, drops.load(Relaxed)), (0, many));
    }
}

#[test]
fn one_drop_panics_as_the_pool_is_dropped_and_the_others_go_too() {
    for many in [1, 2, 31, 200] {
        let (armed, drops) = (AtomicBool::new(false), AtomicUsize::new(0));
        let pool = idle_explosives(many, &armed, &drops);
        armed.store(true, Relaxed);
        panics(|| drop(pool));
        assert_eq!(drops.load(Relaxed), many);
    }
}

#[test]
fn create_uses_the_same_pool() {
    static POOL: Pool<Vec<usize>> = Pool::new(nested);
    thread_local!(static DEPTH: Cell<usize> = const { Cell::new(0) });
    fn nested() -> Vec<usize> {
        if DEPTH.get() < 5 {
            DEPTH.set(DEPTH.get() + 1);
            let mut inner = POOL.get();
            inner.push(1);
            let capacity = inner.capacity();
            DEPTH.set(DEPTH.get() - 1);
            return Vec::with_capacity(capacity);
        }
        Vec::new()
    }
    drop(POOL.get());
    let stats = POOL.stats();
    assert_eq!((stats.created, stats.idle, stats.in_use), (6, 6, 0));
}

#[test]
fn recycle_uses_the_same_pool() {
    static POOL: repool::StaticPool<Vec<u8>> = Pool::with(Vec::new, recycle);
    thread_local!(static WITHIN: Cell<bool> = const { Cell::new(false) });
    fn recycle(object: &mut Vec<u8>) -> bool {
        if !WITHIN.replace(true) {
            drop((POOL.get(), POOL.get()));
            POOL.clear();
            POOL.put(Vec::new());
            WITHIN.set(false);
        }
        object.clear();
        true
    }
    for _ in 0..100 {
        let mut held: Vec<_> = (0..40).map(|_| POOL.get()).collect();
        held.iter_mut().for_each(|one| one.push(1));
    }
    let stats = POOL.stats();
    assert_eq!(stats.in_use, 0);
    assert_eq!(
        stats.created + stats.adopted,
        stats.dropped.total() + stats.idle
    );
}

#[test]
fn an_objects_drop_uses_the_same_pool() {
    struct Chatty(u8);
    impl Drop for Chatty {
        fn drop(&mut self) {
            if self.0 > 0 {
                POOL.put(Chatty(self.0 - 1));
                drop(POOL.try_get());
            }
        }
    }
    static POOL: repool::StaticPool<Chatty> = Pool::with(|| Chatty(3), |_| true);
    drop((0..50).map(|_| POOL.get()).collect::<Vec<_>>());
    for _ in 0..5 {
        POOL.clear();
    }
    let stats = POOL.stats();
    assert_eq!((stats.idle, stats.in_use), (0, 0));
    assert_eq!((stats.created, stats.adopted), (50, 150));
}
