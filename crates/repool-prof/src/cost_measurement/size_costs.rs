//! [`SizeCosts`]: the measurement of the blocks of one size.

use std::alloc::Layout;
use std::array;
use std::ops::Range;

use repool_profile::PairCost;

use super::block::{Block, Source, layout};
use super::samples::Samples;
use super::stopwatch::{time, time_once, time_parts};
use crate::minor_faults;

/// Blocks that are allocated in a row before they are freed: fewer than the caches of a thread hold,
/// seven of a size in glibc.
const GROUP: usize = 4;
/// Such blocks, of sizes above `SMALL`.
const LARGE_GROUP: usize = 2;

/// Bytes of the largest block that is written to as a whole. Of larger ones only the first line is
/// written to. Writing takes the same time in new and in kept blocks, without faults, and for large
/// blocks so much that the difference could not be seen.
const SMALL: usize = 16 << 10;

/// Blocks that are in use at once when an allocator is measured beyond its caches, at most.
const MANY: usize = 256;
/// Bytes of these blocks at most, if they are more than two.
const MANY_BYTES: usize = 512 << 10;

/// Blocks, or pairs of them, that are allocated to count their faults. The first ones change the
/// allocator's state: glibc maps the first large block, and raises its limit for mappings when that
/// block is freed.
const FAULT_ROUNDS: usize = 6;
/// Of these, those that are not counted.
const FIRST_FAULT_ROUNDS: usize = 2;

