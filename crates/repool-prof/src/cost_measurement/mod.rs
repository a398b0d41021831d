//! Measures the allocator: the time of fresh, grown and zeroed blocks, against blocks that are kept.
//!
//! Requests that are timed go to the allocator that the hook wraps (`block`). It is known only within
//! a call of the hook. So the measurement is made there: it sets a flag of its thread and allocates,
//! and the hook's slow path calls [`measure`]. Without the hook they go to the global allocator.
//!
//! The figures are differences of a few nanoseconds, on a machine that runs other programs too. So
//! both parts of a difference are timed right after each other, at the same addresses, many blocks for
//! each reading of the clock, and the least of several times is taken (`stopwatch`). What is subtracted
//! is a loop of the same form without the allocator. This is repeated in rounds, each of which measures
//! all sizes (`size_costs`), so that a disturbance is in few rounds of every size. The result is an
//! interval over the rounds and the ways to allocate (`samples`).

mod block;
mod samples;
mod size_costs;
mod stopwatch;

use std::alloc::GlobalAlloc;
use std::hint::black_box;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use block::{Global, Source};
use repool_profile::{AllocatorCosts, PairCost};
pub(crate) use samples::Samples;
use size_costs::SizeCosts;

use crate::thread::{self, Probe, UnsampledGuard};

/// The sizes that are measured: from the smallest block that allocators have, to one that nearly all
/// of them map from the system. Closer where costs change at once: glibc's caches of a thread end at
/// 1 KiB, jemalloc's at 32 KiB, and mimalloc takes longer somewhere above 256 KiB.
const SIZES: [usize; 13] = [
    16,
    64,
    256,
    1 << 10,
    2 << 10,
    4 << 10,
    16 << 10,
    32 << 10,
    64 << 10,
    128 << 10,
    256 << 10,
    512 << 10,
    1 << 20,
];

/// Rounds after the first, which is not counted, unless they take longer than `MAX_TIME`.
const ROUNDS: usize = 10;
/// Rounds that are always made.
const MIN_ROUNDS: usize = 5;
/// Time after which no further round begins.
const MAX_TIME: Duration = Duration::from_millis(25);

/// The costs of each size that was measured; `None` if there was no memory for the blocks.
type Costs = [Option<PairCost>; SIZES.len()];

/// Where the hook leaves what it measured.
static MEASURED: Mutex<Option<Costs>> = Mutex::new(None);

/// Measures the allocator of this program, for sizes from 16 bytes to 1 MiB.
///
/// The first call in a process measures; concurrent calls wait for it. It takes some 25 ms of processor
/// time in a release build: no round of the measurement begins after 25 ms, except the first five. It
/// takes at most some 5 MiB. Its
/// allocations are in no profile, but the calling thread's [`Counters`](crate::Counters) count them,
/// and they affect the allocator: glibc's keeps large blocks for longer after one was freed. Sizes for
/// which there is no memory are left out; `None` if there is no memory for any.
///
/// ```
/// use repool_prof::ProfAlloc;
///
/// #[global_allocator]
/// static ALLOC: ProfAlloc = ProfAlloc::new();
///
/// let costs = repool_prof::measure_allocator_costs().expect("there is memory");
/// assert!(costs.fresh_ns(4096) >= 0.0);
/// if let Some(pair) = costs.pair(48) {
///     assert!(0.0 < pair.low && pair.low <= pair.median && pair.median <= pair.high);
/// }
/// ```
#[must_use]
pub fn measure_allocator_costs() -> Option<&'static AllocatorCosts> {
    static COSTS: OnceLock<Option<AllocatorCosts>> = OnceLock::new();
    COSTS
        .get_or_init(|| AllocatorCosts::new(all().into_iter().flatten()))
        .as_ref()
}

/// Measures every size.
fn all() -> Costs {
    // The hook measures within this allocation.
    thread::probe(Probe::Costs, || drop(black_box(Box::new(0_u8))));
    let measured = MEASURED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    measured.unwrap_or_else(|| measure(&Global))
}

/// Measures `allocator` if the calling thread requests it, and returns whether it does. Called by the
/// hook, with the allocator that it wraps.
pub(crate) fn measure_if_requested(allocator: &dyn GlobalAlloc) -> bool {
    let is_requested = thread::end_probe(Probe::Costs);
    if is_requested {
        let costs = measure(allocator);
        // Not locked by another thread, because one thread measures.
        if let Ok(mut measured) = MEASURED.try_lock() {
            *measured = Some(costs);
        }
    }
    is_requested
}

fn measure(allocator: &dyn GlobalAlloc) -> Costs {
    let begin = Instant::now();
    let own_work = UnsampledGuard::new();
    let source = Source(allocator);
    let mut sizes = SIZES.map(|size| SizeCosts::new(source, size));
    // First, and the smallest sizes first, because the blocks of the other measurements change how
    // the allocator treats such blocks.
    for size in &mut sizes {
        retain(size, SizeCosts::count_faults);
    }
    // Not counted, because caches are filled, and the allocator gets its memory from the system.
    for size in sizes.iter_mut() {
        own_work.grant();
        retain(size, SizeCosts::measure);
        if let Some(size) = size {
            size.clear();
        }
    }
    for round in 0..ROUNDS {
        if round >= MIN_ROUNDS && begin.elapsed() > MAX_TIME {
            break;
        }
        for size in sizes.iter_mut() {
            // The thread's countdown also counts allocations, of which it has room for one step.
            own_work.grant();
            retain(size, SizeCosts::measure);
        }
    }
    sizes.map(|size| size.map(|size| size.costs()))
}

/// Does a step of the measurement of a size, and gives the size up if there is no memory.
fn retain<'a>(
    size: &mut Option<SizeCosts<'a>>,
    step: impl FnOnce(&mut SizeCosts<'a>) -> Option<()>,
) {
    if let Some(costs) = size
        && step(costs).is_none()
    {
        *size = None;
    }
}

#[cfg(test)]
mod tests {
    use std::alloc::System;

    use super::*;

    #[test]
    fn every_size_is_measured() {
        let measured = measure(&System).map(|costs| costs.expect("there is memory"));
        assert_eq!(
            measured.map(|costs| costs.size),
            SIZES.map(|size| size as u64)
        );
        // Holds with any noise: costs leave out figures that are no times.
        let kept = AllocatorCosts::new(measured).expect("costs");
        assert_eq!(kept.pairs(), measured);
        for cost in measured {
            assert_eq!(cost.fresh_ns, cost.pair.map_or(0.0, |pair| pair.median));
            assert_eq!(cost.grown_ns, cost.grown.map_or(0.0, |grown| grown.median));
        }
    }

    #[test]
    fn a_process_is_measured_once() {
        let costs = measure_allocator_costs().expect("there is memory");
        assert_eq!(costs.pairs().len(), SIZES.len());
        // The second call does not measure again, which would give other figures.
        let again = measure_allocator_costs().expect("as before");
        assert!(std::ptr::eq(costs, again));
    }
}
