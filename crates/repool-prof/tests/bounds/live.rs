//! Many live sampled blocks: none is lost unless the user's limit is reached, and what is lost is
//! told.

use std::hint::black_box;

use repool_prof::{Counters, Profiler, Snapshot};

use crate::program::{assert_within, promised};
use crate::stacks::{Block, came_by, left, start};
use repool_testing::totals::{Totals, assert_sane};

/// The documented bound at rate 1: 64 to 144 bytes more for each live block.
fn promised_at_rate_1(live: u64, blocks: usize) -> usize {
    promised(live) + 144 * blocks
}

/// A cache of blocks that are kept; requests in batches whose buffers are all alive at once, each of
/// which leaves one block in ten behind for good.
pub fn kept(_: u64) {
    const CACHED: usize = 250_000;
    const REQUESTS: usize = 200_000;
    let mut cache: Vec<Box<[u8; 64]>> = Vec::with_capacity(CACHED);
    let mut batch: Vec<Vec<u8>> = Vec::with_capacity(100);
    let mut kept: Vec<Box<[u64; 12]>> = Vec::with_capacity(REQUESTS / 10);
    let profiler = start(Profiler::builder());
    cache.extend((0..CACHED).map(|n| black_box(Box::new([n as u8; 64]))));
    for n in 0..REQUESTS {
        batch.push(black_box(Vec::with_capacity(300)));
        if n % 10 == 0 {
            kept.push(black_box(Box::new([n as u64; 12])));
        }
        if batch.len() == 100 {
            batch.clear();
        }
    }
    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    assert_eq!(snapshot.lost(), 0);
    for (size, objects, in_use, peak) in [
        (64, CACHED, CACHED, CACHED),
        (96, REQUESTS / 10, REQUESTS / 10, REQUESTS / 10),
        (300, REQUESTS, 0, 100),
    ] {
        let blocks = Totals::blocks(size, objects as i64, in_use as i64);
        assert_eq!(Totals::of_size(&snapshot, size), blocks);
        let stacks: Vec<_> = of_size(&snapshot, size).collect();
        assert_eq!(stacks.len(), 1);
        assert_eq!(stacks[0].peak_live(), peak as u64);
        let of_thread = stacks[0]
            .prefix_peaks()
            .last()
            .expect("known")
            .objects_of_thread;
        assert_eq!(of_thread, peak as u64);
        let lifetimes = stacks[0].lifetimes();
        assert_eq!(lifetimes.times.count() as usize, objects - in_use);
    }
    drop((cache, batch, kept));
    let rest = Totals::of(&profiler.snapshot());
    assert_eq!((rest.inuse_objects, rest.inuse_bytes), (0, 0));
}

fn of_size(snapshot: &Snapshot, size: u64) -> impl Iterator<Item = &repool_prof::Stack> {
    let has_size = move |stack: &&repool_prof::Stack| {
        let mut records = stack.records().iter();
        records.any(|record| record.size == size)
    };
    snapshot.stacks().iter().filter(has_size)
}

/// No block is lost: what is in use is exact, and 0 once all is freed.
fn followed(blocks: usize) {
    let mut kept: Vec<Block> = Vec::with_capacity(blocks);
    let profiler = start(Profiler::builder());
    let before = Counters::now();
    // A thousand stacks, for which the tables have room.
    kept.extend((0..blocks as u32).map(|path| left(path % 1000, 10)));
    let spent = Counters::now() - before;
    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    assert_eq!(snapshot.lost(), 0);
    let (stacks, memory) = (snapshot.stacks().len(), snapshot.memory());
    assert!((1000..1100).contains(&stacks), "{stacks} stacks");
    assert_within(memory, promised_at_rate_1(spent.bytes, blocks));
    println!("{blocks} blocks, {memory:?}");
    let in_use = Totals::blocks(24, blocks as i64, blocks as i64);
    assert_eq!(Totals::of_size(&snapshot, 24), in_use);
    drop(snapshot);
    for (n, block) in kept.iter().enumerate() {
        assert!(came_by(block, n as u32 % 1000, 10));
    }
    kept.clear();
    let rest = Totals::of_size(&profiler.snapshot(), 24);
    assert_eq!((rest.inuse_objects, rest.inuse_bytes), (0, 0));
}

pub fn half_a_million(_: u64) {
    followed(500_000);
}

pub fn two_million(_: u64) {
    followed(2_000_000);
}

/// More live sampled blocks than the user's limit has room for: what is allocated stays exact, what
/// is in use is never too much, and 0 once all is freed. The rest is counted as lost.
pub fn limited(_: u64) {
    const BLOCKS: usize = 500_000;
    const LIMIT: usize = 2 << 20;
    let mut kept: Vec<Block> = Vec::with_capacity(BLOCKS);
    let profiler = start(Profiler::builder().memory_limit(LIMIT));
    kept.extend((0..BLOCKS as u32).map(|path| left(path % 1000, 10)));
    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    assert_within(snapshot.memory(), LIMIT);
    let totals = Totals::of_size(&snapshot, 24);
    assert_eq!(totals.alloc_objects, BLOCKS as i64);
    assert!(totals.inuse_objects > 1000, "{totals:?}");
    assert_eq!(totals.inuse_objects + snapshot.lost() as i64, BLOCKS as i64);
    let lost = snapshot.stacks().iter().map(|stack| stack.lifetimes().lost);
    assert_eq!(lost.sum::<u64>(), snapshot.lost());
    let profile = snapshot.export().profile();
    let lifetimes = profile.lifetimes.expect("lifetimes");
    assert_eq!(lifetimes.lost_samples, snapshot.lost());
    let lost = lifetimes.stacks.iter().map(|stack| stack.lost);
    assert_eq!(lost.sum::<u64>(), snapshot.lost());
    drop(snapshot);

    kept.clear();
    let rest = profiler.snapshot();
    assert_sane(&rest);
    let of_blocks = Totals::of_size(&rest, 24);
    assert_eq!((of_blocks.inuse_objects, of_blocks.inuse_bytes), (0, 0));
    // The table has room again.
    kept.extend((0..100).map(|path| left(path, 10)));
    let again = Totals::of_size(&profiler.snapshot(), 24).inuse_objects;
    assert_eq!(again, 100);
}
