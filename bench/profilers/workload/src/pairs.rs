//! Allocates, writes and frees blocks on a deep stack; a thousand blocks are live at a time.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// Calls between the thread's first function and the one that allocates. With the frames of std a stack
/// has about 25.
const DEPTH: usize = 18;

/// Pairs before the measurement: enough for each thread to have sampled, so that a profiler's initialisation
/// is not measured.
const WARM_UP: u64 = 20_000;

/// Live blocks of a thread: a block is freed after this many later allocations.
const ALIVE: usize = 1024;

/// The sizes of the blocks, the same sequence for every contender.
struct Sizes([u16; 4096]);

impl Sizes {
    /// 16 to 256 bytes, by Knuth's linear congruential generator (MMIX).
    fn new() -> Self {
        let mut state = 1_u64;
        Self(std::array::from_fn(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            16 + ((state >> 33) % 241) as u16
        }))
    }
}

/// The time in which `threads` threads do `pairs` pairs each.
pub fn time(pairs: u64, threads: usize) -> Duration {
    let sizes = Sizes::new();
    let start = Barrier::new(threads);
    let work = || {
        deep(DEPTH, &sizes, WARM_UP);
        start.wait();
        let begin = Instant::now();
        deep(DEPTH, &sizes, pairs);
        (begin, Instant::now())
    };
    let times: Vec<(Instant, Instant)> = match threads {
        1 => vec![work()],
        _ => thread::scope(|scope| {
            let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let joined = all.into_iter().map(|thread| thread.join());
            joined.map(|times| times.expect("no panic")).collect()
        }),
    };
    let begin = times.iter().map(|(begin, _)| *begin).min();
    let end = times.iter().map(|(_, end)| *end).max();
    end.zip(begin)
        .map_or(Duration::ZERO, |(end, begin)| end - begin)
}

/// Recurses `calls` times. The statement after the call prevents a tail call.
#[inline(never)]
fn deep(calls: usize, sizes: &Sizes, pairs: u64) {
    match calls {
        0 => allocate(sizes, pairs),
        _ => deep(black_box(calls - 1), sizes, pairs),
    }
    black_box(());
}

#[inline(never)]
fn allocate(sizes: &Sizes, pairs: u64) {
    let mut blocks = [None; ALIVE];
    for pair in 0..pairs {
        let size = usize::from(sizes.0[pair as usize % sizes.0.len()]);
        let layout = Layout::from_size_align(size, 8).expect("8 is a power of two");
        // SAFETY: the size is 16 or more, and no more than that is written.
        let block = unsafe {
            let block = alloc(layout);
            if block.is_null() {
                handle_alloc_error(layout);
            }
            block.write_bytes(1, size);
            block
        };
        free(blocks[pair as usize % ALIVE].replace((black_box(block), layout)));
    }
    blocks.into_iter().for_each(free);
}

#[inline]
fn free(block: Option<(*mut u8, Layout)>) {
    if let Some((block, layout)) = block {
        // SAFETY: `allocate` took it with that layout, and has no other copy of it.
        unsafe { dealloc(block, layout) };
    }
}
