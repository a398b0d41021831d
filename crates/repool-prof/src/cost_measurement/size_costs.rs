//! [`SizeCosts`]: the measurement of the blocks of one size.

use std::alloc::Layout;
use std::ops::Range;

use repool_profile::PairCost;

use super::block::{Block, Blocks, MANY, Request, Source, layout};
use super::samples::Samples;
use super::stopwatch::{time, time_of_all, time_parts};
use crate::minor_faults::{self, PAGE};

/// Blocks that are allocated in a row before they are freed: fewer than the caches of a thread hold,
/// seven of a size in glibc.
const GROUP: usize = 4;
/// Such blocks, of sizes above `LARGE`.
const LARGE_GROUP: usize = 2;
/// Bytes of a block above which fewer are allocated in a row, because of the memory.
const LARGE: usize = 64 << 10;

/// Bytes of a block up to which several grow together too. Then glibc cannot extend any in place. For
/// larger blocks the time to copy them is so long that an interval of both ways would tell nothing.
const SMALL: usize = 1 << 10;

/// How often blocks are grown before it is timed, at most. A block that grows in place leaves one cache
/// of the thread and is freed into another, so that it takes memory from the system until the other is
/// full: with 20 large blocks in jemalloc.
const WARMUP: usize = 32;
/// Bytes of these blocks at most, if it is done more than once.
const WARMUP_BYTES: usize = 1 << 20;

/// Blocks that occupy gaps of the heap while the growth of others is measured, at most.
const HOLES: usize = 16;
/// Bytes of these blocks at most.
const HOLES_BYTES: usize = 1 << 20;

/// Bytes of a block, or of the part that it has grown by, that are written to at most. Writing takes
/// the same time in new and in kept blocks, without faults, and for large blocks so much that the
/// difference could not be seen.
const WRITTEN: usize = 1 << 10;

/// Bytes of the blocks that are in use at once when an allocator is measured beyond its caches, at
/// most, if they are more than two.
const MANY_BYTES: usize = 512 << 10;

/// Blocks, or pairs of them, that are allocated to count their faults. The first ones change the
/// allocator's state: glibc maps the first large block, and raises its limit for mappings when that
/// block is freed.
const FAULT_ROUNDS: usize = 3;
/// Of these, those that are not counted.
const FIRST_FAULT_ROUNDS: usize = 2;

/// Pages that are written to of a block whose faults are counted, at most. Those of a larger block
/// are spread over it, and stand for the others.
const FAULT_PAGES: usize = 32;

/// The figures of one size, of all rounds.
pub(super) struct SizeCosts<'a> {
    source: Source<'a>,
    layout: Layout,
    /// The layout of blocks of half the size.
    half: Layout,
    faults: f64,
    zeroed_faults: f64,
    alloc: Samples,
    free: Samples,
    /// Of blocks each of which has the memory of the one before, and of independent ones.
    pair: [Samples; 2],
    cold: Samples,
    /// Of blocks that grow alone, and of small ones of which a few grow together.
    grown: [Samples; 2],
    zeroed: Samples,
}

impl<'a> SizeCosts<'a> {
    /// `None` if `size` is less than 2.
    pub(super) fn new(source: Source<'a>, size: usize) -> Option<Self> {
        Some(Self {
            source,
            layout: layout(size)?,
            half: layout(size / 2)?,
            faults: 0.0,
            zeroed_faults: 0.0,
            alloc: Samples::default(),
            free: Samples::default(),
            pair: [Samples::default(); 2],
            cold: Samples::default(),
            grown: [Samples::default(); 2],
            zeroed: Samples::default(),
        })
    }

    /// Counts the faults of blocks that are the last of the heap, so that the allocator may return
    /// their memory to the system when they are freed. Of one block and of two at a time, whichever
    /// has more: glibc returns memory if more of it is free at the end than twice the largest block.
    pub(super) fn count_faults(&mut self) -> Option<()> {
        let faults = |request| {
            let one = self.faults_of(1, request)?;
            Some(one.max(self.faults_of(2, request)?))
        };
        (self.faults, self.zeroed_faults) =
            (faults(Request::Alloc)?, faults(Request::AllocZeroed)?);
        Some(())
    }

