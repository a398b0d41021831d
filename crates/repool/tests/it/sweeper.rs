//! The sweeper's thread, from its start to its end.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread::yield_now;
use std::time::Duration;

use repool::{Pool, Recycle, Sweep, Sweeper, SweeperHandle};

pub const SOON: Duration = Duration::from_millis(1);
/// An interval longer than any test.
pub const LATE: Duration = Duration::MAX;

/// Sends a message when it is dropped.
struct Signal(Sender<()>);

impl Drop for Signal {
    fn drop(&mut self) {
        // It fails if the test has ended and the receiver is gone.
        let _ = self.0.send(());
    }
}

impl Recycle for Signal {
    fn recycle(&mut self) -> bool {
        true
    }
}

type Signals = Pool<Signal, Box<dyn Fn() -> Signal + Send + Sync>>;

/// A pool of objects that send a message when they are dropped, and the receiver.
fn signals() -> (Arc<Signals>, Receiver<()>) {
    let (sender, receiver) = channel();
    let make = move || Signal(sender.clone());
    (Arc::new(Pool::new(Box::new(make) as _)), receiver)
}

#[test]
fn idle_objects_are_dropped_by_time() {
    let (pool, dropped) = signals();
    let handle = (Sweeper::new().watch(Arc::clone(&pool)).every(SOON)).spawn();
    let handle = handle.unwrap();
    let held = pool.get();
    drop((0..10).map(|_| pool.get()).collect::<Vec<_>>());
    (0..10).for_each(|_| dropped.recv().unwrap());
    // An object in use stays, and is dropped once it is idle.
    assert!(dropped.try_recv().is_err());
    drop(held);
    dropped.recv().unwrap();
    drop(handle);
    assert_eq!((pool.stats().idle, pool.stats().dropped.total()), (0, 11));
    assert!(dropped.try_recv().is_err());
}

#[test]
fn statics_arcs_and_pools_of_unnamed_type() {
    static STATIC: Pool<Option<Signal>> = Pool::new(|| None);
    let (sender, static_dropped) = channel();
    let (shared, shared_dropped) = signals();
    let (unnamed, unnamed_dropped) = signals();
    let unnamed: Arc<dyn Sweep> = {
        drop(unnamed.get());
        unnamed
    };
    STATIC.put(Some(Signal(sender)));
    drop(shared.get());
    let sweeper = Sweeper::new().watch(&STATIC).watch(Arc::clone(&shared));
    let _sweeping = sweeper.watch(unnamed).every(SOON).spawn().unwrap();
    static_dropped.recv().unwrap();
    shared_dropped.recv().unwrap();
    unnamed_dropped.recv().unwrap();
}

#[test]
fn it_ends_at_once_and_drops_its_pools() {
    for interval in [Duration::from_secs(3600), LATE] {
        for pressure in [false, true] {
            let (pool, _dropped) = signals();
            let sweeper = Sweeper::new().watch(Arc::clone(&pool)).every(interval);
            let sweeper = if pressure {
                sweeper.on_memory_pressure()
            } else {
                sweeper
            };
            // The test would hang here otherwise.
            drop(sweeper.spawn().unwrap());
            assert_eq!(Arc::strong_count(&pool), 1);
        }
    }
}

#[test]
fn it_may_hold_the_last_reference_to_a_pool() {
    let (pool, dropped) = signals();
    drop(pool.get());
    let handle = Sweeper::new().watch(pool).every(LATE).spawn().unwrap();
    drop(handle);
    dropped.recv().unwrap();
    // The pool's sender was dropped too.
    assert!(dropped.recv().is_err());
}

#[test]
fn an_interval_of_zero_is_refused() {
    let error = Sweeper::new().every(Duration::ZERO).spawn().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    let told = error.to_string();
    assert_eq!(told, "a sweeper's interval must be longer than zero");
}

#[test]
fn a_panic_in_drop_ends_neither_the_round_nor_the_sweeper() {
    /// Its `Drop` panics, with a payload whose `Drop` panics too.
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            std::panic::panic_any(Payload);
        }
    }
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            panic!("the payload too");
        }
    }
    let bombs = Arc::new(Pool::builder(|| Bomb).recycle(|_| true).build());
    let (pool, dropped) = signals();
    drop((bombs.get(), bombs.get(), pool.get()));
    let sweeper = Sweeper::new().watch(Arc::clone(&bombs));
    let handle = sweeper.watch(Arc::clone(&pool)).every(SOON).spawn();
    let handle = handle.unwrap();
    dropped.recv().unwrap();
    while handle.sweeps().panics < 2 {
        yield_now();
    }
    drop(pool.get());
    dropped.recv().unwrap();
    assert_eq!(bombs.stats().idle, 0);
    // One more object, which the pool's own drop drops, on the sweeper's thread.
    drop(handle);
    drop(bombs.get());
    drop(Sweeper::new().watch(bombs).every(LATE).spawn().unwrap());
}

