//! Byte buffers of every size, and their classes.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use repool::{BufPool, BufStats, OwnedPooledBuf, Pool, PooledBuf};
use repool_testing::affinity::on_one_cpu;

const HEAVIEST: usize = 64 << 20;

/// The capacity of the first class with room for `size`, computed in another way than the pool's.
fn class_for(size: usize) -> usize {
    let mut base = 64;
    loop {
        let steps = [base, base + base / 4, base + base / 2, base + base / 4 * 3];
        if let Some(&found) = steps.iter().find(|&&step| step >= size) {
            return found;
        }
        base *= 2;
    }
}

/// The capacity of the class of each idle buffer.
pub fn idle(bufs: &BufPool) -> Vec<usize> {
    let stats = bufs.stats();
    stats
        .classes()
        .flat_map(|(capacity, class)| std::iter::repeat_n(capacity, class.idle))
        .collect()
}

/// `created + adopted = idle + in_use + dropped + detached`, in each class and in the sum.
fn balanced(stats: &BufStats) {
    let all = stats.classes().map(|(_, class)| class);
    for one in all.chain([stats.misfits(), stats.total()]) {
        assert_eq!(
            one.created + one.adopted,
            one.idle + one.in_use + one.dropped.total() + one.detached,
            "{stats:?}"
        );
    }
}

#[test]
fn every_small_size_has_room_and_wastes_little() {
    on_one_cpu(0, every_small_size);
}

fn every_small_size() {
    let bufs = BufPool::new();
    let mut last = 0;
    for size in 0..=5000 {
        let buf = bufs.get(size);
        assert_eq!((buf.len(), buf.capacity()), (0, class_for(size)), "{size}");
        assert!(buf.capacity() >= last, "{size}");
        if size > 256 {
            assert!(4 * (buf.capacity() - size) <= size, "{size}");
        }
        last = buf.capacity();
    }
    let stats = bufs.stats();
    let up_to_here = stats.classes().map(|(capacity, _)| capacity);
    let up_to_here: Vec<usize> = up_to_here.take_while(|&one| one <= 5120).collect();
    assert_eq!(idle(&bufs), up_to_here, "one buffer a class");
    assert_eq!(stats.total().created, up_to_here.len());
    balanced(&stats);
}

#[test]
fn around_every_edge() {
    let bufs = BufPool::new();
    let capacities: Vec<usize> = bufs
        .stats()
        .classes()
        .map(|(capacity, _)| capacity)
        .collect();
    assert_eq!((capacities.len(), capacities[80]), (81, HEAVIEST));
    for pair in capacities.windows(2) {
        for (size, expected) in [
            (pair[0] - 1, pair[0]),
            (pair[0], pair[0]),
            (pair[0] + 1, pair[1]),
        ] {
            // Not written to, so that the large ones take no memory.
            assert_eq!(bufs.get(size).capacity(), expected, "{size}");
        }
    }
    assert_eq!(bufs.get(HEAVIEST).capacity(), HEAVIEST);
    assert_eq!(bufs.stats().misfits().created, 0);
    bufs.clear();
    assert_eq!(bufs.stats().idle_bytes(), 0);
}

#[test]
fn a_buffer_serves_every_request_for_its_class() {
    on_one_cpu(0, || {
        let bufs = BufPool::new();
        let mut buf = bufs.get(1000);
        buf.push(1);
        let place = buf.as_ptr();
        drop(buf);
        assert_ne!(bufs.get(897 - 1).as_ptr(), place, "a lighter class");
        assert_ne!(bufs.get(1025).as_ptr(), place, "a heavier class");
        assert_eq!(bufs.get(897).as_ptr(), place);
        assert_eq!(bufs.get(1024).as_ptr(), place);
    });
}

