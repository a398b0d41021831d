//! Decides which allocations are sampled, and computes the weight of each sample.
//!
//! As in Go's runtime, samples are a Poisson process along the bytes that a thread allocates. The
//! gap to the next sample is drawn from the exponential distribution whose mean is the *rate*. So
//! each byte has the same chance, and a block of `size` bytes is sampled with the probability
//! 1 - exp(-size / rate). The weight of a sample is the inverse of that probability, which makes the
//! estimates unbiased for blocks of any size.
//!
//! A gap is counted down in steps of at most [`STEP`] bytes. Steps do not change where samples fall.
//! They bound how late a thread notices that a profiler was started, stopped or paused, because the
//! fast path (`alloc`, `thread`) reads nothing but its own countdown.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::thread::{self, SampleGap, Thread};

/// Bytes after which a thread reads the sampler's state. That takes some 20 ns, because the branch
/// is mispredicted: with 64 KiB it is 1/2000 of the time of a program that only allocates.
const STEP: i64 = 64 * 1024;
const _: () = assert!(STEP <= thread::MAX_COUNTDOWN);

/// How often sampling was switched on or off. Odd while it is on.
static STATE: AtomicU64 = AtomicU64::new(0);
/// Mean bytes between samples.
static RATE: AtomicU64 = AtomicU64::new(0);
/// Where the random numbers of all threads come from.
static SEED: AtomicU64 = AtomicU64::new(0);
/// `STATE` when the rate and seed were set. Gaps depend on the difference, so that the same seed
/// gives the same gaps in each session.
static START_STATE: AtomicU64 = AtomicU64::new(0);

/// Sets the mean gap in bytes; with 0 nothing is sampled. Sampling begins with [`resume`].
pub(crate) fn set(rate: u64, seed: u64) {
    RATE.store(rate, Ordering::Relaxed);
    SEED.store(seed, Ordering::Relaxed);
    START_STATE.store(STATE.load(Ordering::Relaxed), Ordering::Relaxed);
}

/// Switches sampling on: for the calling thread at once, for others within [`STEP`] bytes.
pub(crate) fn resume() {
    if RATE.load(Ordering::Relaxed) > 0 {
        // Release: a thread that reads this state also reads the rate and seed set before.
        let _ = STATE.fetch_update(Ordering::Release, Ordering::Relaxed, |state| {
            (state % 2 == 0).then_some(state + 1)
        });
    }
    check_state_at_next_alloc();
}

/// Switches sampling off: for the calling thread at once, for others within [`STEP`] bytes.
pub(crate) fn pause() {
    let _ = STATE.fetch_update(Ordering::Release, Ordering::Relaxed, |state| {
        (state % 2 == 1).then_some(state + 1)
    });
    check_state_at_next_alloc();
}

/// Lets the calling thread read the state at its next allocation.
fn check_state_at_next_alloc() {
    thread::unless_busy(|thread| {
        let ahead = thread.gap.ahead.get().saturating_add(thread.countdown());
        thread.gap.ahead.set(ahead);
        thread.grant(0);
    });
}

/// Decides whether an allocation of `size` bytes, which ended the countdown, is sampled, and starts
/// the next countdown.
#[cold]
pub(crate) fn decide(size: usize) -> bool {
    let sampled = thread::unless_busy(|thread| decide_unless_busy(thread, size as u64));
    sampled.unwrap_or_else(|| {
        thread::collect();
        false
    })
}

fn decide_unless_busy(thread: &Thread, size: u64) -> bool {
    if thread.is_probing() {
        return true;
    }
    let gap = &thread.gap;
    // Acquire: the rate and the seed are those that were set before this state.
    let state = STATE.load(Ordering::Acquire);
    let left = if gap.state.get() == state {
        gap.ahead.get().saturating_add(thread.countdown())
    } else {
        gap.begin(state);
        gap.draw(state).saturating_sub_unsigned(size)
    };
    let ended = left < 0;
    let left = if ended { gap.draw(state) } else { left };
    let step = left.min(STEP);
    gap.ahead.set(left - step);
    thread.grant(step);
    // A gap can also end while sampling is off: the empty one that a thread starts with.
    ended && is_on(state)
}

/// Whether the calling thread's gap was drawn for the sampler's present state. If so, its sample
/// belongs to the running session.
pub(crate) fn is_current(gap: &SampleGap) -> bool {
    // Relaxed: the caller holds a `SessionGuard`, and its session began after the state of the
    // previous session had ended.
    STATE.load(Ordering::Relaxed) == gap.state.get()
}

fn is_on(state: u64) -> bool {
    !state.is_multiple_of(2)
}