#[test]
fn the_handle_may_be_in_an_object_that_is_swept() {
    let (sender, gone) = channel();
    type Kept = (Option<SweeperHandle>, Signal);
    let make = move || (None, Signal(sender.clone()));
    let pool = Arc::new(Pool::builder(make).recycle(|_: &mut Kept| true).build());
    let mut object = pool.get();
    object.0 = Some(
        Sweeper::new()
            .watch(pool.clone())
            .every(SOON)
            .spawn()
            .unwrap(),
    );
    drop(object);
    // The sweeper's thread drops the handle, which cannot wait for it, and then the pool.
    gone.recv().unwrap();
    while Arc::strong_count(&pool) > 1 {
        yield_now();
    }
}

/// It ends only if neither sweeper waits for the other.
#[test]
fn sweepers_may_drop_each_others_handles() {
    /// Dropped on one sweeper's thread while the other sweeper drops its counterpart.
    struct Meets {
        other: Option<SweeperHandle>,
        both_drop: Arc<Barrier>,
        gone: Sender<()>,
    }
    impl Drop for Meets {
        fn drop(&mut self) {
            self.both_drop.wait();
            drop(self.other.take());
            self.gone.send(()).unwrap();
        }
    }
    let (gone, dropped) = channel();
    let both_drop = Arc::new(Barrier::new(2));
    let pools = [(); 2].map(|()| {
        let (both_drop, gone) = (Arc::clone(&both_drop), gone.clone());
        let make = move || Meets {
            other: None,
            both_drop: Arc::clone(&both_drop),
            gone: gone.clone(),
        };
        Arc::new(Pool::builder(make).recycle(|_: &mut Meets| true).build())
    });
    let [first, second] = pools.each_ref().map(|pool| {
        let sweeper = Sweeper::new().watch(Arc::clone(pool)).every(SOON);
        sweeper.spawn().unwrap()
    });
    let (mut one, mut other) = (pools[0].get(), pools[1].get());
    (one.other, other.other) = (Some(second), Some(first));
    drop((one, other));
    dropped.recv().unwrap();
    dropped.recv().unwrap();
}

#[cfg(target_os = "linux")]
mod linux {
    use super::*;
    use crate::pressure::recorder;
    use repool::PressureError;
    use repool_testing::{fork::in_a_fork, rerun};
    use std::fs;

    #[test]
    fn a_forked_child_has_no_sweeper_and_its_handle_is_harmless() {
        let (recorder, acts) = recorder();
        let sweeper = Sweeper::new().watch(recorder).every(SOON);
        let mut handle = Some(sweeper.on_memory_pressure().spawn().unwrap());
        for _ in 0..10 {
            in_a_fork(|| {
                let inherited = handle.take().unwrap();
                assert!(matches!(inherited.pressure(), Err(PressureError::Forked)));
                let _ = inherited.sweeps();
                drop(inherited);
            });
            acts.recv().unwrap();
        }
        // The parent's sweeper still runs.
        while acts.try_recv().is_ok() {}
        acts.recv().unwrap();
    }

    /// Set in the process that runs this test alone.
    const ALONE: &str = "REPOOL_TEST_ALONE";

    #[test]
    fn neither_threads_nor_files_are_left_behind() {
        if std::env::var_os(ALONE).is_some() {
            return spawn_and_drop_many();
        }
        let name = "sweeper::linux::neither_threads_nor_files_are_left_behind";
        let (passed, text) = rerun::one_test(name, ALONE, "1");
        assert!(passed && text.contains("1 passed"), "{text}");
    }

    fn spawn_and_drop_many() {
        let count = |what| fs::read_dir(what).unwrap().count();
        let one = || {
            let sweeper = Sweeper::new().every(LATE);
            drop(sweeper.on_memory_pressure().spawn().unwrap());
            drop(Sweeper::new().every(LATE).spawn().unwrap());
        };
        one();
        let (files, threads) = (count("/proc/self/fd"), count("/proc/self/task"));
        (0..100).for_each(|_| one());
        assert_eq!(count("/proc/self/fd"), files);
        // The system may list a joined thread for a moment.
        while count("/proc/self/task") > threads {
            yield_now();
        }
    }
}
