//! Requests of every kind, size and alignment, from four threads, under an allocator that checks
//! each.
//!
//! A profiler that requests a sampled block with another layout than the program's must free it with
//! that layout; if it does not, this test fails.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, realloc};
use std::slice;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use repool_prof::Counters;
use repool_testing::random::Random;
use repool_testing::recorder::live;
use repool_testing::totals::{Totals, allocated, assert_possible, assert_sane};

use crate::program::start;

const THREADS: u64 = 4;
const STEPS: usize = 12_000;

/// A block filled with `mark`.
struct Block {
    start: *mut u8,
    layout: Layout,
    mark: u8,
}

// SAFETY: a block has one owner.
unsafe impl Send for Block {}

/// Whether all bytes are `mark`; a page at a time, for a debug build too.
fn all(bytes: &[u8], mark: u8) -> bool {
    let page = [mark; 4096];
    bytes
        .chunks(page.len())
        .all(|part| *part == page[..part.len()])
}

/// A random size up to 4 MiB, mostly small: up to 64 KiB every magnitude is equally likely.
fn size(random: &mut Random) -> usize {
    let magnitude = if random.below(200) == 0 { 23 } else { 17 };
    let most = 1 << random.below(magnitude);
    1 + random.below(most)
}

impl Block {
    fn new(random: &mut Random) -> Self {
        let size = size(random);
        let layout = Layout::from_size_align(size, 1 << random.below(14)).expect("a layout");
        let mark = random.bits() as u8;
        // SAFETY: `layout` is not empty; the block is filled to its end.
        unsafe {
            let zeroed = random.below(3) == 0;
            let start = if zeroed {
                alloc_zeroed(layout)
            } else {
                alloc(layout)
            };
            assert!(!start.is_null() && start.addr().is_multiple_of(layout.align()));
            if zeroed {
                assert!(
                    all(slice::from_raw_parts(start, size), 0),
                    "zero: {layout:?}"
                );
            }
            start.write_bytes(mark, size);
            Self {
                start,
                layout,
                mark,
            }
        }
    }

    fn check(&self) {
        // SAFETY: the block has that layout and was filled.
        let bytes = unsafe { slice::from_raw_parts(self.start, self.layout.size()) };
        assert!(all(bytes, self.mark), "{:?} was overwritten", self.layout);
    }

    /// Resizes a block up or down, by a little or to any size.
    fn resize(self, random: &mut Random) -> Self {
        let Self {
            start,
            layout,
            mark,
        } = self;
        let size = match random.below(3) {
            0 => size(random),
            1 => layout.size() + 1 + random.below(64),
            _ => 1 + random.below(layout.size()),
        };
        let new = Layout::from_size_align(size, layout.align()).expect("a layout");
        // SAFETY: the block has the layout `layout`; the new part is filled.
        unsafe {
            let start = realloc(start, layout, size);
            assert!(!start.is_null() && start.addr().is_multiple_of(new.align()));
            let kept = slice::from_raw_parts(start, size.min(layout.size()));
            assert!(all(kept, mark), "{layout:?} to {size} bytes");
            start.write_bytes(mark, size);
            Self {
                start,
                layout: new,
                mark,
            }
        }
    }

    fn free(self) {
        self.check();
        // SAFETY: the block has that layout, and is not used afterwards.
        unsafe { dealloc(self.start, self.layout) };
    }
}

/// Blocks that one thread passes to another.
type Passed = Mutex<Vec<Option<Block>>>;

/// Allocates and frees at random, and returns how much. Leaves `blocks` empty.
fn storm(seed: u64, passed: &Passed, blocks: &mut [Option<Block>]) -> Counters {
    let mut random = Random::new(seed);
    let before = Counters::now();
    for _ in 0..STEPS {
        let slot = &mut blocks[random.below(32)];
        *slot = match (slot.take(), random.below(8)) {
            (None, _) => Some(Block::new(&mut random)),
            (Some(block), 0..3) => Some(block.resize(&mut random)),
            (Some(block), 3..5) => {
                let mut passed = passed.lock().expect("no thread panicked");
                let other = random.below(passed.len());
                passed[other].replace(block)
            }
            (Some(block), _) => {
                block.free();
                None
            }
        };
    }
    for slot in blocks.iter_mut() {
        slot.take().into_iter().for_each(Block::free);
    }
    Counters::now() - before
}

/// Allocates and frees on all threads while `meanwhile` runs. Returns the totals, which are all that
/// these threads allocate.
fn storms(meanwhile: impl FnOnce(&AtomicUsize)) -> Counters {
    let passed: Passed = Mutex::new((0..64).map(|_| None).collect());
    let (done, sum) = (AtomicUsize::new(0), Mutex::new(Counters::default()));
    thread::scope(|scope| {
        for seed in 1..=THREADS {
            let (passed, done, sum) = (&passed, &done, &sum);
            scope.spawn(move || {
                let mut blocks: [Option<Block>; 32] = [const { None }; 32];
                let spent = storm(seed, passed, &mut blocks);
                let mut sum = sum.lock().expect("no thread panicked");
                sum.allocations += spent.allocations;
                sum.bytes += spent.bytes;
                sum.frees += spent.frees;
                done.fetch_add(1, SeqCst);
            });
        }
        meanwhile(&done);
    });
    let mut sum = *sum.lock().expect("no thread panicked");
    for block in passed
        .into_inner()
        .expect("no thread panicked")
        .into_iter()
        .flatten()
    {
        block.free();
        sum.frees += 1;
    }
    assert_eq!(sum.allocations, sum.frees, "all blocks are freed");
    sum
}

pub fn one_session(rate: u64) {
    let begun = live();
    let profiler = start(rate);
    let spent = storms(|_| ());
    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    let totals = Totals::of(&snapshot);
    // The threads themselves take a few more blocks.
    let truth = allocated(spent);
    let beside = Totals {
        alloc_objects: 1000,
        alloc_bytes: 100_000,
        ..Totals::default()
    };
    if rate == 1 {
        let more = totals.since(truth);
        assert!(
            (0..beside.alloc_objects).contains(&more.alloc_objects),
            "{more:?}"
        );
        assert!(
            (0..beside.alloc_bytes).contains(&more.alloc_bytes),
            "{more:?}"
        );
        assert!((0..100).contains(&totals.inuse_objects), "{totals:?}");
    } else {
        let alloc = Totals {
            inuse_bytes: 0,
            ..totals
        };
        alloc.assert_estimates(truth, rate);
    }
    drop(snapshot);
    drop(profiler);
    let left = live().0.saturating_sub(begun.0);
    assert!(left < 100, "{left} blocks leaked");
}

pub fn many_sessions(rate: u64) {
    let begun = live();
    storms(|done| {
        while done.load(SeqCst) < THREADS as usize {
            let profiler = start(rate);
            for _ in 0..200 {
                thread::yield_now();
            }
            assert_possible(&profiler.snapshot());
        }
    });
    let left = live().0.saturating_sub(begun.0);
    assert!(left < 100, "{left} blocks leaked");
}
