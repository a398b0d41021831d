//! The difference of two samples: percentage, significance and verdict.

use super::figure::shortest;
use super::sample::Sample;
use super::table::{Change, Verdict};
use super::u_test;
use super::unit::Better;

/// The change from `base` to `sample`, whose centres are given. Without an alpha, in exact units, every
/// difference is significant.
pub(super) fn change(
    base: &Sample,
    sample: &Sample,
    (base_centre, centre): (f64, f64),
    alpha: Option<f64>,
    better: Better,
) -> Change {
    let sizes = (base.values().len(), sample.values().len());
    let mut notes = Vec::new();
    let p = match alpha {
        None => 0.0,
        Some(alpha) => match u_test::p(base.values(), sample.values()) {
            None => {
                notes.push("all samples are equal".into());
                1.0
            }
            Some(p) => {
                notes.extend((p > alpha).then(|| too_few(sizes, alpha)).flatten());
                p
            }
        },
    };
    let significant = p <= alpha.unwrap_or(0.0);
    // A p of 0 that benchstat's test gives to a few lopsided measurements proves nothing.
    let provable = alpha.is_none_or(|alpha| u_test::least_p(sizes.0, sizes.1) <= alpha);
    Change {
        base_n: sizes.0,
        percent: if centre == base_centre {
            Some(0.0)
        } else if base_centre == 0.0 {
            None
        } else {
            Some((centre / base_centre - 1.0) * 100.0)
        },
        p,
        significant,
        provable,
        verdict: match better {
            _ if !significant || !provable || centre == base_centre => Verdict::Same,
            Better::Unknown => Verdict::Unknown,
            Better::Higher if centre > base_centre => Verdict::Better,
            Better::Lower if centre < base_centre => Verdict::Better,
            Better::Higher | Better::Lower => Verdict::Worse,
        },
        notes,
    }
}

/// The largest number of measurements that [`too_few`] tries. Nine in each sample can reach an
/// alpha of 0.00005.
const TRIED: usize = 9;

/// A note, if the samples are so small that no difference between them could be significant.
fn too_few((base_n, n): (usize, usize), alpha: f64) -> Option<String> {
    let needed = (1..=TRIED).find(|n| u_test::least_p(*n, *n) <= alpha);
    let (sign, needed) = match needed {
        Some(needed) => (">=", needed),
        None => (">", TRIED + 1),
    };
    (base_n.max(n) < needed).then(|| {
        let level = shortest(alpha);
        format!("need {sign} {needed} samples to detect a difference at alpha level {level}")
    })
}
