//! The bounds in bytes, the weights of objects, and outliers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use crate::retention::take;
use repool::Pool;
use repool_testing::affinity::on_one_cpu;

#[test]
fn bytes_are_held_to_their_bound() {
    // Each is too heavy to be cached on a CPU, and so counted exactly.
    let pool = Pool::builder(|| Vec::<u8>::with_capacity(100_000))
        .max_idle_bytes(1_000_000)
        .build();
    drop(take(&pool, 25));
    let stats = pool.stats();
    assert_eq!((stats.idle, stats.dropped.over_budget), (10, 15));
    let out = take(&pool, 10);
    assert_eq!(pool.stats().created, 25);
    drop(out);
    assert_eq!(pool.stats().idle, 10);
    // Light ones may be cached in addition: 29 for each CPU, a quarter of the bound at most.
    let pool = Pool::builder(|| 0u64)
        .recycle(|_| true)
        .weigh(|_| 8)
        .max_idle_bytes(80_000)
        .build();
    for cpu in 0..4 {
        on_one_cpu(cpu, || drop(take(&pool, 20_000)));
        let idle = pool.stats().idle;
        assert!((10_000..=12_500).contains(&idle), "{idle}");
    }
}

#[test]
fn bytes_stay_within_their_bound_over_sweeps() {
    let weights = AtomicUsize::new(0);
    let pool = Pool::builder(|| Vec::<u8>::with_capacity(weights.fetch_add(7919, Relaxed) % 9000))
        .max_idle_bytes(300_000)
        .build();
    for round in 0..30 {
        let out = take(&pool, 40 + 13 * (round % 5));
        if round % 3 == 0 {
            pool.sweep();
        }
        drop(out);
        if round % 7 == 6 {
            pool.clear();
        }
        let held: usize = {
            let all: Vec<_> = std::iter::from_fn(|| pool.try_get()).collect();
            all.iter().map(|line| line.capacity()).sum()
        };
        assert!(held <= 300_000 + 75_000, "{held} after round {round}");
    }
}

#[test]
fn too_heavy_objects_are_dropped_on_return() {
    static LINES: Pool<Vec<u8>> = Pool::new_static(Vec::new).max_object_bytes(1024);
    LINES.get().reserve_exact(1024);
    assert_eq!(LINES.stats().idle, 1);
    LINES.get().reserve_exact(256 << 20);
    let stats = LINES.stats();
    assert_eq!((stats.idle, stats.dropped.heavy), (0, 1));
    LINES.put(Vec::with_capacity(1025));
    assert_eq!(LINES.stats().dropped.heavy, 2);
}

#[test]
fn an_outlier_is_kept_while_it_is_needed() {
    let pool = Pool::builder(Vec::<u8>::new).fade_outliers().build();
    for period in 0..10 {
        for request in 0..50 {
            let size = if request == 25 { 1 << 20 } else { 100 };
            pool.get().resize(size, 1);
        }
        pool.sweep();
        let stats = pool.stats();
        assert_eq!(stats.dropped.heavy + stats.dropped.swept, 0, "{period}");
        assert_eq!(stats.created, 1);
    }
    // Two sweeps without such a use.
    for _ in 0..2 {
        for _ in 0..50 {
            pool.get().resize(100, 1);
        }
        pool.sweep();
    }
    let kept: Vec<_> = std::iter::from_fn(|| pool.try_get()).collect();
    assert!(kept.iter().all(|line| line.capacity() < 1 << 20));
    assert_eq!(pool.stats().dropped.total(), 1);
}

#[test]
fn objects_of_the_created_size_are_no_outliers() {
    let pool = Pool::builder(|| Vec::<u8>::with_capacity(1 << 20))
        .fade_outliers()
        .build();
    for _ in 0..10 {
        pool.get().push(1);
        pool.sweep();
    }
    assert_eq!(pool.stats().created, 1);
}

