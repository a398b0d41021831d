//! Figures that are exact at rate 1.

use std::hint::black_box;
use std::sync::mpsc;
use std::thread;

use repool_prof::{Counters, Profiler, Record, Snapshot, Stack};
use repool_testing::totals::{Totals, allocated, assert_sane};

fn start(rate: u64) -> Profiler {
    let profiler = Profiler::builder().rate(rate).start();
    profiler.expect("the profiler starts")
}

/// The stacks that allocated blocks of `size` bytes, and their records.
fn of_size(snapshot: &Snapshot, size: u64) -> Vec<(&Stack, Record)> {
    let found = |stack: &Stack| {
        let mut records = stack.records().iter().filter(|record| record.size == size);
        let record = records.next().copied();
        assert!(records.next().is_none(), "one record for each size");
        record
    };
    let stacks = snapshot.stacks().iter();
    stacks
        .filter_map(|stack| Some((stack, found(stack)?)))
        .collect()
}

fn record(size: u64, objects: i64, alive: i64) -> Record {
    Record {
        size,
        alloc_objects: objects,
        alloc_bytes: objects * size as i64,
        inuse_objects: alive,
        inuse_bytes: alive * size as i64,
        ..Record::default()
    }
}

/// The totals of the same blocks, if all of them came by `realloc`.
fn grown(fresh: Record) -> Record {
    Record {
        grown_objects: fresh.alloc_objects,
        grown_bytes: fresh.alloc_bytes,
        ..fresh
    }
}

/// Allocates blocks of any size at one site.
#[inline(never)]
fn site(size: usize) -> Vec<u8> {
    black_box(Vec::with_capacity(size))
}

/// Each record of a program whose blocks are known.
pub fn sites(rate: u64) {
    let mut kept: Vec<Vec<u8>> = Vec::with_capacity(1000);
    let profiler = start(rate);
    let before = Counters::now();
    // All blocks are from one call: one stack, with a record for each size.
    for n in 1..=10 {
        for m in 0..100 {
            let block = site(100 * n + 1);
            if m < n {
                kept.push(block);
            }
        }
    }
    let elsewhere = site(2003);
    let elsewhere_too = site(2003);
    let spent = Counters::now() - before;
    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    let mut keys = Vec::new();
    for n in 1..=10 {
        let found = of_size(&snapshot, 100 * n + 1);
        assert_eq!(found.len(), 1, "one stack");
        assert_eq!(found[0].1, record(100 * n + 1, 100, n as i64));
        keys.push(found[0].0.frames());
    }
    assert!(
        keys.iter().all(|key| *key == keys[0]),
        "one stack for all sizes"
    );
    let calls = of_size(&snapshot, 2003);
    assert_eq!(calls.len(), 2, "two calls are two stacks");
    assert!(calls.iter().all(|(_, is)| *is == record(2003, 1, 1)));
    assert_ne!(calls[0].0.frames(), calls[1].0.frames());
    let truth = Totals {
        inuse_objects: (spent.allocations - spent.frees) as i64,
        inuse_bytes: (1..=10).map(|n| n * (100 * n + 1)).sum::<i64>() + 2 * 2003,
        ..allocated(spent)
    };
    assert_eq!(Totals::of(&snapshot), truth, "and nothing else");

    drop((kept.split_off(1), elsewhere, elsewhere_too));
    let rest = profiler.snapshot();
    assert_eq!(Totals::of_size(&rest, 101), Totals::blocks(101, 100, 1));
    for size in (2..=10).map(|n| 100 * n + 1) {
        assert_eq!(Totals::of_size(&rest, size), Totals::blocks(size, 100, 0));
    }
    assert_eq!(Totals::of_size(&rest, 2003), Totals::blocks(2003, 2, 0));
}

