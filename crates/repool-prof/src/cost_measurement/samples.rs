//! [`Samples`]: the figures of the rounds of a measurement, from which an interval is made.

use repool_profile::CostInterval;

/// The most rounds whose figures are kept.
const ROUNDS: usize = 32;

/// Figures of which the lowest and the highest are left out, at least.
const FEW: usize = 5;

/// The factor by which the ends of an interval are set apart for what differs between a program and
/// the measurement: the code around a call, and what else is in the caches. Blocks of 23 programs took
/// 0.8 to 1.6 times what was measured, and seldom less than it (bench/advice, November 2026).
const ALLOWANCE: f64 = 2.0;
/// The part of `ALLOWANCE`, as an exponent, that the upper end gets.
const UPWARDS: f64 = 0.7;
/// The ratio of the ends above which an interval gets no allowance: it has much room already.
const WIDE: f64 = 4.0;

/// Figures of one quantity, one from each round and way to measure it. Has no heap memory, because it
/// is filled within the allocator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Samples {
    values: [f64; ROUNDS],
    count: usize,
}

impl Default for Samples {
    fn default() -> Self {
        Self {
            values: [0.0; ROUNDS],
            count: 0,
        }
    }
}

impl Samples {
    /// Adds a figure. Those after the first 32 are left out.
    pub(crate) fn push(&mut self, value: f64) {
        if let Some(place) = self.values.get_mut(self.count) {
            *place = value;
            self.count += 1;
        }
    }

    /// Forgets all figures.
    pub(crate) fn clear(&mut self) {
        self.count = 0;
    }

    /// From the 10th to the 90th percentile, with an allowance for what differs between programs: less
    /// if the percentiles are far apart, none from a ratio of 4 on. `None` if the percentiles include
    /// 0 or less: the time is then not known.
    pub(crate) fn interval(self) -> Option<CostInterval> {
        Self::interval_of_ways(&[self])
    }

    /// The interval of a quantity that was measured in several ways: the lowest 10th percentile of a
    /// way, the mean of the medians, and the highest 90th percentile. So the median does not depend
    /// on which way has a figure more. `None` if a way has no figures, or as for
    /// [`interval`](Self::interval).
    pub(crate) fn interval_of_ways(ways: &[Self]) -> Option<CostInterval> {
        let (mut low, mut medians, mut high) = (f64::INFINITY, 0.0, f64::NEG_INFINITY);
        for way in ways {
            let (low_of_way, median, high_of_way) = way.percentiles()?;
            low = low.min(low_of_way);
            medians += median;
            high = high.max(high_of_way);
        }
        let room = (WIDE * low / high).clamp(1.0, ALLOWANCE);
        CostInterval::new(
            low / room.powf(1.0 - UPWARDS),
            medians / ways.len() as f64,
            high * room.powf(UPWARDS),
        )
    }

    /// The 10th percentile, the median and the 90th percentile. Leaves out the lowest and the highest
    /// of five figures or more, because a disturbance of the machine may make one of them.
    fn percentiles(mut self) -> Option<(f64, f64, f64)> {
        let values = self.values.get_mut(..self.count)?;
        values.sort_unstable_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let end = match values.len() {
            FEW.. => ((last + 5) / 10).max(1),
            _ => 0,
        };
        let at = |index: usize| values.get(index).copied();
        Some((at(end)?, at(last.div_ceil(2))?, at(last - end)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(values: impl IntoIterator<Item = f64>) -> Samples {
        let mut samples = Samples::default();
        values.into_iter().for_each(|value| samples.push(value));
        samples
    }

    fn interval(values: impl IntoIterator<Item = f64>) -> Option<CostInterval> {
        samples(values).interval()
    }

    #[test]
    fn an_interval_leaves_out_a_tenth_at_each_end() {
        let values = (0..=20).rev().map(|number| f64::from(4 + 2 * number));
        // Has no allowance: it is wide.
        assert_eq!(interval(values), CostInterval::new(8.0, 24.0, 40.0));
    }

    #[test]
    fn one_of_five_figures_may_be_wrong_at_each_end() {
        let wild = [9.0, 10.0, -1000.0, 11.0, 1e9];
        assert_eq!(interval(wild), interval([9.0, 10.0, 11.0]));
        assert_eq!(
            interval([-1.0, 9.0, 10.0, 11.0]),
            None,
            "of four none is left out"
        );
    }

    #[test]
    fn a_narrow_interval_has_an_allowance_and_a_wide_one_has_none() {
        let steady = interval([7.0]).expect("known");
        assert_eq!(steady.median, 7.0);
        assert!(5.6 < steady.low && steady.low < 5.8, "{steady:?}");
        assert!(11.2 < steady.high && steady.high < 11.5, "{steady:?}");
        for ratio in [1.0, 1.5, 2.0, 3.0, 3.9, 4.0, 5.0, 40.0] {
            let got = interval([7.0, 7.0 * ratio]).expect("known");
            assert!(got.low <= 7.0 && got.high >= 7.0 * ratio, "{got:?}");
            assert!(got.high <= got.low * ratio.max(WIDE) * 1.000_001, "{got:?}");
        }
    }

    #[test]
    fn what_cannot_be_told_from_zero_is_unknown() {
        assert_eq!(interval([]), None);
        assert_eq!(interval([0.0]), None);
        assert_eq!(interval([-1.0, -1.0, 5.0, 6.0, 7.0]), None);
        assert_eq!(interval([f64::NAN]), None);
        assert_eq!(interval([f64::INFINITY]), None);
        assert!(
            interval((-1..20).map(f64::from)).is_some(),
            "one round of 21"
        );
    }

    #[test]
    fn an_interval_holds_every_way() {
        let (one, other) = (samples([7.0, 8.0, 9.0]), samples([11.0, 14.0, 28.0]));
        let both = CostInterval::new(7.0, 11.0, 28.0);
        assert_eq!(Samples::interval_of_ways(&[one, other]), both);
        assert_eq!(Samples::interval_of_ways(&[other, one]), both);
        let zero = samples([0.0, 3.0, 4.0]);
        assert_eq!(Samples::interval_of_ways(&[one, zero]), None);
        assert_eq!(Samples::interval_of_ways(&[one, Samples::default()]), None);
        assert_eq!(Samples::interval_of_ways(&[]), None);
    }

    #[test]
    fn what_was_measured_before_a_clear_does_not_count() {
        let mut samples = samples([100.0]);
        samples.clear();
        samples.push(3.0);
        assert_eq!(samples.interval(), interval([3.0]));
    }

    #[test]
    fn more_rounds_than_are_kept_do_no_harm() {
        assert_eq!(interval([3.0; 1000]), interval([3.0]));
    }
}