    /// Mean faults of a block, if `count` are in use at once.
    fn faults_of(&self, count: usize, request: Request) -> Option<f64> {
        let mut before = None;
        let mut blocks = Blocks::new(self.source, self.layout);
        // Each page that is written to stands for so many.
        let pages = self.layout.size().div_ceil(FAULT_PAGES * PAGE);
        for round in 0..FAULT_ROUNDS {
            if round == FIRST_FAULT_ROUNDS {
                before = minor_faults::of_thread();
            }
            blocks.fill(count, request)?;
            for page in (0..self.layout.size()).step_by(pages * PAGE) {
                blocks.write(page..page + 1);
            }
            blocks.clear();
        }
        let faults = minor_faults::of_thread()?.saturating_sub(before?);
        let blocks = count * (FAULT_ROUNDS - FIRST_FAULT_ROUNDS);
        let faults = (pages as u64 * faults) as f64 / blocks as f64;
        // More pages than those stand for are written to if the allocator zeroes all of them.
        Some(faults.min(self.layout.size().div_ceil(PAGE) as f64))
    }

    /// Measures once more. `None` if there is no memory.
    pub(super) fn measure(&mut self) -> Option<()> {
        self.measure_warm()?;
        self.measure_grown(1)?;
        if self.layout.size() <= SMALL {
            self.measure_grown(GROUP)?;
        }
        self.measure_cold()
    }

    /// Forgets what was measured, except the faults.
    pub(super) fn clear(&mut self) {
        let others = [&mut self.alloc, &mut self.free, &mut self.cold];
        let pairs = self.pair.iter_mut().chain(&mut self.grown);
        let all = pairs.chain(others).chain([&mut self.zeroed]);
        all.for_each(Samples::clear);
    }

    /// The bytes of a block that are written to.
    fn written(&self) -> Range<usize> {
        0..self.layout.size().min(WRITTEN)
    }

    /// Measures memory that was freed shortly before: blocks that are freed at once, so that each has
    /// the memory of the one before, and independent ones. A program's blocks may be either.
    fn measure_warm(&mut self) -> Option<()> {
        let (source, layout, written) = (self.source, self.layout, self.written());
        let group = match layout.size() {
            ..=LARGE => GROUP,
            _ => LARGE_GROUP,
        };
        let each = |sum: f64| sum / group as f64;
        let mut blocks = Blocks::new(source, layout);
        blocks.fill(group, Request::Alloc)?;
        let _behind = self.block_behind(blocks.last_address())?;
        // Written to are the very blocks that are then freed and allocated again.
        let kept = time_of_all(|| blocks.write(written.clone()));
        blocks.clear();
        let pair = time(|| use_new(&mut blocks, group, Request::Alloc, written.clone()))?;
        let pair = each(pair - kept);
        let zeroed = time(|| use_new(&mut blocks, group, Request::AllocZeroed, 0..0))?;
        // The parts' shares of a pair, in whose time that of the clock is not.
        let parts = time_parts(
            &mut blocks,
            |blocks| blocks.fill(group, Request::Alloc),
            Blocks::clear,
        );
        if let Some((alloc, free)) = parts {
            self.alloc.push(pair * alloc / (alloc + free));
            self.free.push(pair * free / (alloc + free));
        }
        self.zeroed.push(each(zeroed));
        // Its first line alone is written to: a processor can do longer writing at the same time as
        // the allocator's work.
        let block = source.alloc(layout)?;
        let kept = time_of_all(|| block.write(0..1));
        drop(block);
        let one = time(|| source.alloc(layout).map(|block| block.write(0..1)))?;
        let [alone, independent] = &mut self.pair;
        alone.push(one - kept);
        independent.push(pair);
        Some(())
    }

