//! The thread that lets pools age, from its beginning to its end.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread::yield_now;
use std::time::Duration;

use repool::{Pool, Recycle, Sweep, Sweeper, Sweeping};

pub const SOON: Duration = Duration::from_millis(1);
/// Longer than any test waits.
pub const LATE: Duration = Duration::MAX;

/// Tells when it is dropped.
struct Signal(Sender<()>);

impl Drop for Signal {
    fn drop(&mut self) {
        // Nobody listens where the test has ended.
        let _ = self.0.send(());
    }
}

impl Recycle for Signal {
    fn recycle(&mut self) -> bool {
        true
    }
}

type Signals = Pool<Signal, Box<dyn Fn() -> Signal + Send + Sync>>;

/// A pool of objects that tell, and the ear.
fn signals() -> (Arc<Signals>, Receiver<()>) {
    let (sender, receiver) = channel();
    let make = move || Signal(sender.clone());
    (Arc::new(Pool::new(Box::new(make) as _)), receiver)
}

#[test]
fn what_is_idle_goes_by_time() {
    let (pool, dropped) = signals();
    let sweeping = (Sweeper::new().watch(Arc::clone(&pool)).every(SOON)).spawn();
    let sweeping = sweeping.unwrap();
    let held = pool.get();
    drop((0..10).map(|_| pool.get()).collect::<Vec<_>>());
    (0..10).for_each(|_| dropped.recv().unwrap());
    // What is in use stays, and goes when it is idle.
    assert!(dropped.try_recv().is_err());
    drop(held);
    dropped.recv().unwrap();
    drop(sweeping);
    assert_eq!((pool.stats().idle, pool.stats().discarded), (0, 11));
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
fn it_ends_at_once_and_lets_go_of_its_pools() {
    for interval in [Duration::from_secs(3600), LATE] {
        for pressure in [false, true] {
            let (pool, _dropped) = signals();
            let sweeper = Sweeper::new().watch(Arc::clone(&pool)).every(interval);
            let sweeper = if pressure {
                sweeper.on_memory_pressure()
            } else {
                sweeper
            };
            // It would hang here otherwise.
            drop(sweeper.spawn().unwrap());
            assert_eq!(Arc::strong_count(&pool), 1);
        }
    }
}

#[test]
fn the_last_of_a_pool_goes_with_it() {
    let (pool, dropped) = signals();
    drop(pool.get());
    let sweeping = Sweeper::new().watch(pool).every(LATE).spawn().unwrap();
    drop(sweeping);
    dropped.recv().unwrap();
    // Its sender has gone too.
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
    /// Panics as it is dropped, twice over.
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
    let sweeping = sweeper.watch(Arc::clone(&pool)).every(SOON).spawn();
    let sweeping = sweeping.unwrap();
    dropped.recv().unwrap();
    while sweeping.sweeps().panics < 2 {
        yield_now();
    }
    drop(pool.get());
    dropped.recv().unwrap();
    assert_eq!(bombs.stats().idle, 0);
    // One more, left to the pool's own drop, on the sweeper's thread.
    drop(sweeping);
    drop(bombs.get());
    drop(Sweeper::new().watch(bombs).every(LATE).spawn().unwrap());
}

#[test]
fn the_handle_may_go_down_with_what_it_sweeps() {
    let (sender, gone) = channel();
    type Kept = (Option<Sweeping>, Signal);
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
    // Its thread drops the handle, which cannot wait for it, and then lets go of the pool.
    gone.recv().unwrap();
    while Arc::strong_count(&pool) > 1 {
        yield_now();
    }
}

/// Ends if neither sweeper waits for the other.
#[test]
fn sweepers_may_drop_each_others_handles() {
    /// Dropped on one sweeper's thread while the other sweeper drops its counterpart.
    struct Meets {
        other: Option<Sweeping>,
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
    use crate::environment::in_a_fork;
    use crate::pressure::recorder;
    use repool::PressureError;
    use std::fs;
    use std::process::Command;

    #[test]
    fn a_forked_child_has_no_sweeper_and_its_handle_is_harmless() {
        let (recorder, acts) = recorder();
        let sweeper = Sweeper::new().watch(recorder).every(SOON);
        let mut sweeping = Some(sweeper.on_memory_pressure().spawn().unwrap());
        for _ in 0..10 {
            in_a_fork(|| {
                let inherited = sweeping.take().unwrap();
                assert!(matches!(inherited.pressure(), Err(PressureError::Forked)));
                let _ = inherited.sweeps();
                drop(inherited);
            });
            acts.recv().unwrap();
        }
        // The parent's is at work.
        while acts.try_recv().is_ok() {}
        acts.recv().unwrap();
    }

    /// Set in the process that has this test alone in it.
    const ALONE: &str = "REPOOL_TEST_ALONE";

    #[test]
    fn neither_threads_nor_files_are_left_behind() {
        if std::env::var_os(ALONE).is_some() {
            return spawn_and_drop_many();
        }
        let name = "sweeper::linux::neither_threads_nor_files_are_left_behind";
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name])
            .env(ALONE, "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}");
        assert!(text.contains("1 passed"), "{text}");
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
        // A thread that was joined may be listed for a moment more.
        while count("/proc/self/task") > threads {
            yield_now();
        }
    }
}