impl SampleGap {
    /// Starts the thread's sequence of random numbers for a new state.
    fn begin(&self, state: u64) {
        self.state.set(state);
        self.rate.set(RATE.load(Ordering::Relaxed));
        let turn = state.wrapping_sub(START_STATE.load(Ordering::Relaxed));
        let thread = u64::from(thread::number()) << 32;
        self.random
            .set(mix(SEED.load(Ordering::Relaxed) ^ mix(turn ^ thread)));
    }

    /// Draws the bytes to the next sample.
    fn draw(&self, state: u64) -> i64 {
        if !is_on(state) {
            return i64::MAX;
        }
        let rate = self.rate.get();
        if rate <= 1 {
            return 0;
        }
        // SplitMix64 (Vigna, 2015); its top 53 bits give a number above 0 and at most 1.
        let next = self.random.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.random.set(next);
        let uniform = ((mix(next) >> 11) + 1) as f64 / (1u64 << 53) as f64;
        (-uniform.ln() * rate as f64) as i64
    }
}

/// Mixes all bits into each other: SplitMix64's finaliser.
pub(crate) const fn mix(bits: u64) -> u64 {
    let bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ bits >> 31
}

/// The weight of a sample: how many blocks and bytes one sampled block stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weight {
    /// In units of 1 / [`Weight::ONE`].
    pub(crate) objects: u64,
    pub(crate) bytes: u64,
}

impl Weight {
    /// One block, in the unit of `objects`.
    pub(crate) const ONE: u64 = 1 << 16;

    /// The weight of a sampled block of `size` bytes. Deterministic, so that the free of a block
    /// subtracts what its allocation added.
    pub(crate) fn new(size: u64, rate: u64) -> Self {
        if rate <= 1 || size == 0 {
            return Self {
                objects: Self::ONE,
                bytes: size,
            };
        }
        let weight = -1.0 / (-(size as f64) / rate as f64).exp_m1();
        Self {
            objects: (weight * Self::ONE as f64).round() as u64,
            bytes: (weight * size as f64).round() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_the_inverse_of_the_sampling_probability() {
        let rate = 512 * 1024;
        for size in [1u64, 8, 64, 1000, 100_000, 1 << 20, 1 << 30] {
            let chance = 1.0 - (-(size as f64) / rate as f64).exp();
            let weight = Weight::new(size, rate);
            let objects = weight.objects as f64 / Weight::ONE as f64;
            assert!((objects * chance - 1.0).abs() < 1e-5, "{size}: {objects}");
            let bytes = weight.bytes as f64 * chance / size as f64;
            assert!((bytes - 1.0).abs() < 1e-5, "{size}: {bytes}");
        }
    }

    #[test]
    fn the_weight_is_one_if_every_block_is_sampled() {
        for (size, rate) in [(1, 1), (1000, 1), (1 << 40, 512 * 1024), (0, 1000)] {
            let itself = Weight {
                objects: Weight::ONE,
                bytes: size,
            };
            assert_eq!(Weight::new(size, rate), itself, "{size} at {rate}");
        }
    }

    /// A thread's gap after `begin`.
    fn gap(rate: u64, random: u64) -> SampleGap {
        use std::cell::Cell;
        SampleGap {
            state: Cell::new(1),
            ahead: Cell::new(0),
            rate: Cell::new(rate),
            random: Cell::new(random),
        }
    }

    #[test]
    fn gaps_are_exponential() {
        let rate = 512 * 1024;
        let gap = gap(rate, 42);
        let gaps: Vec<f64> = (0..100_000)
            .map(|_| gap.draw(1) as f64 / rate as f64)
            .collect();
        // The mean of n draws has a standard deviation of 1 / sqrt(n); that of a quantile is similar.
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        for quantile in [0.01, 0.1, 0.5, 1.0, 2.0, 4.0] {
            let below = gaps.iter().filter(|gap| **gap < quantile).count() as f64;
            let share = below / gaps.len() as f64;
            let expected = 1.0 - (-quantile).exp();
            assert!(
                (share - expected).abs() < 0.01,
                "{share} below {quantile}, not {expected}"
            );
        }
    }

    #[test]
    fn every_allocation_is_sampled_at_rate_1_and_none_when_it_is_off() {
        assert!((0..100).all(|_| gap(1, 7).draw(1) == 0));
        assert_eq!(gap(1, 7).draw(2), i64::MAX);
    }

    #[test]
    fn the_largest_gap_is_no_overflow() {
        assert!((0..1000).all(|random| gap(u64::MAX, random).draw(1) > 0));
    }
}
