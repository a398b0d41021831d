//! What the system does to a pool: CPUs, forks, and the end of threads.

use crate::tracked::Census;
use repool::{Backend, Pool, backend};

/// Runs `work` on a thread that stays on one CPU (the `nth` it may use), so that the order in
/// which objects come is defined. Where the system cannot, it runs anyway.
pub fn on_one_cpu<O: Send>(nth: usize, work: impl FnOnce() -> O + Send) -> O {
    std::thread::scope(|scope| {
        scope
            .spawn(|| {
                stay_on(nth);
                work()
            })
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[cfg(target_os = "linux")]
fn cpus() -> Vec<usize> {
    // SAFETY: the set is plain bits, filled by the call for the calling thread.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        assert_eq!(libc::sched_getaffinity(0, size_of_val(&set), &mut set), 0);
        (0..libc::CPU_SETSIZE as usize)
            .filter(|&cpu| libc::CPU_ISSET(cpu, &set))
            .collect()
    }
}

#[cfg(target_os = "linux")]
pub fn stay_on(nth: usize) {
    let cpus = cpus();
    // SAFETY: the set is plain bits; zero is the calling thread.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cpus[nth % cpus.len()], &mut set);
        libc::sched_setaffinity(0, size_of_val(&set), &set);
    }
}

#[cfg(not(target_os = "linux"))]
pub fn stay_on(_nth: usize) {}

#[test]
fn the_environment_chooses_the_engine() {
    let asked = std::env::var("REPOOL_BACKEND").ok();
    match asked.as_deref() {
        Some("slots") => {
            assert_eq!(backend(), Backend::Slots);
            assert_eq!(repool::restarts(), 0);
        }
        _ if cfg!(all(
            target_os = "linux",
            target_arch = "x86_64",
            target_env = "gnu"
        )) =>
        {
            // No promise: an old kernel or glibc is a reason. But it must be given.
            assert!(backend() == Backend::Rseq || !backend().reason().contains("REPOOL_BACKEND"));
        }
        _ => assert_eq!(backend(), Backend::Slots),
    }
    assert!(!backend().reason().is_empty());
}

#[test]
fn an_object_follows_its_thread_to_another_cpu() {
    let pool = Pool::new(Vec::<u8>::new);
    for turn in 0..20 {
        on_one_cpu(turn, || {
            let mut buffer = pool.get();
            buffer.reserve(100);
            assert!(turn == 0 || buffer.capacity() >= 100);
        });
    }
    // Each get was on another CPU than the return before it, and found what was there.
    let created = pool.stats().created;
    assert!(created <= 3, "{created} created");
}

#[test]
fn try_get_finds_what_another_cpu_has() {
    let pool = Pool::new(Vec::<u8>::new);
    on_one_cpu(0, || pool.put(Vec::new()));
    on_one_cpu(1, || assert!(pool.try_get().is_some()));
    on_one_cpu(0, || (0..100).for_each(|_| pool.put(Vec::new())));
    on_one_cpu(1, || {
        let all: Vec<_> = std::iter::from_fn(|| pool.try_get()).collect();
        assert_eq!(all.len(), 101);
    });
}

#[test]
fn thread_local_destructors_may_use_a_pool() {
    use std::cell::RefCell;
    static POOL: Pool<Vec<u8>> = Pool::new(Vec::new);
    struct Last(Option<repool::Pooled<'static, Vec<u8>>>);
    impl Drop for Last {
        fn drop(&mut self) {
            drop(self.0.take());
            POOL.get().push(1);
            POOL.put(vec![2]);
        }
    }
    thread_local! {
        static A: RefCell<Last> = const { RefCell::new(Last(None)) };
        static B: RefCell<Last> = const { RefCell::new(Last(None)) };
    }
    for _ in 0..50 {
        std::thread::spawn(|| {
            A.with_borrow_mut(|last| last.0 = Some(POOL.get()));
            B.with_borrow_mut(|last| last.0 = Some(POOL.get()));
        })
        .join()
        .unwrap();
    }
    let stats = POOL.stats();
    assert_eq!(stats.in_use, 0);
    assert_eq!(stats.adopted, 100);
    assert_eq!(stats.idle, stats.created + stats.adopted);
}

/// Forks; the child does `work` and exits with 0, or with 1 if it panics.
#[cfg(target_os = "linux")]
pub fn in_a_fork(work: impl FnOnce()) {
    // SAFETY: the child runs `work` only, and leaves by `_exit`, past the test harness.
    unsafe {
        let child = libc::fork();
        assert!(child >= 0);
        if child == 0 {
            // A child that hangs is ended, which the parent sees.
            libc::alarm(60);
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            libc::_exit(i32::from(outcome.is_err()));
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &mut status, 0), child);
        assert_eq!(status, 0, "the child failed");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_forked_child_has_its_own_copy() {
    let census = Census::default();
    let pool = Pool::new(|| census.make(0));
    drop((pool.get(), pool.get()));
    in_a_fork(|| {
        assert_eq!(pool.stats().idle, 2);
        let all = (pool.get(), pool.get(), pool.get());
        assert_eq!(pool.stats().created, 3);
        drop(all);
        pool.clear();
        assert_eq!(pool.stats().idle, 0);
        assert_eq!(census.alive(), 0);
    });
    assert_eq!(pool.stats().idle, 2);
    assert_eq!(census.alive(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_forked_child_drops_what_it_must_not_share() {
    let census = Census::default();
    let pool = Pool::builder(|| census.make(0)).drop_on_fork().build();
    drop((0..100).map(|_| pool.get()).collect::<Vec<_>>());
    drop(pool.get());
    assert_eq!(pool.stats().idle, 100);
    for first in ["get", "drop"] {
        let held = pool.get();
        in_a_fork(|| {
            let child = || {
                match first {
                    "get" => drop(pool.get()),
                    _ => drop(held),
                }
                let stats = pool.stats();
                assert_eq!(stats.dropped.fork, 99, "{stats:#}");
                assert_eq!(stats.idle, 1);
            };
            child();
        });
    }
    assert_eq!(pool.stats().dropped.fork, 0);
}

/// Forks while other threads are anywhere in the pool: the child has what they had in hand no
/// more, but nothing twice, and every call returns.
#[cfg(target_os = "linux")]
#[test]
fn a_fork_under_load_leaves_the_child_a_pool_that_works() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let census = Census::default();
    let pool = Pool::new(|| census.make(0));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let held: Vec<_> = (0..70).map(|_| pool.get()).collect();
                    drop(held);
                    pool.clear();
                }
            });
        }
        for _ in 0..40 {
            in_a_fork(|| {
                for _ in 0..10 {
                    let held: Vec<_> = (0..100).map(|_| pool.get()).collect();
                    held.iter().for_each(|one| {
                        // Not `hold`: who held it in the parent may never let go here.
                        assert_eq!(one.value, 0);
                    });
                    drop(held);
                    pool.clear();
                }
                let before = pool.stats().idle;
                drop((0..100).map(|_| pool.get()).collect::<Vec<_>>());
                assert!(pool.stats().idle >= before.max(100));
            });
        }
        done.store(true, Ordering::Relaxed);
    });
    drop(pool);
    assert_eq!(census.alive(), 0);
}