#[test]
fn outliers_that_grew_unmeasured_fade_too() {
    // With a recycling function, it is not known how much was used, but growth is.
    let pool = Pool::builder(Vec::<u8>::new)
        .recycle(|line: &mut Vec<u8>| {
            line.clear();
            true
        })
        .weigh(Vec::capacity)
        .fade_outliers()
        .build();
    pool.get().resize(1 << 20, 1);
    for _ in 0..2 {
        pool.get().resize(100, 1);
        pool.sweep();
    }
    assert!(pool.get().capacity() < 1 << 20);
}

#[test]
fn settings_that_cannot_be_are_refused_in_a_sentence() {
    fn sentence(work: impl FnOnce()) -> String {
        let panic = catch_unwind(AssertUnwindSafe(work)).expect_err("refused");
        match panic.downcast::<String>() {
            Ok(text) => *text,
            Err(panic) => panic.downcast::<&str>().expect("a text").to_string(),
        }
    }
    let unweighed = || Pool::builder(|| 0).recycle(|_| true);
    for (text, start) in [
        (
            sentence(|| drop(unweighed().max_idle_bytes(100).build())),
            "a bound in bytes needs",
        ),
        (
            sentence(|| drop(unweighed().max_object_bytes(100).build())),
            "a bound in bytes needs",
        ),
        (
            sentence(|| drop(unweighed().fade_outliers().build())),
            "a bound in bytes needs",
        ),
        (
            sentence(|| drop(unweighed().per_cpu(0).build())),
            "per_cpu(0) would",
        ),
        (
            sentence(|| drop(unweighed().sweep_every(Duration::ZERO).build())),
            "sweep_every: an interval of zero",
        ),
    ] {
        assert!(text.starts_with(start) && text.len() > 40, "{text}");
    }
}

#[test]
fn each_cpu_keeps_what_all_of_the_bytes_have_room_for() {
    // 300 KiB for each CPU are within 64 MiB on this number of CPUs.
    let pool = Pool::builder(|| Vec::<u8>::with_capacity(300 << 10))
        .per_cpu(1)
        .max_idle_bytes(64 << 20)
        .build();
    if std::thread::available_parallelism().is_ok_and(|cpus| cpus.get() <= 200) {
        on_one_cpu(0, || drop(take(&pool, 1)));
        assert_eq!(pool.stats().idle, 1, "{:#}", pool.stats());
    }
}

#[test]
fn an_outlier_that_a_sweep_drops_is_counted_as_one() {
    let pool = Pool::builder(Vec::<u8>::new).fade_outliers().build();
    pool.get().resize(1 << 20, 1);
    pool.sweep();
    // The outlier is used, but for less than its size.
    pool.get().resize(100, 1);
    pool.sweep();
    let dropped = pool.stats().dropped;
    assert_eq!((dropped.heavy, dropped.total()), (1, 1), "{dropped}");
}

#[test]
fn outliers_fade_without_a_depot() {
    on_one_cpu(0, || {
        for (many, last) in [(1, 0), (5, 0), (5, 4)] {
            let pool = Pool::new(Vec::<u8>::new).per_cpu(many).fade_outliers();
            let mut held: Vec<_> = (0..many).map(|_| pool.get()).collect();
            held[last].resize(1 << 20, 0);
            drop(held);
            for period in 0..3 {
                // The outlier is used, but for less than its size.
                let mut held: Vec<_> = (0..many).filter_map(|_| pool.try_get()).collect();
                held.iter_mut().for_each(|line| line.push(0));
                let huge = held.iter().filter(|line| line.capacity() >= 1 << 20);
                assert_eq!(huge.count(), usize::from(period < 2));
                drop(held);
                pool.sweep();
            }
            assert_eq!(pool.stats().dropped.total(), 1);
        }
    });
}

#[test]
fn demand_counts_from_the_first_object_on() {
    let huge = || Vec::<u8>::with_capacity(1 << 20);
    let made = Pool::new_static(huge).fade_outliers();
    assert_eq!(made.prewarm(1), 1);
    let brought = Pool::new_static(Vec::<u8>::new).fade_outliers();
    brought.put(huge());
    for pool in [made, brought] {
        drop(pool.get());
        let stats = pool.stats();
        assert_eq!((stats.idle, stats.dropped.total()), (1, 0), "{stats}");
    }
}
