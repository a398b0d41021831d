//! The test of Mann and Whitney: how likely it is that two samples differ as much as they do in
//! place if nothing but chance made them differ.
//!
//! U counts the pairs in which a value of the first sample is greater than one of the second, and
//! equal ones by half. If only chance decides which values are the first sample's, every choice of
//! them is equally likely; so for samples of moderate size the choices with a U as small as the
//! one seen are counted, with equal values as they are (Mann and Whitney, *On a Test of Whether
//! one of Two Random Variables is Stochastically Larger than the Other*, 1947; Klotz, *The
//! Wilcoxon, Ties, and the Computer*, 1966). For larger ones the normal distribution stands in,
//! corrected for ties and for its continuity.

use std::f64::consts::SQRT_2;

/// Above this many values the normal distribution is used.
const EXACT_LIMIT: usize = 50;

/// The same, where some values are equal.
const EXACT_LIMIT_WITH_TIES: usize = 25;

/// The chance of a difference as large as that between two sorted samples, in either direction,
/// if both come from the same distribution. `None` if all values are equal: there is nothing to
/// put in order.
///
/// It is twice the chance that the first sample's U is as small as the smaller of both samples'.
/// For samples of one size, and without equal values, both directions are mirror images and that
/// is the chance of either. For samples of different sizes with equal values they are not: the
/// result may then be 0, or more than 1. It is benchstat's all the same.
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

/// The least chance that two samples of these sizes can have: that of samples wholly apart.
pub(super) fn least_p(n1: usize, n2: usize) -> f64 {
    if n1.max(n2) > EXACT_LIMIT {
        return 0.0;
    }
    // One choice in all, and its mirror image.
    2.0 / choices(n1 + n2, n1) as f64
}

/// Two samples in one order.
struct Ranks {
    sizes: (usize, usize),
    /// How many values are equal, from the smallest to the largest.
    ties: Vec<usize>,
    /// Twice U of the first sample, which makes it whole.
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
        // In the very middle: both directions are all there is, and would count it twice.
        return 1.0;
    }
    let all = choices(n1 + n2, n1) as f64;
    let mut count = as_small(ranks, least);
    if count == 0 {
        count = of_two_values(ranks, least);
    }
    2.0 * count as f64 / all
}

/// What benchstat counts where no choice has a U that small: none, but where there are only two
/// different values, those of the least U, because it divides a number below 0 and rounds up.
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
    // The ways to take `taken` values of those seen so far with a doubled U of `u`, at
    // `taken * (most + 1) + u`. U only grows, so larger ones can be forgotten.
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

/// How many ways there are to choose `k` of `n`. No more than 100 are asked for: it fits.
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
