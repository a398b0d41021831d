//! What a pool frees in sweeps, and what it keeps for each CPU. Bounds in bytes are in `weights`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use repool::{Backend, Pool, Pooled, backend};
use repool_testing::affinity::on_one_cpu;
use repool_testing::tracked::Census;

/// Gets `n` objects.
pub fn take<'a, T, F: Fn() -> T, R: repool::Recycler<T>>(
    pool: &'a Pool<T, F, R>,
    n: usize,
) -> Vec<repool::Pooled<'a, T, R>> {
    (0..n).map(|_| pool.get()).collect()
}

#[test]
fn objects_idle_for_two_sweeps_are_dropped() {
    let census = Census::default();
    let pool = Pool::new(|| census.make(0));
    for many in [1, 2, 3, 31, 62, 500] {
        drop(take(&pool, many));
        pool.sweep();
        assert_eq!(pool.stats().idle, many);
        pool.sweep();
        assert_eq!(pool.stats().idle, 0);
        assert_eq!(census.alive(), 0);
    }
    let stats = pool.stats();
    assert_eq!(stats.dropped.swept, stats.dropped.total());
}

/// A sweep asks other CPUs for what they have cached. Whichever CPU answers, steals or sweeps next, objects
/// that were not used between two sweeps are dropped by the second.
#[test]
#[cfg(target_os = "linux")]
fn idle_objects_are_dropped_whichever_cpus_the_threads_are_on() {
    use repool_testing::affinity::{cpus, stay_among};
    std::thread::spawn(|| {
        let cpus = cpus();
        for order in 0..64 {
            let on = |step: u32| stay_among(&[cpus[(order >> step & 1) % cpus.len()]]);
            let pool = Pool::new(String::new).sweep_every(None);
            let use_some = |count: usize| {
                let objects: Vec<_> = (0..count).map(|_| pool.get()).collect();
                drop(objects);
            };
            on(0);
            use_some(1000);
            on(1);
            pool.sweep();
            on(2);
            use_some(5);
            on(3);
            use_some(5);
            on(4);
            pool.sweep();
            let idle = pool.stats().idle;
            assert!((5..=10).contains(&idle), "order {order:b}: {idle} idle");
            on(5);
            pool.sweep();
            pool.sweep();
            assert_eq!(pool.stats().idle, 0, "order {order:b}");
        }
    })
    .join()
    .unwrap();
}

#[test]
fn objects_used_between_two_sweeps_stay() {
    for need in [1, 2, 10, 61, 100] {
        let pool = Pool::new(Vec::<u8>::new);
        drop(take(&pool, need));
        for _ in 0..20 {
            pool.sweep();
            drop(take(&pool, need));
        }
        let stats = pool.stats();
        assert_eq!((stats.created, stats.idle), (need, need), "{stats:#}");
        assert_eq!(stats.dropped.total(), 0);
    }
}

#[test]
fn objects_in_use_over_sweeps_are_young_when_returned() {
    let pool = Pool::new(Vec::<u8>::new);
    let out = take(&pool, 100);
    pool.sweep();
    pool.sweep();
    drop(out);
    pool.sweep();
    assert_eq!(pool.stats().idle, 100);
}

#[test]
fn a_burst_is_freed_and_steady_need_never_misses() {
    let pool = Pool::new(Vec::<u8>::new);
    drop(take(&pool, 10_000));
    let steady = || (0..1000).for_each(|_| drop(take(&pool, 10)));
    steady();
    for _ in 0..2 {
        pool.sweep();
        steady();
    }
    let stats = pool.stats();
    assert!(stats.idle <= 20, "{stats:#}");
    assert_eq!(stats.created, 10_000, "{stats:#}");
    for _ in 0..10 {
        pool.sweep();
        steady();
    }
    let stats = pool.stats();
    assert!((10..=20).contains(&stats.idle), "{stats:#}");
    assert_eq!(stats.created, 10_000, "{stats:#}");
}