/// The figures of one size, of all rounds.
pub(super) struct SizeCosts<'a> {
    source: Source<'a>,
    layout: Layout,
    /// The layout of blocks of half the size.
    half: Layout,
    faults: f64,
    alloc: Samples,
    free: Samples,
    pair: Samples,
    cold: Samples,
    grown: Samples,
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
            alloc: Samples::default(),
            free: Samples::default(),
            pair: Samples::default(),
            cold: Samples::default(),
            grown: Samples::default(),
            zeroed: Samples::default(),
        })
    }

    /// Counts the faults of blocks that are the last of the heap, so that the allocator may return
    /// their memory to the system when they are freed. Of one block and of two at a time, whichever
    /// has more: glibc returns memory if more of it is free at the end than twice the largest block.
    pub(super) fn count_faults(&mut self) -> Option<()> {
        self.faults = self.faults_of::<1>()?.max(self.faults_of::<2>()?);
        Some(())
    }

    /// Mean faults of a block, if `N` are in use at once.
    fn faults_of<const N: usize>(&self) -> Option<f64> {
        let mut before = None;
        for round in 0..FAULT_ROUNDS {
            if round == FIRST_FAULT_ROUNDS {
                before = minor_faults::of_thread();
            }
            let blocks = group::<N>(|| self.source.alloc(self.layout))?;
            write_to(&blocks, 0..self.layout.size());
        }
        let faults = minor_faults::of_thread()?.saturating_sub(before?);
        Some(faults as f64 / (N * (FAULT_ROUNDS - FIRST_FAULT_ROUNDS)) as f64)
    }

    /// Measures once more. `None` if there is no memory.
    pub(super) fn measure(&mut self) -> Option<()> {
        // A program's blocks are independent, or each has the memory of the one before: the interval
        // has both.
        self.measure_warm::<1>()?;
        if self.layout.size() <= SMALL {
            self.measure_warm::<GROUP>()?;
        } else {
            self.measure_warm::<LARGE_GROUP>()?;
        }
        self.measure_cold()
    }

    /// The bytes of a block that are written to, and those after the first half.
    fn written(&self) -> (Range<usize>, Range<usize>) {
        let (half, size) = (self.half.size(), self.layout.size());
        if size <= SMALL {
            (0..size, half..size)
        } else {
            (0..1, half..half + 1)
        }
    }

    /// Measures groups of `N` blocks.
    fn measure_warm<const N: usize>(&mut self) -> Option<()> {
        let (source, layout, half) = (self.source, self.layout, self.half);
        let (all, end) = self.written();
        let start = 0..all.end.min(half.size());
        let each = |sum: f64| sum / N as f64;
        let blocks = group::<N>(|| source.alloc(layout))?;
        let _behind = self.block_behind(&blocks)?;
        // Written to are the very blocks that are then freed and allocated again.
        let kept = time(|| write_to(&blocks, all.clone()))?;
        let kept_end = time(|| write_to(&blocks, end.clone()))?;
        drop(blocks);
        let pair = time(|| use_new::<N>(|| source.alloc(layout), all.clone()))?;
        self.pair.push(each(pair - kept));
        let zeroed = time(|| use_new::<N>(|| source.alloc_zeroed(layout), 0..0))?;
        self.zeroed.push(each(zeroed));
        // The parts' shares of a pair, in whose time that of the clock is not.
        let touched = || {
            let blocks = group::<N>(|| source.alloc(layout))?;
            write_to(&blocks, 0..1)?;
            Some(blocks)
        };
        let touched_pair = each(time(|| use_new::<N>(|| source.alloc(layout), 0..1))?);
        if let Some((alloc, free)) = time_parts(touched, drop) {
            self.alloc.push(touched_pair * alloc / (alloc + free));
            self.free.push(touched_pair * free / (alloc + free));
        }
        let of_half = time(|| use_new::<N>(|| source.alloc(half), start.clone()))?;
        let of_grown = time(|| {
            let mut blocks = group::<N>(|| source.alloc(half))?;
            write_to(&blocks, start.clone())?;
            for block in blocks.iter_mut().flatten() {
                block.resize(layout)?;
            }
            write_to(&blocks, end.clone())
        })?;
        self.grown.push(each(of_grown - of_half - kept_end));
        Some(())
    }

    /// A block behind these, or two of which one is, if the allocator hands them out in such an order.
    /// While it is there, the heap does not end with the memory of these blocks when they are freed, so
    /// that the allocator does not return it to the system.
    fn block_behind(&self, blocks: &[Option<Block<'a>>]) -> Option<[Option<Block<'a>>; 2]> {
        let last = blocks.iter().flatten().map(Block::address).max();
        let behind = self.source.alloc(self.layout)?;
        let is_behind = Some(behind.address()) > last;
        let another = (!is_behind).then(|| self.source.alloc(self.layout));
        Some([Some(behind), another.flatten()])
    }

    /// Measures many blocks that are in use at once.
    fn measure_cold(&mut self) -> Option<()> {
        let (source, layout) = (self.source, self.layout);
        let (all, _) = self.written();
        let count = (MANY_BYTES / layout.size()).clamp(2, MANY);
        let mut blocks = [const { None }; MANY];
        let blocks = blocks.get_mut(..count)?;
        for block in blocks.iter_mut() {
            *block = Some(source.alloc(layout)?);
        }
        let _behind = self.block_behind(blocks)?;
        let kept = time_once(|| write_to(blocks, all.clone()))?;
        blocks.fill_with(|| None);
        let new = time_once(|| {
            for block in blocks.iter_mut() {
                let new = source.alloc(layout)?;
                new.write(all.clone());
                *block = Some(new);
            }
            blocks.fill_with(|| None);
            Some(())
        })?;
        self.cold.push((new - kept) / count as f64);
        Some(())
    }

    /// The costs, of the rounds that were made.
    pub(super) fn costs(&self) -> PairCost {
        let (pair, grown) = (self.pair.interval(), self.grown.interval());
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
        }
    }
}

/// Allocates `N` blocks, writes to each cache line of a range of their bytes, and frees them. `None` if
/// one is refused.
#[inline]
fn use_new<'a, const N: usize>(
    alloc: impl Fn() -> Option<Block<'a>>,
    bytes: Range<usize>,
) -> Option<()> {
    if N == 1 {
        // Without an array, which the compiler would keep in memory.
        alloc()?.write(bytes);
        Some(())
    } else {
        write_to(&group::<N>(alloc)?, bytes)
    }
}

/// A group of `N` blocks; `None` if one is refused.
#[inline]
fn group<'a, const N: usize>(
    alloc: impl Fn() -> Option<Block<'a>>,
) -> Option<[Option<Block<'a>>; N]> {
    let blocks = array::from_fn(|_| alloc());
    blocks.iter().all(Option::is_some).then_some(blocks)
}

#[inline]
fn write_to(blocks: &[Option<Block<'_>>], bytes: Range<usize>) -> Option<()> {
    for block in blocks.iter().flatten() {
        block.write(bytes.clone());
    }
    Some(())
}
