//! [`CostInterval`]: a measured time with the range of its measurements.

/// A measured time in nanoseconds, with the interval in which most measurements were: about the 10th
/// percentile, the median and the 90th percentile.
///
/// ```
/// use repool_profile::CostInterval;
///
/// let cost = CostInterval::new(8.0, 9.5, 14.0).expect("an interval above 0");
/// assert_eq!(cost.median, 9.5);
/// // What cannot be told from 0 is unknown.
/// assert_eq!(CostInterval::new(-1.0, 2.0, 5.0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct CostInterval {
    /// The lower end, more than 0.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// The upper end.
    pub high: f64,
}

impl CostInterval {
    /// An interval; `None` unless all three are finite, more than 0, and in this order.
    #[must_use]
    pub fn new(low: f64, median: f64, high: f64) -> Option<Self> {
        let is_interval = 0.0 < low && low <= median && median <= high && high.is_finite();
        is_interval.then_some(Self { low, median, high })
    }

    /// The interval at the share `way` of the way to `other`, each end for itself.
    pub(crate) fn towards(self, other: Self, way: f64) -> Self {
        let between = |from: f64, to: f64| from + way * (to - from);
        Self {
            low: between(self.low, other.low),
            median: between(self.median, other.median),
            high: between(self.high, other.high),
        }
    }

    /// The interval of `factor` times the time.
    pub(crate) fn times(self, factor: f64) -> Self {
        Self {
            low: self.low * factor,
            median: self.median * factor,
            high: self.high * factor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_above_zero_and_in_order() {
        assert!(CostInterval::new(1.0, 1.0, 1.0).is_some());
        for (low, median, high) in [
            (0.0, 1.0, 2.0),
            (-1.0, 1.0, 2.0),
            (2.0, 1.0, 3.0),
            (1.0, 3.0, 2.0),
            (1.0, 2.0, f64::INFINITY),
            (f64::NAN, 1.0, 2.0),
            (1.0, f64::NAN, 2.0),
            (1.0, 1.0, f64::NAN),
        ] {
            assert_eq!(CostInterval::new(low, median, high), None);
        }
    }
}