    /// Measures the growth of `count` blocks. A single one grows in the memory of a block of the final
    /// size, so that the allocator can extend it in place if it knows how; if that happened by chance,
    /// large blocks would differ by a factor of 30 from one run of a program to the next.
    fn measure_grown(&mut self, count: usize) -> Option<()> {
        let (layout, half) = (self.layout, self.half);
        let end = half.size()..half.size() + half.size().min(WRITTEN);
        let mut holes = Blocks::new(self.source, half);
        let count_of_holes = (HOLES_BYTES / half.size()).min(HOLES);
        holes.fill(count_of_holes, Request::Alloc)?;
        let mut blocks = Blocks::new(self.source, layout);
        blocks.fill(count, Request::Alloc)?;
        let _behind = self.block_behind(blocks.last_address())?;
        let kept_end = time_of_all(|| blocks.write(end.clone()));
        blocks.clear();
        let mut blocks = Blocks::new(self.source, half);
        let grow = |blocks: &mut Blocks<'_>| {
            blocks.fill(count, Request::Alloc)?;
            blocks.write(0..1);
            blocks.resize(layout)?;
            blocks.write(end.clone());
            blocks.restart(half);
            Some(())
        };
        for _ in 0..(WARMUP_BYTES / layout.size()).clamp(1, WARMUP) {
            grow(&mut blocks)?;
        }
        let of_half = time(|| use_new(&mut blocks, count, Request::Alloc, 0..1))?;
        let of_grown = time(|| grow(&mut blocks))?;
        let [alone, together] = &mut self.grown;
        let way = if count == 1 { alone } else { together };
        way.push((of_grown - of_half - kept_end) / count as f64);
        Some(())
    }

    /// A block behind an address, or two of which one is, if the allocator hands them out in such an
    /// order. While it is there, the heap does not end with the memory before it when that is freed,
    /// so that the allocator does not return it to the system.
    fn block_behind(&self, last: Option<usize>) -> Option<[Option<Block<'a>>; 2]> {
        let behind = self.source.alloc(self.layout)?;
        let is_behind = Some(behind.address()) > last;
        let another = (!is_behind).then(|| self.source.alloc(self.layout));
        Some([Some(behind), another.flatten()])
    }

    /// Measures many blocks that are in use at once.
    fn measure_cold(&mut self) -> Option<()> {
        let (source, layout, written) = (self.source, self.layout, self.written());
        let count = (MANY_BYTES / layout.size()).clamp(2, MANY);
        let mut blocks = Blocks::new(source, layout);
        blocks.fill(count, Request::Alloc)?;
        let _behind = self.block_behind(blocks.last_address())?;
        let kept = time_of_all(|| blocks.write(written.clone()));
        blocks.clear();
        let new = time(|| use_new(&mut blocks, count, Request::Alloc, written.clone()))?;
        self.cold.push((new - kept) / count as f64);
        Some(())
    }

    /// The costs, of the rounds that were made.
    pub(super) fn costs(&self) -> PairCost {
        let pair = Samples::interval_of_ways(&self.pair);
        let [alone, _] = &self.grown;
        let grown = if self.layout.size() <= SMALL {
            Samples::interval_of_ways(&self.grown)
        } else {
            alone.interval()
        };
        PairCost {
            size: self.layout.size() as u64,
            fresh_ns: pair.map_or(0.0, |pair| pair.median),
            grown_ns: grown.map_or(0.0, |grown| grown.median),
            alloc: self.alloc.interval(),
            free: self.free.interval(),
            pair,
            cold: self.cold.interval(),
            grown,
            zeroed: self.zeroed.interval(),
            faults: self.faults,
            zeroed_faults: self.zeroed_faults,
        }
    }
}

/// Allocates blocks, writes to each cache line of a range of their bytes, and frees them. `None` if one
/// is refused.
#[inline]
fn use_new(
    blocks: &mut Blocks<'_>,
    count: usize,
    request: Request,
    bytes: Range<usize>,
) -> Option<()> {
    blocks.fill(count, request)?;
    blocks.write(bytes);
    blocks.clear();
    Some(())
}
