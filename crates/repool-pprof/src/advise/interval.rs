//! [`NsInterval`]: a time that is known within bounds.

use std::ops::{Add, Sub};

use serde::Serialize;

/// A time in nanoseconds that is known within bounds. The true value is between `low` and `high` in
/// most cases; `ns` is the best single figure.
///
/// # Examples
///
/// ```
/// use repool_pprof::Profile;
/// use repool_pprof::advise::{Advice, AdviseSettings};
///
/// let profile = Profile::open("tests/data/orders.pb.gz")?;
/// let advice = Advice::of(&profile, &AdviseSettings::new())?;
/// let time = advice.allocated.ns.expect("the allocator was measured");
/// assert!(time.low <= time.ns && time.ns <= time.high);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NsInterval {
    /// The best single figure.
    pub ns: f64,
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

impl NsInterval {
    /// The largest time in nanoseconds, so that sums stay finite whatever a profile claims.
    const MAX: f64 = 1e12;

    /// An interval from a figure and factors for its bounds. A figure that is negative or not finite
    /// counts as 0.
    pub(super) fn around(ns: f64, low: f64, high: f64) -> Self {
        let ns = finite(ns);
        Self {
            ns,
            low: finite(ns * low),
            high: finite(ns * high),
        }
    }

    /// An interval from its three figures.
    pub(super) fn of(low: f64, ns: f64, high: f64) -> Self {
        let (low, ns) = (finite(low), finite(ns));
        let ns = ns.max(low);
        Self {
            ns,
            low,
            high: finite(high).max(ns),
        }
    }

    /// The time of `count` times this one.
    pub(super) fn times(self, count: f64) -> Self {
        Self {
            ns: self.ns * count,
            low: self.low * count,
            high: self.high * count,
        }
    }

    /// Whether the interval excludes 0, or is exactly 0.
    pub(super) fn is_known(self) -> bool {
        self.low > 0.0 || self == Self::default()
    }
}

/// A time that can be summed, even if a profile or a caller gives a negative or infinite one.
fn finite(ns: f64) -> f64 {
    if ns > 0.0 {
        ns.min(NsInterval::MAX)
    } else {
        0.0
    }
}

impl Add for NsInterval {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            ns: self.ns + other.ns,
            low: self.low + other.low,
            high: self.high + other.high,
        }
    }
}

impl Sub for NsInterval {
    type Output = Self;

    /// The difference of two independent times: its bounds are those of the extreme cases.
    fn sub(self, other: Self) -> Self {
        Self {
            ns: self.ns - other.ns,
            low: self.low - other.high,
            high: self.high - other.low,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_between_the_extreme_cases() {
        let saved = NsInterval::of(10.0, 20.0, 40.0) - NsInterval::around(8.0, 0.5, 2.0);
        assert_eq!((saved.low, saved.ns, saved.high), (-6.0, 12.0, 36.0));
        assert!(!saved.is_known());
    }

    #[test]
    fn what_is_no_time_counts_as_zero() {
        for ns in [f64::NAN, f64::NEG_INFINITY, -1.0] {
            assert_eq!(NsInterval::of(ns, ns, ns), NsInterval::default());
        }
        assert_eq!(NsInterval::around(f64::INFINITY, 0.5, 2.0).high, 1e12);
    }
}