#[test]
fn a_grown_buffer_is_returned_to_its_new_class() {
    let bufs = BufPool::new();
    let mut buf = bufs.get(100);
    buf.reserve_exact(4096);
    drop(buf);
    assert_eq!(idle(&bufs), [4096]);

    // A capacity between two classes: returned to the lower one, each time.
    let mut buf = bufs.get(100);
    buf.reserve_exact(300);
    drop(buf);
    for _ in 0..3 {
        assert_eq!(idle(&bufs), [256, 4096]);
        assert_eq!(bufs.get(256).capacity(), 300);
    }
    let total = bufs.stats().total();
    assert_eq!((total.created, total.detached, total.adopted), (2, 2, 2));
    balanced(&bufs.stats());
}

#[test]
fn buffers_that_always_grow_do_not_pile_up() {
    // On one CPU, so that a get finds every idle buffer.
    on_one_cpu(0, grow_always);
}

fn grow_always() {
    let bufs = BufPool::new();
    for _ in 0..3000 {
        bufs.get(0).resize(4096, 0);
    }
    let stats = bufs.stats();
    assert_eq!(stats.idle_bytes(), 1 << 20);
    assert_eq!(stats.misfits().dropped.total(), 3000 - 256);
    balanced(&stats);
    // A class accepts as many as it created or lost.
    drop((0..300).map(|_| bufs.get(4096)).collect::<Vec<_>>());
    let more = 300 - 256;
    for _ in 0..100 {
        bufs.get(0).resize(4096, 0);
    }
    assert_eq!(bufs.stats().idle_bytes(), (1 << 20) + 2 * more * 4096);
    bufs.clear();
    for _ in 0..100 {
        bufs.get(0).resize(4096, 0);
    }
    assert_eq!(bufs.stats().idle_bytes(), 100 * 4096);
    // A buffer of the largest class.
    for _ in 0..3 {
        bufs.get(0).reserve_exact(HEAVIEST);
    }
    assert_eq!(bufs.stats().idle_bytes(), HEAVIEST + 100 * 4096);
}

#[test]
fn shrunk_and_replaced_buffers_are_returned_to_their_present_class() {
    let bufs = BufPool::new();
    let mut buf = bufs.get(10_000);
    buf.extend_from_slice(&[1; 200]);
    buf.shrink_to_fit();
    drop(buf);
    assert_eq!(idle(&bufs), [192]);
    bufs.clear();

    *bufs.get(10_000) = Vec::with_capacity(640);
    assert_eq!(idle(&bufs), [640]);
    bufs.clear();

    // A buffer below the smallest class is freed.
    assert_eq!(mem::take(&mut *bufs.get(100)).capacity(), 112);
    *bufs.get(100) = Vec::with_capacity(63);
    assert!(idle(&bufs).is_empty());
    assert_eq!(bufs.stats().total().in_use, 0);
    balanced(&bufs.stats());

    // Two buffers that were swapped.
    let (mut small, mut large) = (bufs.get(100), bufs.get(1000));
    mem::swap(&mut *small, &mut *large);
    drop((small, large));
    assert_eq!(idle(&bufs), [112, 1024]);
}

#[test]
fn above_the_largest_class_is_exact_and_not_kept() {
    let bufs = BufPool::new();
    for size in [HEAVIEST + 1, HEAVIEST + (HEAVIEST >> 2), 2 * HEAVIEST] {
        let buf = bufs.get(size);
        assert_eq!(buf.capacity(), size);
        drop(buf);
        assert!(bufs.get_zeroed(size)[size - 1] == 0);
    }
    assert_eq!(bufs.stats().total().idle, 0);
    assert_eq!(bufs.stats().misfits().dropped.total(), 6);
    // A buffer that grew above the largest class.
    bufs.get(HEAVIEST).reserve_exact(HEAVIEST + 1);
    assert_eq!(bufs.stats().total().idle, 0);
    // A buffer that shrank below it.
    bufs.get(HEAVIEST + 1).shrink_to(128);
    assert_eq!(idle(&bufs), [128]);
    balanced(&bufs.stats());
}

