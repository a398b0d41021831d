//! Which pools are swept, and how.

use std::io::ErrorKind;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::{ALL_TURNS, rounds, sweeper, turn, until};
use repool::{BufPool, Pool, StaticPool, Sweeper};
use repool_testing::pressure_file::PressureFile;

fn many<T>(get: impl Fn() -> T) {
    drop((0..100).map(|_| get()).collect::<Vec<_>>());
}

#[test]
fn pools_from_before_and_after_are_swept_without_being_named() {
    static BEFORE: Pool<Vec<u8>> = Pool::new(Vec::new);
    static AFTER: Pool<String> = Pool::new(String::new);
    static BUFS: BufPool = BufPool::new();
    static PLAIN: StaticPool<[u8; 16]> = Pool::with(|| [0; 16], |_| true);
    let _turn = turn();
    let local = Pool::new(|| Vec::<u8>::with_capacity(16));
    many(|| BEFORE.get());
    many(|| local.get());
    let moved = Box::new(local);
    let handle = sweeper();
    many(|| AFTER.get());
    many(|| BUFS.get(1000));
    many(|| PLAIN.get());
    thread::spawn(|| many(|| BUFS.get(70))).join().unwrap();
    until(|| {
        BEFORE.stats().idle
            + AFTER.stats().idle
            + BUFS.stats().total().idle
            + PLAIN.stats().idle
            + moved.stats().idle
            == 0
    });
    let stats = BEFORE.stats();
    assert_eq!((stats.dropped.swept, stats.in_use), (100, 0), "{stats:#}");
    // An object in use stays, and is dropped later.
    let held = AFTER.get();
    rounds(&handle, ALL_TURNS);
    assert_eq!(AFTER.stats().in_use, 1);
    drop(held);
    until(|| AFTER.stats().idle == 0);
    // The sweeper has ended: nothing is dropped.
    drop(handle);
    drop(BEFORE.get());
    assert_eq!(BEFORE.stats().idle, 1);
}

#[test]
fn a_pool_that_stays_on_the_warm_path_comes_down_to_what_it_uses() {
    let _turn = turn();
    let pool = Pool::new(|| Vec::<u8>::with_capacity(1 << 16));
    many(|| pool.get());
    let _sweeping = sweeper();
    until(|| {
        drop((pool.get(), pool.get()));
        pool.stats().idle <= 4
    });
}

#[test]
fn a_bounded_and_a_per_cpu_pool_are_swept() {
    let _turn = turn();
    let make = || Vec::<u8>::with_capacity(1000);
    let bounded = Pool::new(make).max_idle(50);
    let weighed = Pool::new(make).max_idle_bytes(1 << 20);
    let scratch = Pool::new(make).per_cpu(4);
    let outliers = Pool::new(make).fade_outliers();
    for pool in [&bounded, &weighed, &scratch, &outliers] {
        many(|| pool.get());
        assert!(pool.stats().idle > 0);
    }
    let handle = sweeper();
    for pool in [&bounded, &weighed, &scratch, &outliers] {
        until(|| pool.stats().idle == 0);
        let stats = pool.stats();
        assert_eq!(
            (stats.in_use, stats.dropped.total()),
            (0, stats.created),
            "{stats:#}"
        );
    }
    drop(handle);
    assert_eq!(weighed.stats().idle_bytes, Some(0));
    drop(bounded.get());
    assert_eq!(bounded.stats().idle, 1);
}

/// One huge request, and then small ones that all stay on one CPU.
#[test]
fn an_outlier_fades_though_the_sweeper_comes_before_ordinary_calls() {
    let _turn = turn();
    let plain = Pool::new_static(Vec::<u8>::new).fade_outliers();
    let scratch = Pool::new_static(Vec::<u8>::new).fade_outliers().per_cpu(4);
    let _sweeping = sweeper();
    for pool in [&plain, &scratch] {
        pool.get().resize(16 << 20, 0);
        until(|| {
            let mut bodies = [pool.get(), pool.get()];
            bodies.iter_mut().for_each(|body| body.resize(1 << 10, 0));
            pool.stats().dropped.heavy + pool.stats().dropped.swept > 0
        });
        assert!(pool.get().capacity() < 16 << 20);
    }
}

#[test]
fn a_pool_that_is_never_to_be_swept_is_left_alone() {
    let _turn = turn();
    let pool = Pool::new(Vec::<u8>::new).sweep_every(None);
    many(|| pool.get());
    let handle = sweeper();
    rounds(&handle, ALL_TURNS);
    drop(handle);
    assert_eq!(pool.stats().idle, 100);
}

#[test]
fn every_idle_object_is_dropped_under_high_pressure() {
    let _turn = turn();
    let file = PressureFile::new();
    file.set(99, 99);
    let pool = Pool::new(Vec::<u8>::new);
    let scratch = Pool::new(Vec::<u8>::new).per_cpu(2);
    let handle = Sweeper::new()
        .every(super::SOON)
        .on_memory_pressure_of(file.path())
        .spawn_for_process()
        .unwrap();
    many(|| pool.get());
    many(|| scratch.get());
    until(|| pool.stats().idle + scratch.stats().idle == 0);
    // A round is counted at its end.
    until(|| handle.sweeps().by_high_pressure > 0);
    assert_eq!(pool.stats().dropped.swept, 0);
    drop(handle);
}

#[test]
fn there_is_one_at_a_time() {
    let _turn = turn();
    let first = sweeper();
    let error = Sweeper::new().spawn_for_process().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    // Sweepers of watched pools may run in addition.
    let pool = Arc::new(Pool::new(String::new));
    drop(Sweeper::new().watch(pool).spawn().unwrap());
    drop(first);
    let refused = Sweeper::new().every(Duration::ZERO).spawn_for_process();
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
    drop(sweeper());
}
