//! Threads are moved between CPUs and interrupted while they get and put, until the kernel has restarted
//! critical sections many times. No object may be lost or have two users.
//!
//! It is a process of its own, because it sends itself signals. The second test runs it again on the slots
//! engine, which has no restarts, and where all else must hold.

#![cfg(target_os = "linux")]

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use repool::{Backend, Pool, backend, restarts};
use repool_testing::affinity::stay_among;
use repool_testing::rerun;
use repool_testing::tracked::{Census, Tracked};

/// The number of restarts to wait for. With delays before the commits they are frequent.
const WANTED: u64 = if cfg!(repool_delay) { 5000 } else { 200 };
/// The time after which the test ends with the restarts that it has seen.
const AT_MOST: Duration = Duration::from_secs(60);

static SIGNALS: AtomicUsize = AtomicUsize::new(0);
static IN_HANDLER: Pool<Vec<u8>> = Pool::new(Vec::new);

/// A signal handler that uses the pool: it may interrupt a section of the same pool on the same CPU. It only
/// gets and returns idle objects, because it must not allocate.
extern "C" fn interrupted(_signal: libc::c_int) {
    drop(IN_HANDLER.try_get());
    SIGNALS.fetch_add(1, Relaxed);
}

fn turn(pool: &Pool<Tracked, impl Fn() -> Tracked>, state: &mut u64, held: &mut Vec<u64>) {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
    let many = (*state >> 40) as usize % 40;
    let objects: Vec<_> = (0..many).map(|_| pool.get()).collect();
    held.clear();
    held.extend(objects.iter().map(|object| object.hold(|| object.value)));
    drop(objects);
    // A tight loop, so that most signals interrupt a section.
    for _ in 0..2000 {
        let object = pool.get();
        object.hold(|| ());
        drop(IN_HANDLER.get());
    }
}

#[test]
fn sections_that_are_restarted_lose_nothing() {
    // SAFETY: installs a handler that is async-signal-safe for this pool, as its comment says.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = interrupted as extern "C" fn(libc::c_int) as usize;
        action.sa_flags = libc::SA_RESTART;
        assert_eq!(
            libc::sigaction(libc::SIGUSR1, &action, std::ptr::null_mut()),
            0
        );
    }
    IN_HANDLER.put(Vec::new());
    let census = Census::default();
    let next = AtomicU64::new(0);
    let pool = Pool::new(|| census.make(next.fetch_add(1, Relaxed)));
    let done = AtomicBool::new(false);
    let cpus = thread::available_parallelism().map_or(1, usize::from);
    let before = restarts();
    let start = Instant::now();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..6u64)
            .map(|seed| {
                let (pool, done) = (&pool, &done);
                let (sender, receiver) = std::sync::mpsc::channel();
                scope.spawn(move || {
                    // SAFETY: no preconditions.
                    sender.send(unsafe { libc::pthread_self() }).unwrap();
                    let (mut state, mut held) = (seed, Vec::new());
                    while !done.load(Relaxed) {
                        turn(pool, &mut state, &mut held);
                        if state >> 60 == 0 {
                            stay_among(&[(state >> 50) as usize % cpus]);
                        }
                    }
                });
                receiver.recv().unwrap()
            })
            .collect();
        let enough = || match backend() {
            Backend::Rseq => restarts() - before >= WANTED,
            _ => SIGNALS.load(Relaxed) >= 20_000,
        };
        while !enough() && start.elapsed() < AT_MOST {
            for &worker in &workers {
                // SAFETY: the workers run until `done`, which comes after this loop.
                unsafe { libc::pthread_kill(worker, libc::SIGUSR1) };
            }
            // From another thread: every CPU's cache is stopped, drained and started again.
            if pool.stats().created % 8 == 0 {
                pool.clear();
            }
        }
        done.store(true, Relaxed);
    });
    let (signals, restarts) = (SIGNALS.load(Relaxed), restarts() - before);
    println!("{}: {signals} signals, {restarts} restarts", backend());
    assert!(signals > 0);
    assert!(
        backend() != Backend::Rseq || restarts >= WANTED,
        "{restarts}"
    );
    let stats = pool.stats();
    assert_eq!(stats.in_use, 0, "{stats}");
    assert_eq!(
        (stats.created, stats.dropped.total()),
        (census.made(), census.dropped())
    );
    assert_eq!(stats.idle, census.alive());
    assert_eq!(IN_HANDLER.stats().in_use, 0);
    drop(pool);
    assert_eq!(census.alive(), 0);
}

/// A pool that keeps so few objects that threads exchange magazines all the time, and one thread that stops
/// all caches all the time, so that a restarted exchange finds its cache stopped.
#[test]
fn exchanges_meet_a_table_that_is_closed() {
    let census = Census::default();
    let pool = Pool::builder(|| census.make(0))
        .recycle(|_: &mut Tracked| true)
        .max_idle(5)
        .build();
    let done = AtomicBool::new(false);
    let clears = AtomicUsize::new(0);
    let before = restarts();
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    let held: Vec<_> = (0..5).map(|_| pool.get()).collect();
                    held.iter().for_each(|one| one.hold(|| ()));
                }
            });
        }
        let enough = || match backend() {
            Backend::Rseq => restarts() - before >= WANTED,
            _ => clears.load(Relaxed) >= 20_000,
        };
        while !enough() && start.elapsed() < AT_MOST {
            pool.clear();
            clears.fetch_add(1, Relaxed);
        }
        done.store(true, Relaxed);
    });
    println!(
        "{}: {} clears, {} restarts",
        backend(),
        clears.load(Relaxed),
        restarts() - before
    );
    let stats = pool.stats();
    assert_eq!(stats.in_use, 0, "{stats}");
    assert_eq!(
        (stats.created, stats.dropped.total(), stats.idle),
        (census.made(), census.dropped(), census.alive())
    );
    drop(pool);
    assert_eq!(census.alive(), 0);
}

#[test]
fn on_slots() {
    rerun::all_on_slots();
}
