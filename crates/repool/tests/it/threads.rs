//! Many threads, and objects that are sent between them.

use std::collections::HashSet;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use repool::Pool;
use repool_testing::tracked::Census;

#[test]
fn ten_threads_a_million_times_each_see_no_other_value() {
    let pool = Pool::builder(|| 0u64).recycle(|_| true).build();
    thread::scope(|scope| {
        for id in 1..=10u64 {
            let pool = &pool;
            scope.spawn(move || {
                for turn in 0..1_000_000 {
                    let mut mine = pool.get();
                    *mine = id << 32 | turn;
                    std::hint::black_box(&mut *mine);
                    assert_eq!(*mine, id << 32 | turn);
                }
            });
        }
    });
    let stats = pool.stats();
    assert_eq!(stats.in_use, 0);
    assert_eq!(stats.created, stats.idle + stats.dropped.total());
}

#[test]
fn no_object_has_two_users_and_none_is_lost() {
    let census = Census::default();
    let pool = Pool::new(|| census.make(0));
    thread::scope(|scope| {
        for seed in 0..8u64 {
            let pool = &pool;
            scope.spawn(move || {
                let mut state = seed + 1;
                let mut held = Vec::new();
                for _ in 0..100_000 {
                    state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
                    match (state >> 33) % 100 {
                        0 => held.clear(),
                        1 if seed == 0 => pool.clear(),
                        2..50 => {
                            let object = pool.get();
                            object.hold(|| ());
                            held.push(object);
                        }
                        50 => held.extend(pool.try_get()),
                        _ => drop(held.pop().inspect(|object| object.hold(|| ()))),
                    }
                }
            });
        }
    });
    let stats = pool.stats();
    assert_eq!((stats.in_use, stats.detached), (0, 0));
    assert_eq!(stats.created, census.made());
    assert_eq!(stats.dropped.total(), census.dropped());
    assert_eq!(stats.idle, census.alive());
    drop(pool);
    assert_eq!(census.alive(), 0);
}

#[test]
fn through_the_depot_each_value_is_seen_exactly_once() {
    const VALUES: u64 = 300_000;
    let pool = Pool::builder(|| u64::MAX).recycle(|_| true).build();
    let (pool, seen) = (&pool, &Mutex::new(HashSet::new()));
    // Two threads put values in, two take them out, through the pool alone.
    thread::scope(|scope| {
        let everything = VALUES as usize;
        for half in 0..2 {
            scope.spawn(move || {
                (0..VALUES)
                    .filter(|value| value % 2 == half)
                    .for_each(|value| pool.put(value));
            });
            scope.spawn(move || {
                let mut mine = Vec::new();
                loop {
                    while let Some(value) = pool.try_get() {
                        mine.push(repool::Pooled::detach(value));
                    }
                    let mut seen = seen.lock().unwrap();
                    for value in mine.drain(..) {
                        assert!(seen.insert(value), "{value} twice");
                    }
                    if seen.len() == everything {
                        return;
                    }
                    drop(seen);
                    thread::yield_now();
                }
            });
        }
    });
    assert_eq!(seen.lock().unwrap().len(), VALUES as usize);
    let stats = pool.stats();
    assert_eq!((stats.created, stats.idle), (0, 0));
    assert_eq!(
        (stats.adopted, stats.detached),
        (VALUES as usize, VALUES as usize)
    );
}

#[test]
fn taken_here_and_dropped_there_does_not_grow() {
    let census = Census::default();
    let pool = Pool::new(|| census.make(0));
    const BOUND: usize = 16;
    let (sender, receiver) = sync_channel(BOUND);
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..200_000 {
                sender.send(pool.get()).unwrap();
            }
            drop(sender);
        });
        scope.spawn(|| receiver.into_iter().for_each(drop));
    });
    let parallel = thread::available_parallelism().map_or(1, usize::from);
    // The objects in use at once, and those cached on CPUs: a private one and two magazines each. A thread
    // that is preempted in an exchange hides one magazine more.
    let at_most = BOUND + 2 + (parallel * 4).next_power_of_two() * 61 + 2 * 30;
    assert!(census.made() <= at_most, "{} made", census.made());
}

#[test]
fn ten_thousand_threads() {
    let pool = Arc::new(Pool::new(Vec::<u8>::new));
    for _ in 0..20 {
        let threads: Vec<_> = (0..500)
            .map(|_| {
                let pool = Arc::clone(&pool);
                thread::Builder::new()
                    .stack_size(64 << 10)
                    .spawn(move || {
                        let mut mine = pool.get();
                        assert!(mine.is_empty());
                        mine.push(1);
                        drop((pool.get(), mine));
                    })
                    .unwrap()
            })
            .collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
    }
    let stats = pool.stats();
    assert_eq!(stats.in_use, 0);
    assert!(stats.created <= 1000, "{stats}");
}

#[test]
fn a_thousand_threads_at_the_same_moment() {
    let pool = Pool::new(Vec::<u8>::new);
    let together = Barrier::new(1000);
    thread::scope(|scope| {
        for _ in 0..1000 {
            thread::Builder::new()
                .stack_size(64 << 10)
                .spawn_scoped(scope, || {
                    let mine = pool.get();
                    together.wait();
                    drop(mine);
                })
                .unwrap();
        }
    });
    let stats = pool.stats();
    assert_eq!((stats.created, stats.idle, stats.in_use), (1000, 1000, 0));
}

#[test]
fn guards_are_sent_between_threads() {
    let pool = Pool::new(Vec::<u8>::new);
    let mut guard = pool.get();
    thread::scope(|scope| {
        scope.spawn(|| guard.push(1));
    });
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(*guard, [1]));
    });
    thread::scope(|scope| {
        scope.spawn(move || drop(guard));
    });
    assert_eq!(pool.stats().idle, 1);
}