#[test]
fn a_burst_is_freed_under_the_load_of_many_threads() {
    let pool = Pool::new(Vec::<u8>::new);
    drop(take(&pool, 10_000));
    let turn = Barrier::new(5);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..8 {
                    for _ in 0..2000 {
                        drop(take(&pool, 3));
                    }
                    turn.wait();
                    turn.wait();
                }
            });
        }
        for _ in 0..8 {
            turn.wait();
            pool.sweep();
            turn.wait();
        }
    });
    let stats = pool.stats();
    // At most twelve are in use at a time; each CPU may have a magazine cached in addition.
    let cpus = std::thread::available_parallelism().unwrap().get();
    assert!(stats.idle <= 12 + 30 * cpus, "{stats:#}");
}

#[test]
fn ordinary_calls_sweep_when_it_is_time() {
    let pool = Pool::builder(Vec::<u8>::new)
        .sweep_every(Duration::from_millis(1))
        .build();
    drop(take(&pool, 1000));
    // Each turn misses the CPU's cache, and so looks at the clock. It ends when a sweep was done.
    while pool.stats().dropped.swept == 0 {
        drop(take(&pool, 100));
    }
    let never = Pool::builder(Vec::<u8>::new).sweep_every(None).build();
    drop(take(&never, 1000));
    drop(take(&never, 1000));
    assert_eq!(never.stats().idle, 1000);
}

/// One in eight of the checked returns looks at the clock, although every get finds an object on its CPU.
#[test]
fn checked_returns_sweep_when_it_is_time() {
    let soon = Some(Duration::from_millis(1));
    let grow_one = |pool: &Pool<Vec<u8>>| {
        drop(vec![pool.get(), {
            let mut big = pool.get();
            big.reserve(64 << 20);
            big
        }])
    };
    let fades = Pool::new_static(Vec::new).fade_outliers().sweep_every(soon);
    grow_one(&fades);
    // It ends when the outlier was dropped: nothing else here is ever swept or refused.
    while fades.stats().dropped.heavy == 0 {
        let (mut one, mut other) = (fades.get(), fades.get());
        one.resize(1 << 10, 0);
        other.resize(1 << 10, 0);
    }
    assert!(fades.stats().idle <= 2, "{:#}", fades.stats());
    for pool in [
        Pool::new_static(Vec::new)
            .max_idle_bytes(1 << 30)
            .sweep_every(soon),
        Pool::new_static(Vec::new)
            .max_object_bytes(1 << 30)
            .sweep_every(soon),
        Pool::new_static(Vec::new).per_cpu(20).sweep_every(soon),
        Pool::new_static(Vec::new).drop_on_fork().sweep_every(soon),
    ] {
        let pool: Pool<Vec<u8>> = pool;
        drop(take(&pool, 10));
        while pool.stats().dropped.swept == 0 {
            drop(pool.get());
        }
    }
}

#[test]
fn a_drop_that_panics_in_a_sweep_loses_nothing_else() {
    struct Grumpy<'a>(bool, &'a AtomicUsize);
    impl Drop for Grumpy<'_> {
        fn drop(&mut self) {
            self.1.fetch_add(1, Relaxed);
            assert!(!self.0, "will not go");
        }
    }
    let gone = AtomicUsize::new(0);
    let nth = AtomicUsize::new(0);
    let pool = Pool::builder(|| Grumpy(nth.fetch_add(1, Relaxed) % 50 == 25, &gone))
        .recycle(|_| true)
        .build();
    drop(take(&pool, 200));
    pool.sweep();
    let panics = (0..20)
        .filter(|_| catch_unwind(AssertUnwindSafe(|| pool.sweep())).is_err())
        .count();
    assert_eq!(panics, 4);
    let stats = pool.stats();
    assert_eq!((stats.idle, stats.in_use), (0, 0), "{stats:#}");
    assert_eq!(stats.dropped.swept, 200);
    assert_eq!(gone.load(Relaxed), 200);
}

#[test]
fn objects_may_use_their_pool_while_they_are_swept() {
    static POOL: Pool<Vec<u8>> = Pool::new(Vec::new);
    struct Last;
    impl Drop for Last {
        fn drop(&mut self) {
            POOL.get().push(1);
            POOL.sweep();
        }
    }
    let pool = Pool::builder(|| Last).recycle(|_| true).build();
    drop(take(&pool, 100));
    pool.sweep();
    pool.sweep();
    assert_eq!(pool.stats().dropped.swept, 100);
}

