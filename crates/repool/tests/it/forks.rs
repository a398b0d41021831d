//! What a forked child finds, wherever the parent's threads were at that moment.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use repool::{Backend, Pool, Recycler, backend};
use repool_testing::done::DoneGuard;
use repool_testing::fork::in_a_fork;
use repool_testing::namespace::children_are_first_of_a_namespace;
use repool_testing::seccomp::filter;

/// Gets and returns from three threads, with sweeps and clears, while `work` runs.
fn under_load<F, R>(pool: &Pool<usize, F, R>, work: impl FnOnce())
where
    F: Fn() -> usize + Sync,
    R: Recycler<usize> + Sync,
{
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let _done = DoneGuard(&done);
        for worker in 0..3 {
            let done = &done;
            scope.spawn(move || {
                for turn in 0.. {
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                    drop((0..turn % 100).map(|_| pool.get()).collect::<Vec<_>>());
                    match worker {
                        0 if turn % 5 == 0 => pool.sweep(),
                        1 if turn % 50 == 0 => pool.clear(),
                        _ => {}
                    }
                }
            });
        }
        work();
    });
}

/// Children of a pool under load: each object is idle once, threads of the child use the pool, and
/// nothing is idle after a clear.
fn children_find_each_object_once<F, R>(pool: &Pool<usize, F, R>, next: &AtomicUsize, own: bool)
where
    F: Fn() -> usize + Sync,
    R: Recycler<usize> + Sync,
{
    under_load(pool, || {
        for _ in 0..12 {
            in_a_fork(|| {
                let of_the_parent = next.load(Ordering::Relaxed);
                let mut seen = HashSet::new();
                let all: Vec<_> = std::iter::from_fn(|| pool.try_get()).collect();
                for object in &all {
                    assert!(seen.insert(**object), "{} is there twice", **object);
                    assert!(!own || **object >= of_the_parent);
                }
                drop(all);
                thread::scope(|scope| {
                    for _ in 0..2 {
                        scope.spawn(|| {
                            for _ in 0..10 {
                                drop((0..40).map(|_| pool.get()).collect::<Vec<_>>());
                                pool.sweep();
                            }
                        });
                    }
                });
                pool.clear();
                assert_eq!(pool.stats().idle, 0, "{:#}", pool.stats());
                drop((pool.get(), pool.get()));
                assert!(pool.try_get().is_some());
                pool.clear();
                assert_eq!(pool.stats().idle, 0, "{:#}", pool.stats());
            });
        }
    });
}

#[test]
fn children_of_a_pool_under_load_find_each_object_once() {
    let next = AtomicUsize::new(0);
    let every = Some(Duration::from_micros(50));
    let builder = || {
        Pool::builder(|| next.fetch_add(1, Ordering::Relaxed))
            .recycle(|_: &mut usize| true)
            .sweep_every(every)
    };
    children_find_each_object_once(&builder().build(), &next, false);
    children_find_each_object_once(&builder().per_cpu(20).build(), &next, false);
    children_find_each_object_once(&builder().drop_on_fork().build(), &next, true);
    let weighs = builder()
        .weigh(|object| object % 50_000)
        .fade_outliers()
        .max_idle_bytes(1 << 22);
    children_find_each_object_once(&weighs.build(), &next, false);
}

/// What objects share: how many were dropped, and what the next drop does.
#[derive(Default)]
struct Shared {
    dropped: AtomicUsize,
    next: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

struct Object(Arc<Shared>);

impl Drop for Object {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Ordering::Relaxed);
        let next = self.0.next.lock().unwrap().take();
        if let Some(next) = next {
            next();
        }
    }
}

/// Ways to drop all that is idle, and whether the pool drops what its parent had.
const WAYS: [(DropAll, bool); 3] = [
    (|pool| pool.clear(), false),
    (|pool| pool.clear(), true),
    (|pool| pool.sweep(), false),
];

type DropAll = fn(&ObjectPool);
type ObjectPool = Pool<Object, Box<dyn Fn() -> Object + Send + Sync>, fn(&mut Object) -> bool>;

