//! The figures are exact if no thread is in the middle of a call.

use std::mem;
use std::sync::Arc;

use repool::{OwnedPooled, Pool, Pooled};
use repool_testing::tracked::Census;

/// `[created, adopted, dropped, detached, idle, in_use]`
fn figures<T, F, R>(pool: &Pool<T, F, R>) -> [usize; 6] {
    let stats = pool.stats();
    [
        stats.created,
        stats.adopted,
        stats.dropped.total(),
        stats.detached,
        stats.idle,
        stats.in_use,
    ]
}

#[test]
fn figures_follow_an_object() {
    let census = Census::default();
    let pool = Pool::new(|| census.make(1));
    assert_eq!(figures(&pool), [0, 0, 0, 0, 0, 0]);
    let (a, b) = (pool.get(), pool.get());
    assert_eq!(figures(&pool), [2, 0, 0, 0, 0, 2]);
    drop(a);
    assert_eq!(figures(&pool), [2, 0, 0, 0, 1, 1]);
    let out = Pooled::detach(b);
    assert_eq!(figures(&pool), [2, 0, 0, 1, 1, 0]);
    pool.put(out);
    assert_eq!(figures(&pool), [2, 1, 0, 1, 2, 0]);
    let c = pool.try_get().unwrap();
    assert_eq!(figures(&pool), [2, 1, 0, 1, 1, 1]);
    pool.clear();
    assert_eq!(figures(&pool), [2, 1, 1, 1, 0, 1]);
    drop(c);
    assert_eq!(figures(&pool), [2, 1, 1, 1, 1, 0]);
    drop(pool);
    assert_eq!((census.made(), census.dropped()), (2, 2));
}

#[test]
fn a_forgotten_guard_leaks_one_object_and_nothing_else() {
    let census = Census::default();
    let pool = Pool::new(|| census.make(0));
    mem::forget(pool.get());
    assert_eq!(pool.stats().in_use, 1);
    for _ in 0..100 {
        drop((pool.get(), pool.get()));
    }
    assert_eq!(figures(&pool), [3, 0, 0, 0, 2, 1]);
    drop(pool);
    assert_eq!(census.alive(), 1);
}

#[test]
fn owned_guards_count_as_borrowed_ones() {
    let census = Census::default();
    let pool = Arc::new(Pool::new({
        let census = census.clone();
        move || census.make(7)
    }));
    let (a, b) = (pool.get_owned(), pool.get_owned());
    assert_eq!(pool.stats().in_use, 2);
    let detached = OwnedPooled::detach(a);
    assert_eq!(detached.value, 7);
    assert_eq!(figures(&pool), [2, 0, 0, 1, 0, 1]);
    let sent = std::thread::spawn(move || drop(b));
    sent.join().unwrap();
    assert_eq!(figures(&pool), [2, 0, 0, 1, 1, 0]);
}

#[test]
fn the_last_owned_guard_takes_the_pool_with_it() {
    let census = Census::default();
    let pool = Arc::new(Pool::new({
        let census = census.clone();
        move || census.make(0)
    }));
    drop(pool.get_owned());
    let last = pool.get_owned();
    let other = pool.get_owned();
    drop(pool);
    drop(other);
    assert_eq!(census.dropped(), 0);
    drop(last);
    assert_eq!((census.made(), census.dropped()), (2, 2));

    let pool = Arc::new(Pool::new({
        let census = census.clone();
        move || census.make(0)
    }));
    let last = pool.get_owned();
    drop(pool.get_owned());
    drop(pool);
    let kept = OwnedPooled::detach(last);
    assert_eq!(census.alive(), 1);
    drop(kept);
}

#[test]
fn dropping_the_pool_drops_every_idle_object_once() {
    for many in [0, 1, 2, 40, 500] {
        let census = Census::default();
        let pool = Pool::new(|| census.make(0));
        drop((0..many).map(|_| pool.get()).collect::<Vec<_>>());
        assert_eq!(census.dropped(), 0);
        drop(pool);
        assert_eq!((census.made(), census.dropped()), (many, many));
    }
}

#[test]
fn clear_leaves_objects_in_use() {
    let census = Census::default();
    let pool = Pool::new(|| census.make(0));
    let out: Vec<_> = (0..10).map(|_| pool.get()).collect();
    drop((0..200).map(|_| pool.get()).collect::<Vec<_>>());
    pool.clear();
    assert_eq!(census.alive(), 10);
    assert_eq!(figures(&pool), [210, 0, 200, 0, 0, 10]);
    drop(out);
    pool.clear();
    pool.clear();
    assert_eq!(figures(&pool), [210, 0, 210, 0, 0, 0]);
}

#[test]
fn a_refused_object_is_dropped_and_counted() {
    let pool = Pool::builder(|| 0u32).recycle(|n: &mut u32| *n < 2).build();
    *pool.get() = 1;
    assert_eq!(*pool.get(), 1);
    *pool.get() = 2;
    assert_eq!(figures(&pool), [1, 0, 1, 0, 0, 0]);
    pool.put(5);
    assert_eq!(figures(&pool), [1, 1, 2, 0, 0, 0]);
}

#[test]
fn adopted_objects_count_for_the_peak() {
    let pool = Pool::new(Vec::<u8>::new);
    (0..3).for_each(|_| pool.put(Vec::new()));
    pool.clear();
    drop(pool.get());
    Pooled::detach(pool.get());
    let missed = pool.stats().missed;
    assert_eq!((missed.cold, missed.empty), (0, 1));
    drop((pool.get(), pool.get(), pool.get(), pool.get()));
    let missed = pool.stats().missed;
    assert_eq!((missed.cold, missed.empty), (1, 4));

    // Also if every object that was put in was detached again.
    let pool = Pool::new(Vec::<u8>::new);
    pool.put(Vec::new());
    Pooled::detach(pool.get());
    drop(pool.get());
    let missed = pool.stats().missed;
    assert_eq!((missed.cold, missed.empty), (0, 1));
}

#[test]
fn displayed_and_debugged() {
    let pool = Pool::new(|| String::from("text"));
    let guard = pool.get();
    assert_eq!(format!("{guard} {guard:?}"), "text \"text\"");
    let shown = pool.stats().to_string();
    assert!(shown.starts_with("0 idle, 1 in use, 1 created"), "{shown}");
    assert!(format!("{pool:?}").starts_with("Pool { stats: Stats { created: 1"));
}
