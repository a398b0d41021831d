//! More stacks and sizes than the tables have room for.

use std::hint::black_box;

use repool_prof::{Builder, Counters, Profiler, Snapshot};
use repool_testing::totals::{Totals, allocated, assert_sane};

use crate::program::{assert_within, promised};

pub type Block = Box<[u8; 24]>;

/// Calls itself as the bits of `path` say, by `left` or `right`, so that each number gives another
/// stack. The two add different numbers to the result, so that the compiler does not merge them.
#[inline(never)]
pub fn left(path: u32, deep: u32) -> Block {
    let mut block = step(path, deep);
    block[0] = block[0].wrapping_add(1);
    block
}

#[inline(never)]
fn right(path: u32, deep: u32) -> Block {
    let mut block = step(path, deep);
    block[0] = block[0].wrapping_add(2);
    block
}

#[inline(always)]
fn step(path: u32, deep: u32) -> Block {
    if deep == 0 {
        black_box(Box::new([0; 24]))
    } else if path & 1 == 0 {
        left(path >> 1, deep - 1)
    } else {
        right(path >> 1, deep - 1)
    }
}

/// Whether `block` was allocated `deep` calls after the first, along `path`.
pub fn came_by(block: &Block, path: u32, deep: u32) -> bool {
    block[0] == (1 + deep + path.count_ones()) as u8 && block[1..] == [0; 23]
}

pub fn start(builder: Builder) -> Profiler {
    builder.rate(1).start().expect("the profiler starts")
}

/// How many known stacks and how many overflow stacks the snapshot has.
fn count(snapshot: &Snapshot) -> (usize, usize) {
    let others = snapshot
        .stacks()
        .iter()
        .filter(|stack| stack.is_overflow())
        .count();
    (snapshot.stacks().len() - others, others)
}

/// Allocates on many stacks of 20 calls and more, and frees at once.
pub fn allocate_on(stacks: u32) {
    for path in 0..stacks {
        assert!(came_by(&left(path, 20), path, 20));
    }
}

/// Allocates on a million stacks, and frees at once. Returns how many of them are known.
fn allocate_million(builder: Builder, limit: usize) -> usize {
    let profiler = start(builder);
    let before = Counters::now();
    allocate_on(1_000_000);
    let spent = Counters::now() - before;
    assert_eq!((spent.allocations, spent.frees), (1_000_000, 1_000_000));
    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    assert_eq!(Totals::of(&snapshot), allocated(spent), "nothing is lost");
    assert_within(snapshot.memory(), limit);
    let (known, others) = count(&snapshot);
    assert!(known >= 1000, "only {known} stacks are known");
    assert!(
        known < 1_000_000 && others == 1,
        "{known} known, {others} for the others"
    );
    println!("{known} of a million stacks known, {:?}", snapshot.memory());
    known
}

/// A million stacks, with almost nothing in use.
const ALIVE: u64 = 4 << 20;

pub fn million(_: u64) {
    allocate_million(Profiler::builder(), promised(ALIVE));
    // The profiler still works afterwards.
    allocate_million(Profiler::builder(), promised(ALIVE));
}

pub fn million_in_more(_: u64) {
    const LIMIT: usize = 64 << 20;
    let profiler = start(Profiler::builder().memory_limit(LIMIT));
    assert_eq!(profiler.snapshot().memory().limit, LIMIT);
    drop(profiler);
    let few = allocate_million(Profiler::builder(), promised(ALIVE));
    let many = allocate_million(Profiler::builder().memory_limit(LIMIT), LIMIT);
    assert!(many > 4 * few, "{many} with 64 MiB, {few} without");
    let again = allocate_million(Profiler::builder(), promised(ALIVE));
    assert!(
        again >= few / 2 && again <= 2 * few,
        "{again}, {few} before"
    );
}

/// One stack, a hundred thousand sizes.
pub fn thousand_sizes(_: u64) {
    let profiler = start(Profiler::builder());
    let before = Counters::now();
    for size in 1..=100_000 {
        drop(black_box(Vec::<u8>::with_capacity(size)));
    }
    let spent = Counters::now() - before;
    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    assert_eq!(Totals::of(&snapshot), allocated(spent));
    assert_within(snapshot.memory(), promised(ALIVE));
}

/// A stack that is deeper than the unwinder's limit.
pub fn deep(_: u64) {
    let profiler = start(Profiler::builder());
    let block = left(0, 1000);
    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    let found = snapshot.stacks().iter().find(|stack| {
        let mut records = stack.records().iter();
        records.any(|record| record.size == 24)
    });
    let depth = found.expect("the block is known").frames().len();
    assert!((100..=128).contains(&depth), "{depth} frames");
    assert!(came_by(&block, 0, 1000));
}
