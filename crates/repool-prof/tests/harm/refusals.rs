//! Requests that the allocator refuses.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, realloc};
use std::slice;

use repool_prof::Counters;
use repool_testing::random::Random;
use repool_testing::recorder::live;
use repool_testing::totals::{Totals, allocated, assert_sane};

use crate::program::start;
use crate::refusing::refuse_every;

const BLOCKS: usize = 64;

/// Blocks, each filled with one byte of its own.
#[derive(Default)]
struct Blocks {
    slots: Vec<Option<(*mut u8, Layout, u8)>>,
    spent: Counters,
    bytes_freed: u64,
    refused: u64,
}

impl Blocks {
    fn note(&mut self, got: bool, bytes: usize) -> bool {
        if got {
            self.spent.allocations += 1;
            self.spent.bytes += bytes as u64;
        } else {
            self.refused += 1;
        }
        got
    }

    fn check(&self, slot: usize) {
        if let Some((block, layout, mark)) = self.slots[slot] {
            // SAFETY: the block has that layout and was filled.
            let bytes = unsafe { slice::from_raw_parts(block, layout.size()) };
            assert!(bytes.iter().all(|byte| *byte == mark));
        }
    }

    fn allocate(&mut self, slot: usize, layout: Layout, mark: u8, zeroed: bool) {
        // SAFETY: `layout` is not empty; the block is filled to its end.
        unsafe {
            let block = if zeroed {
                alloc_zeroed(layout)
            } else {
                alloc(layout)
            };
            if self.note(!block.is_null(), layout.size()) {
                assert!(block.addr().is_multiple_of(layout.align()));
                if zeroed {
                    assert!(
                        slice::from_raw_parts(block, layout.size())
                            .iter()
                            .all(|b| *b == 0)
                    );
                }
                block.write_bytes(mark, layout.size());
                self.slots[slot] = Some((block, layout, mark));
            }
        }
    }

    fn free(&mut self, slot: usize) {
        self.check(slot);
        if let Some((block, layout, _)) = self.slots[slot].take() {
            // SAFETY: the block has that layout, and is not used afterwards.
            unsafe { dealloc(block, layout) };
            self.spent.frees += 1;
            self.bytes_freed += layout.size() as u64;
        }
    }

    fn resize(&mut self, slot: usize, size: usize) {
        let Some((block, layout, mark)) = self.slots[slot] else {
            return;
        };
        let new = Layout::from_size_align(size, layout.align()).expect("a layout");
        // SAFETY: the block has that layout; the kept part is filled, the rest is filled now.
        unsafe {
            let moved = realloc(block, layout, size);
            if self.note(!moved.is_null(), size) {
                self.spent.frees += 1;
                self.bytes_freed += layout.size() as u64;
                let kept = slice::from_raw_parts(moved, size.min(layout.size()));
                assert!(kept.iter().all(|byte| *byte == mark));
                moved.write_bytes(mark, size);
                self.slots[slot] = Some((moved, new, mark));
            }
        }
        self.check(slot);
    }
}

pub fn refusals(rate: u64) {
    let profiler = start(rate);
    let mut blocks = Blocks::default();
    blocks.slots.resize(BLOCKS, None);
    let (before, begun) = (Totals::of(&profiler.snapshot()), live());
    let mut sum = Counters::default();
    for every in 1..=7 {
        blocks.slots.iter().for_each(|slot| assert!(slot.is_none()));
        (blocks.spent, blocks.bytes_freed, blocks.refused) = Default::default();
        let mut random = Random::new(every);
        let counted = Counters::now();
        for n in 0..4000 {
            // The first blocks are allocated before the allocator refuses.
            refuse_every(if n < 100 { 0 } else { every });
            let slot = random.below(BLOCKS);
            let size = 1 + random.below(3000);
            let layout = Layout::from_size_align(size, 1 << random.below(6)).expect("a layout");
            match (blocks.slots[slot].is_some(), random.below(3)) {
                (true, 0) => blocks.free(slot),
                (true, _) => blocks.resize(slot, size),
                (false, which) => blocks.allocate(slot, layout, n as u8, which == 0),
            }
        }
        let mut growing: Vec<u8> = Vec::new();
        refuse_every(1);
        assert!(growing.try_reserve_exact(10).is_err());
        refuse_every(0);
        assert!(growing.try_reserve_exact(10).is_ok());
        growing.extend(1..=10);
        refuse_every(1);
        assert!(
            growing.try_reserve_exact(1000).is_err(),
            "every request is refused"
        );
        refuse_every(0);
        assert!(growing.iter().copied().eq(1..=10) && growing.capacity() == 10);
        drop(growing);
        (0..BLOCKS).for_each(|slot| blocks.free(slot));

        let spent = Counters::now() - counted;
        let grown = Counters {
            allocations: 1,
            bytes: 10,
            frees: 1,
        };
        assert_eq!(spent - grown, blocks.spent, "refusing every {every}th");
        sum.allocations += spent.allocations;
        sum.bytes += spent.bytes;
        assert_eq!(blocks.bytes_freed, blocks.spent.bytes);
        // A profiler whose request is refused may make another.
        assert!(
            every > 1 || blocks.refused > 100,
            "{} refused",
            blocks.refused
        );
    }

    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    Totals::of(&snapshot)
        .since(before)
        .assert_estimates(allocated(sum), rate);
    drop(snapshot);

    // One more round with a new size, whose blocks are kept.
    const SIZE: usize = 3777;
    blocks.spent = Counters::default();
    refuse_every(3);
    let layout = Layout::from_size_align(SIZE, 1).expect("a layout");
    (0..BLOCKS).for_each(|slot| blocks.allocate(slot, layout, slot as u8, false));
    refuse_every(0);
    let alive = blocks.spent.allocations as i64;
    let of_size = || {
        let snapshot = profiler.snapshot();
        assert_sane(&snapshot);
        Totals::of_size(&snapshot, SIZE as u64)
    };
    of_size().assert_estimates(Totals::blocks(SIZE as u64, alive, alive), rate);
    (0..BLOCKS).for_each(|slot| blocks.free(slot));
    of_size().assert_estimates(Totals::blocks(SIZE as u64, alive, 0), rate);
    // The profiler may hold a few blocks of its own.
    let left = live().0.saturating_sub(begun.0);
    assert!(left < 20, "{left} blocks leaked");
}

/// A request for more memory than exists, which fails, does not delay the samples of later
/// allocations.
pub fn refused_tebibytes(rate: u64) {
    const SIZE: usize = 3778;
    let (size, count) = (SIZE as u64, 40_000);
    let profiler = start(rate);
    let mut bytes = crate::program::block(1);
    for more in [1 << 40, 1 << 46] {
        let begun = Totals::of_size(&profiler.snapshot(), size);
        let before = Counters::now();
        refuse_every(1); // for some systems promise anything
        let refused = Vec::<u8>::new().try_reserve_exact(more).is_err()
            && bytes.try_reserve_exact(more).is_err();
        refuse_every(0);
        assert!(refused);
        assert_eq!(Counters::now() - before, Counters::default());
        for _ in 0..count {
            drop(crate::program::block(SIZE));
        }
        let since = Totals::of_size(&profiler.snapshot(), size).since(begun);
        since.assert_estimates(Totals::blocks(size, count, 0), rate);
    }
}
