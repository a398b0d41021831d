//! Times the allocator's ways of a block, against a block that is kept.
//!
//! What is wanted are differences of a few nanoseconds, on a machine that does other things as well.
//! So the two that are subtracted are timed right after each other, equally often, which takes the
//! clock's own time out; and of the rounds the quickest quarter tells, as what disturbs makes them slow.

use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};
use std::{iter, slice};

use super::PairCost;
use crate::thread::{self, UnsampledGuard};

/// From the smallest block that an allocator has, to one that nearly all get from the system.
const SIZES: [usize; 9] = [
    16,
    64,
    256,
    1 << 10,
    4 << 10,
    16 << 10,
    64 << 10,
    256 << 10,
    1 << 20,
];

/// Rounds of a size; fewer when they take longer than `ENOUGH`, but never less than `LEAST`.
const ROUNDS: usize = 15;
const LEAST: usize = 3;
const ENOUGH: Duration = Duration::from_micros(300);

/// Bytes of the blocks that are timed at once. As one with all that it grew out of has less than
/// twice its bytes, the sampler's countdown lasts so long.
const BATCH: usize = 32 << 10;
const _: () = assert!(BATCH * 2 <= thread::MAX_COUNTDOWN as usize);
/// No way is repeated more often.
const MOST_TIMES: usize = 128;

/// Bytes of the block that a chain of growths begins with.
const FIRST: usize = 8;

const LINE: usize = 64;

/// What every size costs; sizes for which there is no memory are left out.
pub(super) fn all() -> Vec<PairCost> {
    SIZES.into_iter().filter_map(one).collect()
}

fn one(size: usize) -> Option<PairCost> {
    let watch = Stopwatch {
        own_work: UnsampledGuard::new(),
        times: (BATCH / size).clamp(1, MOST_TIMES),
    };
    let half = size / 2;
    // From one block to the one twice as large, up to these.
    let (short, long) = (parts(half), parts(size));
    let mut kept = block(size)?;
    write(&mut kept, &(0..size));
    let mut held = Vec::with_capacity(2 * (ROUNDS + 1));
    let (mut fresh, mut grown) = (Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS));
    let begin = Instant::now();
    // The first warms up.
    for round in 0..=ROUNDS {
        if round > LEAST && begin.elapsed() > ENOUGH {
            break;
        }
        // So that each round gets other blocks: an address may be one that the filter of sampled
        // blocks takes for one of those, which is slow.
        held.extend([block(half.min(1 << 12))?, block(size.min(1 << 12))?]);
        let more_than_kept = |kept: &mut Vec<u8>, parts: &[Part]| {
            let is_kept = watch.each(|| {
                parts.iter().for_each(|part| write(kept, part));
                Some(())
            })?;
            let is_new = watch.each(|| {
                let mut block = block(parts[0].end)?;
                write(&mut block, &parts[0]);
                for part in &parts[1..] {
                    // With no element in it the block is resized all the same, with all its bytes.
                    block.try_reserve_exact(part.end).ok()?;
                    write(&mut block, part);
                }
                Some(())
            })?;
            Some(is_new - is_kept)
        };
        let of_size = more_than_kept(&mut kept, slice::from_ref(&(0..size)))?;
        let to_half = more_than_kept(&mut kept, &short)?;
        let to_size = more_than_kept(&mut kept, &long)?;
        if round > 0 {
            fresh.push(of_size);
            grown.push(to_size - to_half);
        }
    }
    Some(PairCost {
        size: size as u64,
        fresh_ns: undisturbed(fresh),
        grown_ns: undisturbed(grown),
    })
}

/// Times work that is the library's own.
struct Stopwatch {
    own_work: UnsampledGuard,
    times: usize,
}

impl Stopwatch {
    /// Nanoseconds that `work` takes; `None` as soon as there is no memory for it.
    fn each(&self, mut work: impl FnMut() -> Option<()>) -> Option<f64> {
        self.own_work.grant();
        let begin = Instant::now();
        for _ in 0..self.times {
            work()?;
        }
        Some(begin.elapsed().as_nanos() as f64 / self.times as f64)
    }
}

/// A block in which nothing is written yet.
fn block(size: usize) -> Option<Vec<u8>> {
    let mut block = Vec::new();
    block.try_reserve_exact(size).ok()?;
    Some(black_box(block))
}

/// Bytes of a block that are written at once.
type Part = Range<usize>;

/// What each block of a chain of doublings has more than the one before, up to `size` bytes.
fn parts(size: usize) -> Vec<Part> {
    let ends = || iter::successors(Some(FIRST), |end| Some(2 * end)).take_while(|end| *end <= size);
    let starts = iter::once(0).chain(ends());
    starts.zip(ends()).map(|(start, end)| start..end).collect()
}

/// Writes to every cache line of a part of a block, and as if all of it were read.
fn write(block: &mut Vec<u8>, part: &Part) {
    let part = &mut block.spare_capacity_mut()[part.clone()];
    for byte in part.iter_mut().step_by(LINE) {
        byte.write(1);
    }
    black_box(block);
}

/// The value that a quarter is below: what else goes on in the machine makes more than half of them
/// too large at times. No less than nothing, which noise can make of a small difference.
fn undisturbed(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 4).map_or(0.0, |ns| ns.max(0.0))
}