#[test]
fn each_cpu_keeps_so_many_and_no_more() {
    for n in [1, 2, 3, 10, 31] {
        let pool = Pool::builder(Vec::<u8>::new).per_cpu(n).build();
        on_one_cpu(0, || {
            for _ in 0..3 {
                drop(take(&pool, 2 * n));
                assert_eq!(pool.stats().idle, n);
            }
        });
        on_one_cpu(1, || drop(take(&pool, 2 * n)));
        let stats = pool.stats();
        assert!((n..=2 * n).contains(&stats.idle), "{n}: {stats:#}");
        assert_eq!(stats.dropped.over_budget, stats.dropped.total());
    }
}

#[test]
fn per_cpu_pools_look_nowhere_else() {
    let pool = Pool::builder(Vec::<u8>::new).per_cpu(2).build();
    let finds_both = || {
        let all = (pool.try_get(), pool.try_get(), pool.try_get());
        assert!(all.0.is_some() && all.1.is_some() && all.2.is_none());
    };
    if backend() == Backend::Rseq {
        on_one_cpu(0, || drop(take(&pool, 2)));
        on_one_cpu(1, || assert!(pool.try_get().is_none()));
        on_one_cpu(0, finds_both);
    } else {
        // On slots the bound is by thread, and another test's thread may get this one's number later.
        drop(take(&pool, 2));
        finds_both();
    }
}

#[test]
fn per_cpu_pools_are_swept_by_what_was_not_needed() {
    on_one_cpu(0, || {
        let census = Census::default();
        let pool = Pool::builder(|| census.make(0)).per_cpu(10).build();
        drop(take(&pool, 10));
        pool.sweep();
        for need in [7, 7, 4, 1] {
            for _ in 0..3 {
                drop(take(&pool, need));
            }
            pool.sweep();
            assert_eq!(pool.stats().idle, need);
        }
        pool.sweep();
        assert_eq!((pool.stats().idle, census.alive()), (0, 0));
        assert_eq!(pool.stats().created, 10);
    });
}

#[test]
fn objects_used_between_two_sweeps_stay_without_a_depot() {
    let census = Census::default();
    on_one_cpu(0, || {
        for many in 1..30 {
            let pool = Pool::new(|| census.make(0)).per_cpu(31);
            let (unused, mut used) = (pool.get(), pool.get());
            drop(unused);
            pool.sweep();
            // In the stack it is above the unused one, or below it.
            used.value = 1;
            drop(used);
            (1..many).for_each(|_| pool.put(census.make(1)));
            pool.sweep();
            let stats = pool.stats();
            assert_eq!((stats.dropped.swept, stats.idle), (1, many), "{stats}");
            while let Some(left) = pool.try_get() {
                assert_eq!(left.value, 1);
                Pooled::detach(left);
            }
        }
    });
}

#[test]
fn objects_that_a_sweep_is_dropping_use_up_no_bound() {
    use std::sync::atomic::AtomicBool;
    struct Slow<'a>(Option<(&'a AtomicBool, &'a AtomicBool)>);
    impl Drop for Slow<'_> {
        fn drop(&mut self) {
            let Some((entered, open)) = self.0 else {
                return;
            };
            entered.store(true, Relaxed);
            while !open.load(Relaxed) {
                std::thread::yield_now();
            }
        }
    }
    let (entered, open) = (AtomicBool::new(false), AtomicBool::new(false));
    let pool = Pool::builder(|| Slow(None))
        .recycle(|_| true)
        .max_idle(100)
        .build();
    on_one_cpu(0, || {
        (0..100).for_each(|_| pool.put(Slow(Some((&entered, &open)))));
    });
    pool.sweep();
    std::thread::scope(|scope| {
        scope.spawn(|| pool.sweep());
        while !entered.load(Relaxed) {
            std::thread::yield_now();
        }
        on_one_cpu(0, || (0..100).for_each(|_| pool.put(Slow(None))));
        open.store(true, Relaxed);
        assert_eq!(pool.stats().dropped.over_budget, 0);
    });
    assert_eq!((pool.stats().idle, pool.stats().dropped.swept), (100, 100));
}
