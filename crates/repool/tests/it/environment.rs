//! What the system does to a pool: CPUs, forks, and the end of threads.

use repool::{Backend, Pool, backend};
use repool_testing::affinity::on_one_cpu;
use repool_testing::tracked::Census;
#[cfg(target_os = "linux")]
use repool_testing::{
    done::DoneGuard, fork::in_a_fork, namespace::children_are_first_of_a_namespace,
    seccomp::REFUSED, seccomp::filter,
};

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
            // An old kernel or glibc may be the reason, but there has to be one.
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
    // Each get was on another CPU than the return before it, and found the object there.
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

#[cfg(target_os = "linux")]
#[test]
fn pools_work_in_a_sandbox_that_hides_the_cpus() {
    drop(Pool::new(Vec::<u8>::new).get());
    in_a_fork(|| {
        filter(&[libc::SYS_openat, libc::SYS_sched_getaffinity], REFUSED).unwrap();
        let census = Census::default();
        let pool = Pool::new(|| census.make(0));
        drop((pool.get(), pool.get()));
        pool.put(census.make(1));
        pool.sweep();
        assert_eq!((pool.stats().idle, census.alive()), (3, 3));
        drop(pool);
        assert_eq!(census.alive(), 0);
    });
}

/// With a filter that kills the process for the system calls that pools make only once.
#[cfg(target_os = "linux")]
#[test]
fn after_init_pools_make_no_calls_but_those_that_it_names() {
    assert_eq!(repool::init(), backend());
    in_a_fork(|| {
        let once = [
            libc::SYS_openat,
            libc::SYS_sched_getaffinity,
            libc::SYS_getpid,
            libc::SYS_prctl,
        ];
        // The filter may kill for prctl too, because prctl installs it before it holds.
        filter(&once, libc::SECCOMP_RET_KILL_PROCESS).unwrap();
        let plain = Pool::new(Vec::<u8>::new);
        let checked = Pool::new(Vec::<u8>::new).drop_on_fork().fade_outliers();
        for pool in [&plain, &checked] {
            drop((pool.get(), pool.get()));
            pool.prewarm(100);
            pool.sweep();
            assert!(pool.try_get().is_some());
            pool.clear();
            assert_eq!(pool.stats().idle, 0);
        }
    });
    // Without the barrier, objects may stay on other CPUs, and all else works.
    in_a_fork(|| {
        filter(&[libc::SYS_membarrier], REFUSED).unwrap();
        let pool = Pool::new(Vec::<u8>::new);
        drop((pool.get(), pool.get()));
        pool.sweep();
        pool.clear();
        drop(pool.get());
    });
}

/// The parent has process number 1, and so has its child, in a namespace of its own.
#[cfg(target_os = "linux")]
#[test]
fn a_child_with_its_parents_number_gets_none_of_its_objects() {
    let pool = Pool::builder(|| b"the parent's".to_vec())
        .recycle(|_: &mut Vec<u8>| true)
        .drop_on_fork()
        .build();
    let mut handle = Some(repool::Sweeper::new().spawn().unwrap());
    let forks = || {
        if !children_are_first_of_a_namespace() {
            eprintln!("skipped: a new process namespace needs more rights");
            return;
        }
        in_a_fork(|| {
            // SAFETY: no preconditions.
            assert_eq!(unsafe { libc::syscall(libc::SYS_getpid) }, 1);
            drop(pool.get());
            assert!(children_are_first_of_a_namespace());
            in_a_fork(|| {
                assert!(pool.try_get().is_none());
                assert_eq!(pool.stats().dropped.fork, 1);
                // Neither waits for the thread, which the parent has.
                drop(handle.take());
            });
        });
    };
    // On a new thread, because a thread cannot start another one after this.
    std::thread::scope(|scope| scope.spawn(forks).join().unwrap());
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

/// Forks while other threads are at any point of a pool's calls: the child may lose the objects of those
/// calls, but has no object twice, and every call returns.
#[cfg(target_os = "linux")]
#[test]
fn a_fork_under_load_leaves_the_child_a_pool_that_works() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let census = Census::default();
    let pool = Pool::new(|| census.make(0));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _done = DoneGuard(&done);
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
                        // Not `hold`: a thread that held it in the parent does not exist here.
                        assert_eq!(one.value, 0);
                    });
                    drop(held);
                    pool.clear();
                }
                let before = pool.stats();
                drop((0..100).map(|_| pool.get()).collect::<Vec<_>>());
                let after = pool.stats();
                // The excess objects of the parent's threads are dropped here.
                let surplus = after.dropped.surplus - before.dropped.surplus;
                assert!(after.idle + surplus >= before.idle.max(100), "{after:#}");
            });
        }
    });
    drop(pool);
    assert_eq!(census.alive(), 0);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_forked_child_in_a_sandbox_gets_none_of_its_parents_objects() {
    let pool = Pool::builder(std::process::id)
        .recycle(|_| true)
        .drop_on_fork()
        .build();
    drop((pool.get(), pool.get(), pool.get()));
    in_a_fork(|| {
        filter(&[libc::SYS_membarrier], REFUSED).unwrap();
        let all: Vec<_> = (0..4).map(|_| pool.get()).collect();
        assert!(all.iter().all(|made_by| **made_by == std::process::id()));
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_drop_that_panics_in_a_forked_child_leaves_none_of_its_parents_objects() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    struct Grumpy(u32);
    impl Drop for Grumpy {
        fn drop(&mut self) {
            assert!(self.0 == std::process::id(), "will not go");
        }
    }
    let pool = Pool::builder(|| Grumpy(std::process::id()))
        .recycle(|_| true)
        .drop_on_fork()
        .build();
    let held = pool.get();
    drop((pool.get(), pool.get(), pool.get()));
    in_a_fork(|| {
        std::panic::set_hook(Box::new(|_| {}));
        // The returned object is kept, or it is dropped and counted because of the panic.
        assert!(catch_unwind(AssertUnwindSafe(|| pool.put(Grumpy(std::process::id())))).is_err());
        let stats = pool.stats();
        assert_eq!((stats.idle, stats.in_use), (2, 1), "{stats:#}");
        for _ in 0..2 {
            assert!(catch_unwind(AssertUnwindSafe(|| drop(pool.get()))).is_err());
        }
        let all: Vec<_> = (0..4).map(|_| pool.get()).collect();
        assert!(all.iter().all(|object| object.0 == std::process::id()));
        assert_eq!(pool.stats().dropped.fork, 3);
        std::mem::forget(held);
    });
}