#[test]
fn old_bytes_cannot_be_read() {
    let bufs = BufPool::new();
    for size in [0, 1, 63, 64, 65, 1000, 100_000] {
        for _ in 0..3 {
            let mut buf = bufs.get(size);
            assert!(buf.is_empty());
            let capacity = buf.capacity();
            buf.resize(capacity, 0xa5);
            drop(buf);
            assert!(bufs.get(size).is_empty());
            let mut buf = bufs.get_zeroed(size);
            assert_eq!(buf.len(), size);
            assert!(buf.iter().all(|&byte| byte == 0));
            buf.resize(capacity, 0x5a);
        }
    }
    // New buffers too.
    let fresh = BufPool::new();
    for size in [0, 1, 64, 65, 5000, HEAVIEST + 1] {
        let buf = fresh.get_zeroed(size);
        assert_eq!(buf.len(), size);
        assert!(buf.iter().all(|&byte| byte == 0));
    }
}

#[test]
fn a_capacity_overflow_panics_as_a_vec_does_and_leaves_the_pool_whole() {
    let bufs = BufPool::new();
    drop(bufs.get(100));
    let before = bufs.stats().total();
    for size in [usize::MAX, isize::MAX as usize + 1] {
        for attempt in [BufPool::get, BufPool::get_zeroed] {
            let panic = catch_unwind(AssertUnwindSafe(|| drop(attempt(&bufs, size))));
            let message = *panic.unwrap_err().downcast::<&str>().unwrap();
            assert_eq!(message, "capacity overflow");
        }
    }
    assert_eq!(bufs.stats().total(), before);
    assert_eq!(bufs.get(100).capacity(), 112);
    assert_eq!(bufs.stats().total(), before);
}

#[test]
fn detached_and_forgotten_buffers_are_counted() {
    let bufs = BufPool::new();
    let kept = PooledBuf::detach(bufs.get(100));
    assert_eq!(kept.capacity(), 112);
    mem::forget(bufs.get(100));
    let total = bufs.stats().total();
    assert_eq!((total.detached, total.in_use, total.idle), (1, 1, 0));
    balanced(&bufs.stats());
}

#[test]
fn idle_bytes_stay_below_their_bound() {
    let bufs = BufPool::new().max_idle_bytes(10_000);
    drop((0..20).map(|_| bufs.get(1024)).collect::<Vec<_>>());
    assert_eq!(bufs.stats().idle_bytes(), 9 * 1024);
    assert_eq!(bufs.stats().misfits().dropped.total(), 11);
    // Idle buffers are used first. The bound has room for one small buffer, and for none that grew.
    drop((0..9).map(|_| bufs.get(1024)).collect::<Vec<_>>());
    drop((bufs.get(640), bufs.get(640)));
    assert_eq!(bufs.stats().idle_bytes(), 9 * 1024 + 640);
    bufs.get(1024).reserve_exact(2048);
    assert_eq!(bufs.stats().idle_bytes(), 8 * 1024 + 640);
    bufs.clear();
    drop(bufs.get(10_000));
    assert_eq!(bufs.stats().idle_bytes(), 0, "10,240 is its class");
    drop(bufs.get(8192));
    assert_eq!(bufs.stats().idle_bytes(), 8192);
    balanced(&bufs.stats());

    let none = BufPool::new().max_idle_bytes(0);
    drop(none.get(0));
    assert_eq!(none.stats().total().idle, 0);
}

#[test]
fn guards_and_pools_go_anywhere_and_show_what_they_are() {
    fn goes_anywhere<T: Send + Sync>(_: &T) {}
    let bufs = BufPool::default();
    let mut buf = bufs.get(3);
    buf.extend_from_slice(&[1, 2, 3]);
    goes_anywhere(&bufs);
    goes_anywhere(&buf);
    assert_eq!(format!("{buf:?}"), "[1, 2, 3]");
    assert_eq!(AsRef::<[u8]>::as_ref(&buf), [1, 2, 3]);
    AsMut::<[u8]>::as_mut(&mut buf)[0] = 7;
    assert_eq!(**buf, [7, 2, 3]);
    let shown = format!("{bufs:?}");
    assert!(shown.contains("64: Stats { created: 1"), "{shown}");
    assert!(!shown.contains("80: "), "{shown}");
    std::thread::scope(|scope| drop(scope.spawn(|| drop(buf))));
    assert_eq!(idle(&bufs), [64]);
}