/// A pool with `many` idle objects that the next sweep drops.
fn pool_of(many: usize, drop_on_fork: bool) -> (ObjectPool, Arc<Shared>) {
    let shared = Arc::new(Shared::default());
    let of = shared.clone();
    let create: Box<dyn Fn() -> Object + Send + Sync> = Box::new(move || Object(of.clone()));
    let builder = Pool::builder(create).recycle((|_| true) as fn(&mut Object) -> bool);
    let pool = match drop_on_fork {
        true => builder.drop_on_fork().build(),
        false => builder.build(),
    };
    drop((0..many).map(|_| pool.get()).collect::<Vec<_>>());
    pool.sweep();
    assert_eq!(pool.stats().idle, many);
    (pool, shared)
}

/// A thread of the parent's has many magazines in hand, and is stopped in the middle.
#[test]
fn what_a_thread_had_taken_out_is_idle_in_the_child() {
    for many in [100, 10_000] {
        for (drop_all, drop_on_fork) in WAYS {
            let (pool, shared) = pool_of(many, drop_on_fork);
            let (entered, is_in): (Sender<()>, Receiver<()>) = channel();
            let (leave, may_leave): (Sender<()>, Receiver<()>) = channel();
            *shared.next.lock().unwrap() = Some(Box::new(move || {
                entered.send(()).unwrap();
                // Also where the other end is gone.
                let _ = may_leave.recv();
            }));
            thread::scope(|scope| {
                scope.spawn(|| drop_all(&pool));
                is_in.recv().unwrap();
                in_a_fork(|| {
                    assert_eq!(pool.stats().idle, many - 1);
                    let some: Vec<_> = (0..50).map(|_| pool.get()).collect();
                    let created = if drop_on_fork { many + 50 } else { many };
                    assert_eq!(pool.stats().created, created, "{:#}", pool.stats());
                    drop(some);
                    pool.clear();
                    let stats = pool.stats();
                    // One is the thread's, which the child does not have.
                    assert_eq!((stats.idle, stats.in_use), (0, 0), "{stats:#}");
                    assert_eq!(shared.dropped.load(Ordering::Relaxed), created);
                });
                drop(leave);
            });
            assert_eq!(pool.stats().idle, 0);
            assert_eq!(shared.dropped.load(Ordering::Relaxed), many);
        }
    }
}

/// The thread that goes on in the child has magazines in hand itself.
#[test]
fn a_drop_that_forks_leaves_the_rest_to_the_child() {
    for (drop_all, drop_on_fork) in WAYS {
        let (pool, shared) = pool_of(1000, drop_on_fork);
        let child = Arc::new(AtomicI32::new(-1));
        let forked = child.clone();
        *shared.next.lock().unwrap() = Some(Box::new(move || {
            // SAFETY: the child goes on in this test, and leaves by `_exit` below.
            forked.store(unsafe { libc::fork() }, Ordering::Relaxed);
        }));
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            drop_all(&pool);
            if child.load(Ordering::Relaxed) == 0 {
                // A thread of the child's own is the first to use the pool, or this one.
                thread::scope(|scope| scope.spawn(|| drop(pool.try_get())).join().unwrap());
                pool.clear();
            }
            assert_eq!(pool.stats().idle, 0);
            assert_eq!(shared.dropped.load(Ordering::Relaxed), 1000);
        }));
        match child.load(Ordering::Relaxed) {
            // SAFETY: ends the child.
            0 => unsafe { libc::_exit(i32::from(outcome.is_err())) },
            child => {
                assert!(child > 0 && outcome.is_ok());
                let mut status = 0;
                // SAFETY: `status` lives past the call.
                assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
                assert_eq!(status, 0, "the child failed");
            }
        }
    }
}