/// A resize counts as an allocation of the new size and a free of the old block.
pub fn growth(rate: u64) {
    let profiler = start(rate);
    let mut line: Vec<u64> = Vec::with_capacity(1001);
    line.push(7);
    for capacity in [2002, 40_004, 800_008] {
        black_box(&mut line).reserve_exact(capacity - 1);
    }
    black_box(&mut line).shrink_to(3003);
    let zeroed = black_box(vec![0u8; 9009]);
    assert_eq!(line, [7]);
    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    for (elements, alive) in [(1001, 0), (2002, 0), (40_004, 0), (800_008, 0), (3003, 1)] {
        let found = of_size(&snapshot, 8 * elements);
        assert_eq!(found.len(), 1, "{elements} elements");
        let is = record(8 * elements, 1, alive);
        let (of_site, expected) = match elements {
            1001 => (0, is),
            _ => (1, grown(is)),
        };
        assert_eq!(found[0].1, expected, "{elements} elements");
        assert!(found[0].0.lifetimes().grown >= of_site);
    }
    let grown = snapshot
        .stacks()
        .iter()
        .map(|stack| stack.lifetimes().grown);
    assert_eq!(grown.sum::<u64>(), 4);
    let totals = snapshot.totals();
    let bytes = 8 * (2002 + 40_004 + 800_008 + 3003);
    assert_eq!((totals.grown_objects, totals.grown_bytes), (4, bytes));
    let mut of_zeroed = record(9009, 1, 1);
    (of_zeroed.zeroed_objects, of_zeroed.zeroed_bytes) = (1, 9009);
    assert_eq!(of_size(&snapshot, 9009)[0].1, of_zeroed);
    let of_all = (totals.zeroed_objects, totals.zeroed_bytes);
    assert_eq!(
        of_all,
        (1, 9009),
        "other blocks came by `alloc` and `realloc`"
    );
    drop((line, zeroed));
    let rest = profiler.snapshot();
    for size in [8 * 3003, 9009] {
        assert_eq!(Totals::of_size(&rest, size), Totals::blocks(size, 1, 0));
    }
}

/// Resizes blocks at one site.
#[inline(never)]
fn resize(line: &mut Vec<u8>, size: usize) {
    if size > line.capacity() {
        black_box(line).reserve_exact(size);
    } else {
        black_box(line).shrink_to(size);
    }
}

/// Blocks that came by `realloc` are counted, also if the old block was not sampled.
pub fn grown_at(rate: u64) {
    // Allocated before the profiler starts.
    let mut old: Vec<u8> = Vec::with_capacity(101);
    let profiler = start(rate);
    resize(&mut old, 5001);
    let mut line = site(6001);
    // The last of these grows in place.
    for size in [6003, 6002, 6003] {
        resize(&mut line, size);
    }
    let first = profiler.snapshot();
    assert_sane(&first);
    let found = of_size(&first, 6003);
    assert_eq!((found.len(), found[0].1), (1, grown(record(6003, 2, 1))));
    assert_eq!(of_size(&first, 6001)[0].1, record(6001, 1, 0));
    assert_eq!(of_size(&first, 6001)[0].0.lifetimes().grown, 0);
    // One call for growing, and one for shrinking.
    let [(more, grew), (less, shrank)] = [6003, 6002].map(|size| of_size(&first, size)[0]);
    assert_ne!(more.frames(), less.frames());
    let unseen = of_size(&first, 5001);
    assert_eq!((unseen.len(), unseen[0].1), (1, grown(record(5001, 1, 1))));
    assert_eq!((grew.grown_objects, shrank.grown_objects), (2, 1));
    assert_eq!((more.lifetimes().allocs, more.lifetimes().grown), (2, 2));
    assert_eq!((less.lifetimes().allocs, less.lifetimes().grown), (1, 1));

    // The first allocation of an empty vector is no resize.
    let mut none = Vec::new();
    resize(&mut none, 6003);
    resize(&mut none, 7001);
    let second = profiler.snapshot();
    let delta = second.delta_since(&first);
    // Vec makes the first allocation by another call than later ones, or by the same.
    let sum = |size| {
        of_size(&delta, size).iter().fold((0, 0), |sum, (_, is)| {
            (sum.0 + is.alloc_objects, sum.1 + is.grown_objects)
        })
    };
    assert_eq!((sum(6003), sum(7001)), ((1, 0), (1, 1)));
    let grown = delta.stacks().iter().map(|stack| stack.lifetimes().grown);
    assert_eq!(grown.sum::<u64>(), 1);
    assert_eq!(second.totals().grown_objects, 5);
    drop((old, line, none));
}