/// Threads that request every size, let buffers grow, and send them to each other: no buffer has two users,
/// none is too small, and none is lost.
#[test]
fn many_threads_and_sizes() {
    let bufs = BufPool::new();
    let (sender, receiver) = std::sync::mpsc::sync_channel::<PooledBuf<'_>>(16);
    std::thread::scope(|scope| {
        let bufs = &bufs;
        for name in 1..=3u8 {
            let sender = sender.clone();
            scope.spawn(move || {
                let mut size = usize::from(name);
                for turn in 0..3000 {
                    size = (size * 31 + 7) % 20_000;
                    let mut buf = bufs.get(size);
                    assert!(buf.is_empty() && buf.capacity() >= size);
                    buf.resize(size, name);
                    if turn % 7 == 0 {
                        buf.resize(size * 2, name);
                    }
                    if turn % 3 == 0 {
                        sender.send(buf).unwrap();
                    } else {
                        assert!(buf.iter().all(|&byte| byte == name));
                    }
                }
            });
        }
        drop(sender);
        scope.spawn(move || {
            for buf in receiver {
                assert!(buf.windows(2).all(|pair| pair[0] == pair[1]));
            }
        });
    });
    let stats = bufs.stats();
    assert_eq!(stats.total().in_use, 0);
    balanced(&stats);
    bufs.clear();
    assert_eq!(bufs.stats().idle_bytes(), 0);
}

#[test]
fn an_owned_buffer_keeps_its_pool_and_returns_to_its_class() {
    let bufs = Arc::new(BufPool::new());
    let mut buf = bufs.get_owned(100);
    buf.reserve_exact(1000);
    let kept = Arc::downgrade(&bufs);
    std::thread::spawn(move || drop(buf)).join().unwrap();
    assert_eq!(idle(&bufs), [896]);
    let last = bufs.get_owned(900);
    let other = bufs.get_owned(10);
    assert_eq!(Arc::strong_count(&bufs), 3);
    drop(bufs);
    assert_eq!(OwnedPooledBuf::detach(other).capacity(), 64);
    assert!(kept.upgrade().is_some());
    // The last guard returns its buffer and then drops the pool.
    drop(last);
    assert!(kept.upgrade().is_none());
}

#[test]
fn idle_bytes_are_shown_if_they_are_counted() {
    let bufs = BufPool::new();
    drop((bufs.get(100), bufs.get(1000), bufs.get(1000)));
    let total = bufs.stats().total();
    assert_eq!(total.idle_bytes, Some(112 + 2 * 1024));
    assert_eq!(bufs.stats().idle_bytes(), 112 + 2 * 1024);

    let heavy = || Vec::<u8>::with_capacity(1 << 20);
    let plain = Pool::new(heavy);
    drop(plain.get());
    assert_eq!(plain.stats().idle_bytes, None);
    // Each is too heavy to be cached on a CPU, where it would not be counted.
    let bounded = Pool::new(heavy).max_idle_bytes(8 << 20);
    assert_eq!(bounded.stats().idle_bytes, Some(0));
    drop((bounded.get(), bounded.get()));
    assert_eq!(bounded.stats().idle_bytes, Some(2 << 20));
    bounded.clear();
    assert_eq!(bounded.stats().idle_bytes, Some(0));
    let scratch = Pool::new(heavy).max_idle_bytes(8 << 20).per_cpu(1);
    assert_eq!(scratch.stats().idle_bytes, None);
}
