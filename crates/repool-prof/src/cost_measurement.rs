//! Measures the allocator: the time of fresh and of grown blocks, against blocks that are kept.
//!
//! The results are differences of a few nanoseconds, on a machine that runs other programs too. So
//! both parts of a difference are timed right after each other and equally often, which cancels the
//! time of reading the clock. The result is the lower quartile of the rounds, because disturbances
//! only make a round slower.

use std::hint::black_box;
use std::ops::Range;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{iter, slice};

use repool_profile::{AllocatorCosts, PairCost};

use crate::thread::{self, UnsampledGuard};

/// The sizes that are measured: from the smallest block that allocators have, to one that nearly all
/// of them map from the system.
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

/// Rounds of a size, unless they take longer than `MAX_TIME`.
const ROUNDS: usize = 15;
/// Rounds of a size that are always made.
const MIN_ROUNDS: usize = 3;
/// Time after which no further round of a size begins.
const MAX_TIME: Duration = Duration::from_micros(300);

/// Bytes of the blocks that are timed together. A block with all that it grew out of has less than
/// twice its bytes, so the sampler's countdown is not over before the end.
const BATCH: usize = 32 << 10;
const _: () = assert!(BATCH * 2 <= thread::MAX_COUNTDOWN as usize);
/// The most repetitions that are timed together.
const MAX_REPEATS: usize = 128;

/// Bytes of the block that a chain of growths begins with.
const FIRST: usize = 8;

/// Bytes of a cache line.
const LINE: usize = 64;

/// Measures the allocator of this program, for sizes from 16 bytes to 1 MiB.
///
/// The first call in a process measures; concurrent calls wait for it. It takes about 3 ms in a
/// release build, and at most some 3 MiB. Its allocations are in no profile, but the calling
/// thread's [`Counters`](crate::Counters) count them, and they affect the allocator: glibc's
/// keeps large blocks for longer after one was freed. Sizes for which there is no memory are
/// left out; `None` if there is no memory for any.
///
/// ```
/// let costs = repool_prof::measure_allocator_costs().expect("there is memory");
/// assert!(costs.fresh_ns(4096) >= 0.0);
/// ```
#[must_use]
pub fn measure_allocator_costs() -> Option<&'static AllocatorCosts> {
    static MEASURED: OnceLock<Option<AllocatorCosts>> = OnceLock::new();
    MEASURED.get_or_init(|| AllocatorCosts::new(all())).as_ref()
}

/// Measures every size; leaves out those for which there is no memory.
fn all() -> Vec<PairCost> {
    SIZES.into_iter().filter_map(one).collect()
}

fn one(size: usize) -> Option<PairCost> {
    let watch = Stopwatch {
        own_work: UnsampledGuard::new(),
        repeats: (BATCH / size).clamp(1, MAX_REPEATS),
    };
    let half = size / 2;
    // The growths by doubling up to half the size, and up to the size.
    let (short, long) = (parts(half), parts(size));
    let mut kept = block(size)?;
    write(&mut kept, &(0..size));
    let mut held = Vec::with_capacity(2 * (ROUNDS + 1));
    let (mut fresh, mut grown) = (Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS));
    let begin = Instant::now();
    // The first round warms up.
    for round in 0..=ROUNDS {
        if round > MIN_ROUNDS && begin.elapsed() > MAX_TIME {
            break;
        }
        // Keeps blocks, so that each round gets other addresses: the filter of sampled blocks may
        // hold a false positive for an address, which is slow.
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
                    // The vector has no elements, but `realloc` still copies the whole block.
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
        ..PairCost::default()
    })
}

/// Times repeated work, whose allocations are not sampled.
struct Stopwatch {
    own_work: UnsampledGuard,
    repeats: usize,
}

impl Stopwatch {
    /// Mean nanoseconds that `work` takes; `None` if it returns `None`, for lack of memory.
    fn each(&self, mut work: impl FnMut() -> Option<()>) -> Option<f64> {
        self.own_work.grant();
        let begin = Instant::now();
        for _ in 0..self.repeats {
            work()?;
        }
        Some(begin.elapsed().as_nanos() as f64 / self.repeats as f64)
    }
}

/// Allocates a block, without writing to it.
fn block(size: usize) -> Option<Vec<u8>> {
    let mut block = Vec::new();
    block.try_reserve_exact(size).ok()?;
    Some(black_box(block))
}

/// A range of bytes of a block.
type Part = Range<usize>;

/// The parts that the steps of a chain of doublings add, up to `size` bytes.
fn parts(size: usize) -> Vec<Part> {
    let ends = || iter::successors(Some(FIRST), |end| Some(2 * end)).take_while(|end| *end <= size);
    let starts = iter::once(0).chain(ends());
    starts.zip(ends()).map(|(start, end)| start..end).collect()
}

/// Writes to every cache line of a part of a block, in a way that the compiler cannot remove.
fn write(block: &mut Vec<u8>, part: &Part) {
    let part = &mut block.spare_capacity_mut()[part.clone()];
    for byte in part.iter_mut().step_by(LINE) {
        byte.write(1);
    }
    black_box(block);
}

/// The lower quartile, which other load on the machine disturbs less than the median. At least 0,
/// because noise can make a small difference negative.
fn undisturbed(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 4).map_or(0.0, |ns| ns.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_is_measured_once() {
        let costs = measure_allocator_costs().expect("there is memory");
        let sizes: Vec<u64> = costs.pairs().iter().map(|pair| pair.size).collect();
        assert_eq!(
            sizes,
            (0..9).map(|power| 16 << (2 * power)).collect::<Vec<_>>()
        );
        // The second call does not measure again, which would give other figures.
        let again = measure_allocator_costs().expect("as before");
        assert!(std::ptr::eq(costs, again));
        // Holds with any noise: costs leave out figures that are no times.
        let measured = all();
        let kept = AllocatorCosts::new(measured.iter().copied()).expect("costs");
        assert_eq!(kept.pairs(), measured);
    }
}
