//! The heap memory of a pool, measured by a counting allocator.
//!
//! It is a process without a test harness, because the harness's threads allocate too. The tests run one
//! after the other, on this system's engine and then on slots.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::Relaxed};
use std::thread;

use repool::{BufPool, Pool};
use repool_testing::{listing, rerun};

/// Bytes and blocks that are allocated at present.
struct Counting;

static BYTES: AtomicIsize = AtomicIsize::new(0);
static BLOCKS: AtomicIsize = AtomicIsize::new(0);
/// Blocks and bytes that were ever allocated.
static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static ALLOCATED: AtomicUsize = AtomicUsize::new(0);
/// A countdown: the n-th allocation from now fails, and those after it; 0 for none.
static FAIL_FROM: AtomicUsize = AtomicUsize::new(0);

fn fails() -> bool {
    match FAIL_FROM.load(Relaxed) {
        0 => false,
        1 => true,
        n => {
            FAIL_FROM.store(n - 1, Relaxed);
            false
        }
    }
}

// SAFETY: forwards to the system's allocator, or returns null, which is allowed.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if fails() {
            return std::ptr::null_mut();
        }
        BYTES.fetch_add(layout.size() as isize, Relaxed);
        BLOCKS.fetch_add(1, Relaxed);
        ALLOCATIONS.fetch_add(1, Relaxed);
        ALLOCATED.fetch_add(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size() as isize, Relaxed);
        BLOCKS.fetch_sub(1, Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn bytes() -> isize {
    BYTES.load(Relaxed)
}

fn nothing_on_the_heap_until_first_use() {
    static UNUSED: Pool<Vec<u8>> = Pool::new(Vec::new);
    let (before, blocks) = (bytes(), BLOCKS.load(Relaxed));
    let local = Pool::new(Vec::<u8>::new);
    assert_eq!((UNUSED.stats().idle, local.stats().idle), (0, 0));
    UNUSED.clear();
    drop(local);
    assert_eq!((bytes(), BLOCKS.load(Relaxed)), (before, blocks));
}

fn dropping_a_pool_frees_all_it_had() {
    drop(Pool::new(Vec::<u8>::new).get()); // what the process allocates once
    let before = (bytes(), BLOCKS.load(Relaxed));
    let pool = Pool::new(Vec::<u8>::new);
    for many in [1, 10, 1000] {
        drop((0..many).map(|_| pool.get()).collect::<Vec<_>>());
    }
    assert!(bytes() > before.0);
    drop(pool);
    assert_eq!((bytes(), BLOCKS.load(Relaxed)), before);
}

fn nothing_stays_for_a_thread() {
    let pool = Pool::new(|| Vec::<u8>::with_capacity(64));
    let wave = |threads: usize| {
        for _ in 0..threads {
            thread::scope(|scope| {
                scope.spawn(|| drop((pool.get(), pool.get())));
            });
        }
        bytes()
    };
    wave(50);
    let warm = wave(50);
    let after = wave(1000);
    // Each CPU's cache and its first magazines may still be allocated, but nothing for each of a thousand
    // threads.
    let slots = (4 * thread::available_parallelism().map_or(1, usize::from)).next_power_of_two();
    let room = (slots * 2 * (64 + 64) + 16 * 1024) as isize;
    assert!(after - warm <= room, "{warm} → {after} bytes");
    assert!(pool.stats().idle <= 2 * slots, "{}", pool.stats());
}

fn a_warm_pool_allocates_nothing() {
    let pool = Pool::new(|| Vec::<u8>::with_capacity(64));
    drop((0..100).map(|_| pool.get()).collect::<Vec<_>>());
    let mut held = Vec::with_capacity(100);
    let blocks = BLOCKS.load(Relaxed);
    for _ in 0..100 {
        held.extend((0..100).map(|_| pool.get()));
        assert_eq!(BLOCKS.load(Relaxed), blocks);
        held.clear();
    }
    assert_eq!(BLOCKS.load(Relaxed), blocks);
}

/// Blocks and bytes that `work` allocates, without regard to what it frees.
fn allocated(work: impl FnOnce()) -> (usize, usize) {
    let before = (ALLOCATIONS.load(Relaxed), ALLOCATED.load(Relaxed));
    work();
    (
        ALLOCATIONS.load(Relaxed) - before.0,
        ALLOCATED.load(Relaxed) - before.1,
    )
}

fn warm_buffers_allocate_nothing() {
    let bufs = BufPool::new();
    let sizes = || (0..400).map(|n| n * n);
    let use_all = || {
        for size in sizes() {
            drop((bufs.get(size), bufs.get_zeroed(size)));
        }
    };
    // Twice, because the thread may be moved to another CPU in between.
    use_all();
    use_all();
    assert_eq!(allocated(use_all), (0, 0));
    drop(bufs);

    let unused = BufPool::new();
    assert_eq!(allocated(|| unused.clear()), (0, 0));
    assert_eq!(unused.stats().total().created, 0);
}

/// A freeze allocates once: the reference count of `Bytes` and the guard (`bytes` 1.12).
#[cfg(feature = "bytes")]
fn freezing_allocates_the_shares_only() {
    static BUFS: BufPool = BufPool::new();
    drop(BUFS.get(1 << 20));
    for _ in 0..100 {
        let spent = allocated(|| {
            let mut buf = BUFS.get(1 << 20);
            buf.extend_from_slice(b"header, body");
            let whole = buf.freeze();
            drop((whole.clone(), whole.slice(8..)));
        });
        assert_eq!(spent, (1, 5 * size_of::<usize>()));
    }
}

#[cfg(not(feature = "bytes"))]
fn freezing_allocates_the_shares_only() {}

/// Memory runs out at each allocation that the pool itself makes: an object that cannot be kept is dropped
/// and counted, and none is lost.
fn memory_runs_out_at_each_place() {
    for nth in 1..12 {
        let pool: Pool<[u64; 4], _, _> = Pool::builder(|| [0; 4]).recycle(|_| true).build();
        if nth == 1 {
            // The pool could not even allocate its core: an object in use is dropped when it is returned.
            let mut object = Some(pool.get());
            pool.clear();
            FAIL_FROM.store(nth, Relaxed);
            drop(object.take());
            FAIL_FROM.store(0, Relaxed);
            assert_eq!(pool.stats().in_use, 0);
            continue;
        }
        let held: Vec<_> = (0..400).map(|_| pool.get()).collect();
        FAIL_FROM.store(nth, Relaxed);
        drop(held);
        pool.clear();
        assert!(pool.try_get().is_none() || pool.stats().idle > 0);
        FAIL_FROM.store(0, Relaxed);
        pool.clear();
        let stats = pool.stats();
        assert_eq!((stats.in_use, stats.idle), (0, 0), "{nth}: {stats}");
        assert_eq!(
            (stats.created, stats.dropped.total()),
            (400, 400),
            "{nth}: {stats}"
        );
    }
    // Before the first use there is no core. Afterwards `create` boxes one object.
    let pool = Pool::builder(|| 0u8).recycle(|_| true).build();
    FAIL_FROM.store(1, Relaxed);
    let none = pool.try_get().is_none();
    pool.clear();
    FAIL_FROM.store(0, Relaxed);
    assert!(none);
    drop(pool.get());
    assert_eq!((pool.stats().created, pool.stats().idle), (1, 1));
}

/// Memory runs out while objects are created ahead of time: those that were created stay, and none is lost.
fn memory_runs_out_while_prewarming() {
    for nth in 1..120 {
        let pool: Pool<[u64; 4], _, _> = Pool::builder(|| [0; 4]).recycle(|_| true).build();
        FAIL_FROM.store(nth, Relaxed);
        let kept = pool.prewarm(100);
        FAIL_FROM.store(0, Relaxed);
        assert!(kept < 100 || nth > 100, "{kept} with {nth} allocations");
        let stats = pool.stats();
        assert_eq!((stats.idle, stats.in_use), (kept, 0), "{nth}: {stats}");
        let objects: Vec<_> = (0..100).map(|_| pool.get()).collect();
        assert_eq!(pool.stats().created, stats.created + 100 - kept);
        drop(objects);
        // A sweep may need memory too. If there is none, some objects age one sweep later.
        FAIL_FROM.store(1, Relaxed);
        pool.sweep();
        pool.sweep();
        FAIL_FROM.store(0, Relaxed);
        assert_eq!(pool.stats().in_use, 0);
        drop(pool);
    }
}

fn main() {
    if listing::is_asked_for("memory") {
        return;
    }
    let tests: [(&str, fn()); 8] = [
        (
            "nothing_on_the_heap_until_first_use",
            nothing_on_the_heap_until_first_use,
        ),
        (
            "dropping_a_pool_frees_all_it_had",
            dropping_a_pool_frees_all_it_had,
        ),
        (
            "a_warm_pool_allocates_nothing",
            a_warm_pool_allocates_nothing,
        ),
        (
            "warm_buffers_allocate_nothing",
            warm_buffers_allocate_nothing,
        ),
        (
            "freezing_allocates_the_shares_only",
            freezing_allocates_the_shares_only,
        ),
        (
            "memory_runs_out_at_each_place",
            memory_runs_out_at_each_place,
        ),
        (
            "memory_runs_out_while_prewarming",
            memory_runs_out_while_prewarming,
        ),
        // Last, because joined threads may still be freeing their stacks.
        ("nothing_stays_for_a_thread", nothing_stays_for_a_thread),
    ];
    for (name, test) in tests {
        test();
        println!("test {name} on {} ... ok", repool::backend());
    }
    if !rerun::has_backend() {
        let status = rerun::on_slots().status();
        assert!(status.unwrap().success(), "on the slots engine");
    }
}
