//! The U test of Mann and Whitney: the probability that two samples of one distribution differ as much
//! in location as these do.
//!
//! U counts the pairs in which a value of the first sample is greater than one of the second; a pair
//! of equal values counts one half. If both samples are of one distribution, every choice of the
//! values that are the first sample's is equally likely. For samples of moderate size the test
//! therefore counts the choices whose U is at most the observed one, with equal values as they are (Mann and Whitney, *On a Test of Whether
//! one of Two Random Variables is Stochastically Larger than the Other*, 1947; Klotz, *The
//! Wilcoxon, Ties, and the Computer*, 1966). For larger samples it uses the normal distribution,
//! corrected for ties and for continuity.

use std::f64::consts::SQRT_2;

/// The largest sample without equal values that is counted exactly: benchstat's limit.
const EXACT_LIMIT: usize = 50;

/// The largest sample with equal values that is counted exactly: benchstat's limit.
const EXACT_LIMIT_WITH_TIES: usize = 25;

/// The probability of a difference as large as that between two sorted samples, in either direction,
/// if both come from one distribution. `None` if all values are equal, which leaves nothing to
/// order.
///
/// It is twice the probability that the first sample's U is at most the smaller of both samples' U.
/// For samples of one size, and for those without equal values, both directions are symmetric, and the
/// result is the probability of either. For samples of different sizes with equal values they are
/// not, and the result may be 0 or more than 1, as in benchstat.
pub(super) fn p(first: &[f64], second: &[f64]) -> Option<f64> {
    let ranks = Ranks::of(first, second);
    if ranks.ties.len() <= 1 {
        return None;
    }
    let tied = ranks.ties.iter().any(|tie| *tie > 1);
    let limit = if tied {
        EXACT_LIMIT_WITH_TIES
    } else {
        EXACT_LIMIT
    };
    if first.len().max(second.len()) <= limit {
        Some(by_counting(&ranks))
    } else {
        Some(by_normal(&ranks))
    }
}

/// The least probability for two samples of these sizes: that of samples which do not overlap.
pub(super) fn least_p(n1: usize, n2: usize) -> f64 {
    if n1.max(n2) > EXACT_LIMIT {
        return 0.0;
    }
    // One choice has the least U, and one the greatest.
    2.0 / choices(n1 + n2, n1) as f64
}

/// Two samples in one order.
struct Ranks {
    sizes: (usize, usize),
    /// How many values are equal, from the smallest to the largest.
    ties: Vec<usize>,
    /// Twice U of the first sample, which is a whole number.
    twice_u: usize,
}

impl Ranks {
    fn of(first: &[f64], second: &[f64]) -> Self {
        let mut rest = (first, second);
        let mut ties = Vec::with_capacity(first.len() + second.len());
        let mut twice_u = 0;
        while let Some(&least) = match (rest.0.first(), rest.1.first()) {
            (Some(a), Some(b)) => Some(if a < b { a } else { b }),
            (a, b) => a.or(b),
        } {
            let equal = |sample: &[f64]| sample.iter().take_while(|x| **x == least).count();
            let (ours, theirs) = (equal(rest.0), equal(rest.1));
            let below = second.len() - rest.1.len();
            twice_u += ours * (2 * below + theirs);
            ties.push(ours + theirs);
            rest = (&rest.0[ours..], &rest.1[theirs..]);
        }
        Self {
            sizes: (first.len(), second.len()),
            ties,
            twice_u,
        }
    }
}

fn by_counting(ranks: &Ranks) -> f64 {
    let (n1, n2) = ranks.sizes;
    let least = ranks.twice_u.min(2 * n1 * n2 - ranks.twice_u);
    if least == n1 * n2 {
        // U is in the middle: both directions together are all choices, and count it twice.
        return 1.0;
    }
    let all = choices(n1 + n2, n1) as f64;
    let mut count = as_small(ranks, least);
    if count == 0 {
        count = of_two_values(ranks, least);
    }
    2.0 * count as f64 / all
}

/// The count of benchstat if no choice has a U that small: 0; with only two different values the
/// number of choices of the least U, because benchstat rounds the quotient of a negative number up.
fn of_two_values(ranks: &Ranks, least: usize) -> u128 {
    let (n1, n2) = ranks.sizes;
    match ranks.ties[..] {
        [low, _] if n1 <= low && n1 * (low - n1) < least + n1 + n2 => choices(low, n1),
        _ => 0,
    }
}

/// How many choices of the first sample have a doubled U of no more than `most`.
fn as_small(ranks: &Ranks, most: usize) -> u128 {
    let (n1, n2) = ranks.sizes;
    // At `taken * (most + 1) + u`: the number of ways to take `taken` of the values seen so far with a
    // doubled U of `u`. U only grows, so a U above `most` is not kept.
    let width = most + 1;
    let mut ways = vec![0_u128; (n1 + 1) * width];
    ways[0] = 1;
    let mut seen = 0_usize;
    for &tie in &ranks.ties {
        let mut next = vec![0; ways.len()];
        for taken in seen.saturating_sub(n2)..=n1.min(seen) {
            let below = seen - taken;
            for more in 0..=tie.min(n1 - taken) {
                let grown = more * (2 * below + tie - more);
                if grown > most || below + tie - more > n2 {
                    continue;
                }
                let alike = choices(tie, more);
                let from = &ways[taken * width..][..width - grown];
                let to = &mut next[(taken + more) * width + grown..][..width - grown];
                for (to, from) in to.iter_mut().zip(from) {
                    *to += alike * from;
                }
            }
        }
        ways = next;
        seen += tie;
    }
    ways[n1 * width..].iter().sum()
}

/// The number of ways to choose `k` of `n`, which fits in 128 bits for the callers' `n` of at most 100.
fn choices(n: usize, k: usize) -> u128 {
    (0..k as u128).fold(1, |ways, i| ways * (n as u128 - i) / (i + 1))
}

fn by_normal(ranks: &Ranks) -> f64 {
    let (n1, n2) = (ranks.sizes.0 as f64, ranks.sizes.1 as f64);
    let n = n1 + n2;
    let ties = ranks.ties.iter().map(|&tie| tie as u128);
    let tied = ties.map(|tie| tie.pow(3) - tie).sum::<u128>() as f64;
    let deviation = (n1 * n2 * ((n + 1.0) - tied / (n * (n - 1.0))) / 12.0).sqrt();
    let off = ranks.twice_u as f64 / 2.0 - n1 * n2 / 2.0;
    let off = match off {
        0.0 => 0.0,
        off => off - 0.5_f64.copysign(off),
    };
    let below = libm::erfc(-(off / deviation) / SQRT_2) / 2.0;
    2.0 * below.min(1.0 - below)
}

#[cfg(test)]
mod tests;
