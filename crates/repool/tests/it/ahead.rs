//! Objects created ahead of time, set aside, or created by the caller; and the figures of misses.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use repool::{Pool, Pooled};
use repool_testing::tracked::Census;

#[test]
fn prewarmed_objects_are_what_gets_find() {
    let census = Census::default();
    let pool = Pool::new(|| census.make(0));
    assert_eq!(pool.prewarm(500), 500);
    assert_eq!((pool.stats().idle, census.made()), (500, 500));
    drop((0..500).map(|_| pool.get()).collect::<Vec<_>>());
    assert_eq!(pool.stats().created, 500);
    assert_eq!(pool.stats().missed.total(), 0);
}

#[test]
fn prewarming_stops_where_there_is_no_room() {
    let pool = Pool::builder(Vec::<u8>::new).max_idle(10).build();
    assert_eq!(pool.prewarm(1000), 10);
    let stats = pool.stats();
    assert_eq!((stats.created, stats.idle), (11, 10));
    let none = Pool::builder(Vec::<u8>::new).max_idle(0).build();
    assert_eq!(none.prewarm(3), 0);
}

#[test]
fn a_create_that_panics_while_prewarming_loses_nothing() {
    let census = Census::default();
    let left = Cell::new(7);
    let pool = Pool::new(|| {
        assert!(left.replace(left.get() - 1) > 0, "no more");
        census.make(0)
    });
    assert!(catch_unwind(AssertUnwindSafe(|| pool.prewarm(10))).is_err());
    assert_eq!((pool.stats().idle, pool.stats().created), (7, 7));
    drop(pool);
    assert_eq!(census.alive(), 0);
}

#[test]
fn reserved_objects_need_no_create_under_contention() {
    let census = Census::default();
    let fail = Cell::new(false);
    let pool = Pool::new(|| {
        assert!(!fail.get(), "no more");
        census.make(0)
    });
    pool.prewarm(3);
    let reserved = pool.reserve(5);
    assert_eq!((pool.stats().created, pool.stats().idle), (5, 0));
    fail.set(true);
    pool.clear();
    pool.sweep();
    pool.sweep();
    assert!(pool.try_get().is_none());
    let held: Vec<Pooled<_>> = (0..5).map(|_| reserved.get()).collect();
    assert_eq!(reserved.left(), 0);
    assert!(catch_unwind(AssertUnwindSafe(|| reserved.get())).is_err());
    drop(held);
    // When it is used up, it gets from the pool.
    drop(reserved.get());
    assert!(reserved.try_get().is_none());
    drop(reserved);
    assert_eq!((pool.stats().idle, pool.stats().in_use), (5, 0));
}

#[test]
fn the_rest_of_a_reservation_is_returned() {
    let census = Census::default();
    let pool = Pool::builder(|| census.make(0)).max_idle(4).build();
    let reserved = pool.reserve(10);
    drop(reserved.get());
    drop(reserved);
    let stats = pool.stats();
    assert_eq!((stats.idle, stats.in_use, stats.created), (4, 0, 10));
    drop(pool);
    assert_eq!(census.alive(), 0);
}

#[test]
fn a_reservation_that_cannot_be_made_leaves_the_pool_whole() {
    let census = Census::default();
    let left = Cell::new(4);
    let pool = Pool::new(|| {
        assert!(left.replace(left.get() - 1) > 0, "no more");
        census.make(0)
    });
    drop((pool.get(), pool.get()));
    assert!(catch_unwind(AssertUnwindSafe(|| pool.reserve(10))).is_err());
    assert_eq!((pool.stats().idle, pool.stats().in_use), (4, 0));
    assert!(catch_unwind(AssertUnwindSafe(|| pool.reserve(usize::MAX))).is_err());
    assert_eq!((pool.stats().idle, pool.stats().in_use), (4, 0));
}

#[test]
fn an_error_leaves_the_pool_as_it_was() {
    let pool: Pool<Vec<u8>> = Pool::new(Vec::new);
    let before = pool.stats();
    for _ in 0..3 {
        let none = pool.get_or_try(|| Err("no memory"));
        assert_eq!(none.err(), Some("no memory"));
    }
    assert_eq!(pool.stats(), before);
    let made = pool.get_or_try(|| Ok::<_, ()>(vec![1, 2, 3])).unwrap();
    assert_eq!(*made, [1, 2, 3]);
    drop(made);
    // An idle object is used, and `create` is not called.
    let found = pool.get_or_try(|| Err(())).unwrap();
    assert_eq!((found.len(), pool.stats().created), (0, 1));
}

#[test]
fn misses_say_why() {
    let pool = Pool::new(String::new);
    drop((0..10).map(|_| pool.get()).collect::<Vec<_>>());
    let missed = pool.stats().missed;
    assert_eq!((missed.cold, missed.empty, missed.contended), (10, 0, 0));
    pool.clear();
    drop((0..15).map(|_| pool.get()).collect::<Vec<_>>());
    let missed = pool.stats().missed;
    assert_eq!((missed.cold, missed.empty, missed.contended), (15, 10, 0));
    assert_eq!(missed.total(), pool.stats().created);
}

#[test]
fn objects_that_were_put_are_not_missed_cold() {
    let pool = Pool::new(String::new);
    (0..3).for_each(|_| pool.put(String::new()));
    pool.clear();
    drop((0..4).map(|_| pool.get()).collect::<Vec<_>>());
    let missed = pool.stats().missed;
    assert_eq!((missed.cold, missed.empty), (1, 3));
}

#[test]
fn figures_in_full() {
    let pool = Pool::builder(Vec::<u8>::new).name("lines").build();
    drop((pool.get(), pool.get()));
    pool.clear();
    assert_eq!(
        format!("{:#}", pool.stats()),
        "lines: 0 idle, 0 in use, 2 created, 0 adopted, 2 dropped, 0 detached\n  \
         dropped: 2 cleared\n  missed: 2 cold"
    );
    assert_eq!(Pool::new(String::new).stats().dropped.to_string(), "none");
}

#[cfg(feature = "serde")]
#[test]
fn figures_are_serialised() {
    let pool = Pool::builder(Vec::<u8>::new).name("lines").build();
    drop(pool.get());
    let json = serde_json::to_value(pool.stats()).unwrap();
    assert_eq!(json["name"], "lines");
    assert_eq!(json["idle"], 1);
    assert_eq!(json["missed"]["cold"], 1);
    assert_eq!(json["dropped"]["over_budget"], 0);
}

#[cfg(feature = "serde")]
#[test]
fn figures_of_buffers_and_of_sweeps_are_serialised() {
    let bufs = repool::BufPool::new().name("bufs");
    drop(bufs.with_capacity(100));
    let json = serde_json::to_value(bufs.stats()).unwrap();
    assert_eq!(json["idle_bytes"], 112);
    assert_eq!(json["total"]["name"], "bufs");
    assert_eq!(json["misfits"]["created"], 0);
    let classes = json["classes"].as_array().unwrap();
    assert_eq!(classes.len(), 1, "those that were used: {json}");
    assert_eq!(classes[0]["capacity"], 112);
    assert_eq!(classes[0]["stats"]["idle"], 1);
    assert_eq!(json["total"].get("discarded"), None);

    let json = serde_json::to_value(repool::SweepCounts::default()).unwrap();
    assert_eq!(json["by_high_pressure"], 0);
}