/// The lifetimes of the blocks.
pub fn lives(rate: u64) {
    const COUNT: usize = 50;
    let (give, take) = mpsc::channel::<Vec<u8>>();
    let (done, is_done) = mpsc::channel();
    let other = thread::spawn(move || {
        take.into_iter().take(COUNT / 5).for_each(drop);
        done.send(()).expect("the test waits");
    });
    let mut kept = Vec::with_capacity(COUNT);
    let profiler = start(rate);
    for _ in 0..COUNT {
        kept.push(site(6007));
    }
    for block in kept.drain(..COUNT / 5) {
        give.send(block).expect("the other thread takes it");
    }
    is_done.recv().expect("the other thread is done");
    other.join().expect("it does not panic");
    kept.truncate(COUNT / 5);

    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    let found = of_size(&snapshot, 6007);
    assert_eq!(found.len(), 1);
    let (fifth, lifetimes) = (COUNT as u64 / 5, found[0].0.lifetimes());
    assert_eq!(found[0].1.inuse_objects, fifth as i64);
    assert_eq!((lifetimes.allocs, lifetimes.frees), (5 * fifth, 4 * fifth));
    assert_eq!(lifetimes.freed_elsewhere, fifth);
    assert_eq!(lifetimes.peak_live, COUNT as u32);
    assert_eq!(lifetimes.alignment, 1, "they are of bytes");
    assert_eq!(lifetimes.live_at_allocs, (0..COUNT as u64).sum::<u64>());
    assert_eq!(
        (lifetimes.times.count(), lifetimes.bytes.count()),
        (4 * fifth, 4 * fifth)
    );
    // This thread allocated while its blocks were in use, so some have many bytes between.
    assert!(
        lifetimes.bytes.buckets().iter().skip(12).sum::<u64>() > 0,
        "{lifetimes:?}"
    );
}

/// The difference of two snapshots has only the allocations and frees between them.
pub fn delta(rate: u64) {
    let profiler = start(rate);
    let old: Vec<_> = (0..10).map(|_| site(3001)).collect();
    let untouched = site(3003);
    let earlier = profiler.snapshot();
    let new: Vec<_> = (0..7).map(|_| site(3002)).collect();
    drop(old);
    let later = profiler.snapshot();
    let delta = later.delta_since(&earlier);
    let gone = Totals {
        inuse_objects: -10,
        inuse_bytes: -30_010,
        ..Totals::default()
    };
    assert_eq!(Totals::of_size(&delta, 3001), gone);
    assert_eq!(Totals::of_size(&delta, 3002), Totals::blocks(3002, 7, 7));
    assert_eq!(Totals::of_size(&delta, 3003), Totals::default());
    let difference = Totals::of(&later).since(Totals::of(&earlier));
    assert_eq!(Totals::of(&delta), difference);
    let nothing = later.delta_since(&later);
    assert_eq!(Totals::of(&nothing), Totals::default());
    drop((new, untouched));
}

/// The profiler's own allocations are not in the exact counters.
pub fn counters(rate: u64) {
    fn work() -> Counters {
        let before = Counters::now();
        for n in 0..20_000usize {
            let mut line: Vec<u8> = black_box(Vec::with_capacity(n % 300 + 1));
            line.push(1);
            black_box(&mut line).reserve_exact(1000);
            let zeroed = black_box(vec![0u32; n % 50 + 1]);
            drop(black_box(line));
            drop(zeroed);
        }
        Counters::now() - before
    }
    let plain = work();
    assert_eq!((plain.allocations, plain.frees), (60_000, 60_000));
    for _ in 0..3 {
        let profiler = start(rate);
        assert_eq!(work(), plain);
        assert_eq!(thread::spawn(work).join().expect("ends well"), plain);
        profiler.pause();
        assert_eq!(work(), plain);
        drop(profiler);
        assert_eq!(work(), plain);
    }
}
