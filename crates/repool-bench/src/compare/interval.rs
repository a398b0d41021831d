//! The confidence interval of the true median.
//!
//! Each measurement is below the true median with a chance of one half, so how many of `n` are is
//! binomial, and the true median lies between two of the sorted measurements with a chance that is
//! a sum of binomial probabilities (Hahn and Meeker, *Statistical Intervals*, 1991, section 5.2).
//! The interval grows from the middle, by the likelier neighbour, until the chance is reached.
//! For more than thirty measurements the normal distribution replaces the binomial one.
//!
//! Between two neighbours of the same chance the lower one is taken. The last bit of a chance decides
//! whether two are the same, and so changes the figures; the chances are therefore computed by the
//! same operations as in benchstat.

use std::f64::consts::SQRT_2;

/// Above this many measurements the normal distribution is used.
const EXACT_LIMIT: usize = 30;

/// The most measurements that [`needed`] tries.
const TRIED: usize = 50;

/// The ranks, from 1 on, of those of `n` sorted measurements that bound the median at this level of
/// confidence. A rank of 0 or `n + 1` means that there is no bound on that side.
pub(super) fn bounds(n: usize, confidence: f64) -> (usize, usize) {
    let count = n as i64;
    let (low, high) = if confidence >= 1.0 {
        (0, count + 1)
    } else if n <= EXACT_LIMIT {
        by_binomial(count, confidence)
    } else {
        by_normal(count, confidence)
    };
    let within = |order: i64| order.clamp(0, count + 1) as usize;
    (within(low), within(high))
}

/// The least number of measurements whose median has bounds, or `None` if fifty are too few.
pub(super) fn needed(confidence: f64) -> Option<usize> {
    (2..=TRIED).find(|&n| {
        let (low, high) = bounds(n, confidence);
        low > 0 && high <= n
    })
}

fn by_binomial(n: i64, confidence: f64) -> (i64, i64) {
    let chance = |k: i64| choose(n, k) * 0.5_f64.powi(n as i32);
    // The mode, or the lower one of two.
    let mut low = (n + 2) / 2 - 1;
    let mut high = low + 1;
    let mut sum = chance(low);
    while sum < confidence {
        let (below, above) = (chance(low - 1), chance(high));
        if below == 0.0 && above == 0.0 {
            break;
        }
        if below >= above {
            sum += below;
            low -= 1;
        } else {
            sum += above;
            high += 1;
        }
    }
    (low, high)
}

fn by_normal(n: i64, confidence: f64) -> (i64, i64) {
    let mean = n as f64 / 2.0;
    let deviation = (n as f64 * 0.25).sqrt();
    let below = |x: f64| libm::erfc(-(x - mean) / (deviation * SQRT_2)) / 2.0;
    let alpha = (1.0 - confidence) / 2.0;
    // A number k has the normal distribution's share of k - 0.5 to k + 0.5.
    let tail = (0..n).take_while(|k| below(*k as f64 + 0.5) <= alpha);
    let low = tail.count() as i64;
    let high = n + 1 - low;
    // One less at the right may still be enough.
    let chance = |high: i64| below(high as f64 - 0.5) - below(low as f64 - 0.5);
    let shorter = chance(high - 1);
    if shorter >= confidence && shorter < chance(high) {
        (low, high - 1)
    } else {
        (low, high)
    }
}

/// How many ways there are to choose `k` of `n`: exact up to 20, and by logarithms beyond.
fn choose(n: i64, k: i64) -> f64 {
    if k < 0 || k > n {
        return 0.0;
    }
    if n <= 20 {
        return (0..k).fold(1, |ways, i| ways * (n - i) / (i + 1)) as f64;
    }
    let log = |m: i64| libm::lgamma((m + 1) as f64);
    if k == 0 || k == n {
        1.0
    } else {
        (log(n) - log(k) - log(n - k)).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The chance that the median of all lies between two of `n` sorted measurements, by trying
    /// every way in which they can fall below or above it.
    fn chance_of(n: usize, low: usize, high: usize) -> f64 {
        let ways = (0..1_u32 << n).filter(|way| {
            let below = way.count_ones() as usize;
            low <= below && below < high
        });
        ways.count() as f64 / f64::from(1_u32 << n)
    }

    #[test]
    fn intervals_are_the_shortest_that_hold_the_median_often_enough() {
        for n in 1..=16 {
            for confidence in [0.5, 0.8, 0.9, 0.95, 0.99] {
                let (low, high) = bounds(n, confidence);
                let chance = chance_of(n, low, high);
                assert!(chance >= confidence, "{n} {confidence}: {low}..{high}");
                for (low, high) in [(low + 1, high), (low, high - 1)] {
                    assert!(chance_of(n, low, high) < confidence, "{n} {confidence}");
                }
                // As even as it can be: the middle is off by one at most, downwards.
                assert!(matches!(n + 1 - low - high, 0 | 1), "{n}: {low}..{high}");
            }
        }
    }

    /// Worked out by hand from the binomial coefficients.
    #[test]
    fn intervals_at_95_percent_are_known() {
        assert_eq!(bounds(5, 0.95), (0, 5));
        assert_eq!(bounds(6, 0.95), (1, 6));
        assert_eq!(bounds(10, 0.95), (2, 9));
        assert_eq!(bounds(15, 0.95), (4, 12));
        assert_eq!(bounds(20, 0.95), (6, 15));
        assert_eq!(needed(0.95), Some(6));
        assert_eq!(needed(0.5), Some(2));
        assert_eq!(needed(1.0), None);
    }

    #[test]
    fn the_normal_distribution_takes_over_without_a_jump() {
        for n in [31, 40, 60, 200] {
            let (low, high) = bounds(n, 0.95);
            // 1.96 deviations at each side, rounded outwards.
            let reach = 1.959964 * (n as f64).sqrt() / 2.0;
            let expected = n as f64 / 2.0 - reach;
            assert!((low as f64 - expected).abs() <= 1.0, "{n}: {low}..{high}");
            assert!(matches!(n + 1 - low - high, 0 | 1), "{n}: {low}..{high}");
        }
    }
}
