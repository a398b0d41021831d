//! The functions of the profiler and of the allocator that are on every stack, by their addresses.
//!
//! `symbols` leaves frames out by their functions' names, which a stripped program does not have.
//! So this module makes *probes*: allocations of its own that take the path of sampled ones. The
//! functions on a probe's stack between the profiler's innermost function and the probe itself are
//! on the stack of every allocation: the hook, `__rust_alloc` and the like. The tables for
//! unwinding, which also a stripped program has, say where these functions begin and end.

use std::hint::black_box;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::snapshot::Frame;
use crate::thread::{self, Probe};
use crate::unwind;

/// Frames of a probe that are kept. Without optimisation some fifteen of them are the profiler's and
/// the allocator's.
const FRAMES: usize = 32;

/// The stack of the last probe. One thread makes the probes, once in a process.
static FOUND: [AtomicU64; FRAMES] = [const { AtomicU64::new(0) }; FRAMES];
/// How many frames of `FOUND` are filled.
static DEPTH: AtomicUsize = AtomicUsize::new(0);

/// Records the stack of a probe, and returns how many frames it has. Called from within the
/// allocator. A function of its own, so that the array of frames is on the stack of probes alone.
#[cold]
#[inline(never)]
pub(crate) fn note() -> usize {
    let mut frames = [Frame::default(); unwind::DEPTH];
    let depth = unwind::capture(&mut frames).min(FRAMES);
    for (place, frame) in FOUND.iter().zip(frames) {
        place.store(frame.to_bits(), Ordering::Relaxed);
    }
    DEPTH.store(depth, Ordering::Relaxed);
    depth
}

static KNOWN: OnceLock<Vec<Range<Frame>>> = OnceLock::new();

/// The code of the functions of this process, found once. Empty if stacks cannot be unwound, or before the
/// unwinder is prepared.
pub(crate) fn functions() -> &'static [Range<Frame>] {
    if unwind::is_prepared() {
        KNOWN.get_or_init(find)
    } else {
        &[]
    }
}

/// The number of innermost frames of a stack that are in such functions; 0 before [`functions`] was
/// called. Neither allocates nor waits.
pub(crate) fn leading(frames: &[Frame]) -> usize {
    let known = KNOWN.get().map_or(&[][..], Vec::as_slice);
    let is_hook = |frame: &&Frame| known.iter().any(|function| function.contains(frame));
    frames.iter().take_while(is_hook).count()
}

fn find() -> Vec<Range<Frame>> {
    let mut functions = Vec::new();
    for probe in [allocate, allocate_zeroed, resize] {
        // Tries again, because a signal handler may have allocated in the probe's place.
        let found = (0..TRIES).find_map(|_| found_by(probe));
        functions.extend(found.into_iter().flatten());
    }
    functions.sort_by_key(|function: &Range<Frame>| function.start);
    functions.dedup();
    functions
}

/// The functions between the profiler's innermost one and `probe`. `None` if the recorded stack
/// does not reach `probe`.
fn found_by(probe: fn(&mut Vec<u8>)) -> Option<Vec<Range<Frame>>> {
    let mut block = Vec::with_capacity(SIZE);
    DEPTH.store(0, Ordering::Relaxed);
    thread::probe(Probe::Stack, || probe(black_box(&mut block)));
    let caller = unwind::function_at(probe as *const () as u64)?;
    let frames = FOUND[..DEPTH.load(Ordering::Relaxed)].iter();
    let frames = frames.map(|frame| Frame::from_bits(frame.load(Ordering::Relaxed)));
    let ranges: Vec<_> = frames.map_while(unwind::function_of).collect();
    let depth = ranges.iter().position(|range| *range == caller)?;
    Some(ranges.into_iter().take(depth).collect())
}

/// How often a probe is repeated if its stack is not found.
const TRIES: usize = 3;
/// Bytes of a probe's block, before it is resized.
const SIZE: usize = 64;

// One probe for each entry point of the allocator: alloc, alloc_zeroed and realloc.

#[inline(never)]
fn allocate(block: &mut Vec<u8>) {
    *block = Vec::with_capacity(black_box(SIZE));
}

#[inline(never)]
fn allocate_zeroed(block: &mut Vec<u8>) {
    *block = vec![0; black_box(SIZE)];
}

#[inline(never)]
fn resize(block: &mut Vec<u8>) {
    block.reserve_exact(black_box(2 * SIZE));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_has_the_frames_within_it() {
        let function = Frame::new(2, 16)..Frame::new(2, 32);
        assert!(function.contains(&Frame::new(2, 16)) && function.contains(&Frame::new(2, 31)));
        for other in [Frame::new(2, 15), Frame::new(2, 32), Frame::new(1, 20)] {
            assert!(!function.contains(&other), "{other:?}");
        }
    }
}