/// As the parent, each child is number 1; the parent may have slots shut at that moment.
#[test]
fn a_pool_that_was_shut_is_open_in_the_first_process_of_a_namespace() {
    fn forks() {
        if !children_are_first_of_a_namespace() {
            eprintln!("skipped: a new process namespace needs more rights");
            return;
        }
        // On no stack: a child uses those of the threads that it does not have again.
        let pool: &'static _ = Box::leak(Box::new(
            Pool::builder(|| 0usize)
                .recycle(|_: &mut usize| true)
                .build(),
        ));
        drop((0..10).map(|_| pool.get()).collect::<Vec<_>>());
        let child = move || {
            pool.clear();
            drop((0..40).map(|_| pool.get()).collect::<Vec<_>>());
            assert_eq!(pool.stats().idle, 40, "{:#}", pool.stats());
            pool.clear();
            assert_eq!(pool.stats().idle, 0, "{:#}", pool.stats());
        };
        in_a_fork(|| {
            under_load(pool, || {
                for _ in 0..25 {
                    // A thread of its own for each child, which is the one process of its namespace.
                    let forks = move || {
                        assert!(children_are_first_of_a_namespace());
                        in_a_fork(child);
                    };
                    thread::spawn(forks).join().unwrap();
                }
            });
        });
    }
    // A thread of its own, as no thread can start another one after this.
    thread::spawn(forks).join().unwrap();
}

/// `vfork` by another name, with a stack of the child's own: memory and thread-locals are shared, and
/// the parent's thread waits until the child has ended. Pools are documented not to be used there; where
/// no other thread uses the pool, all the same nothing is lost.
#[test]
fn a_vfork_child_takes_nothing_over_from_its_parent() {
    const OBJECTS: usize = 100;
    type Plain = Pool<usize, fn() -> usize, fn(&mut usize) -> bool>;
    extern "C" fn child(pool: *mut libc::c_void) -> libc::c_int {
        // SAFETY: the parent's, which waits.
        let pool = unsafe { &*pool.cast::<Plain>() };
        let all: [_; OBJECTS] = std::array::from_fn(|_| pool.get());
        drop(all);
        drop((pool.get(), pool.get()));
        0
    }
    let pool: Plain = Pool::with(|| 0, |_| true);
    let held: Vec<_> = (0..OBJECTS).map(|_| pool.get()).collect();
    drop(held);
    let mut stack = vec![0u128; 1 << 16];
    for _ in 0..10 {
        let top = stack.as_mut_ptr_range().end.cast();
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
        let mut status = 0;
        // SAFETY: the child has a stack of its own, which lives until it has ended; it uses what this
        // thread may use, while this thread waits.
        unsafe {
            let child = libc::clone(child, top, flags, (&raw const pool).cast_mut().cast());
            assert!(child > 0);
            assert_eq!(libc::waitpid(child, &mut status, 0), child);
        }
        assert_eq!(status, 0);
        let stats = pool.stats();
        assert_eq!((stats.idle, stats.created), (OBJECTS, OBJECTS), "{stats:#}");
    }
    pool.clear();
    assert_eq!(pool.stats().idle, 0);
}

/// A filter that kills for the barrier, from before the first use of a pool: the slots engine never
/// makes the call.
#[test]
fn a_sandbox_that_kills_for_the_barrier_leaves_the_slots_engine_alone() {
    if backend() != Backend::Slots {
        return; // `engines` runs it again on that engine.
    }
    in_a_fork(|| {
        filter(&[libc::SYS_membarrier], libc::SECCOMP_RET_KILL_PROCESS).unwrap();
        let pool = Pool::builder(|| 0usize)
            .recycle(|_: &mut usize| true)
            .build();
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        drop((0..100).map(|_| pool.get()).collect::<Vec<_>>());
                        pool.sweep();
                        // None where the other threads have swept twice since.
                        drop(pool.try_get());
                    }
                });
            }
        });
        assert_eq!(repool::init(), Backend::Slots);
        pool.prewarm(10);
        pool.clear();
        assert_eq!(pool.stats().idle, 0);
        drop(repool::Sweeper::new().spawn().unwrap());
    });
}
