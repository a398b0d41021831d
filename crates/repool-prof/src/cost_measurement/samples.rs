//! [`Samples`]: the figures of the rounds of a measurement, from which an interval is made.

use repool_profile::CostInterval;

/// The most rounds whose figures are kept.
const ROUNDS: usize = 64;

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
    /// Adds a figure. Those after the first 64 are left out.
    pub(crate) fn push(&mut self, value: f64) {
        if let Some(place) = self.values.get_mut(self.count) {
            *place = value;
            self.count += 1;
        }
    }

    /// From the 10th to the 90th percentile. `None` if that includes 0 or less: the time is then not
    /// known.
    pub(crate) fn interval(mut self) -> Option<CostInterval> {
        let values = self.values.get_mut(..self.count)?;
        values.sort_unstable_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let at = |percent: usize| values.get((last * percent + 50) / 100).copied();
        CostInterval::new(at(10)?, at(50)?, at(90)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(values: impl IntoIterator<Item = f64>) -> Option<CostInterval> {
        let mut samples = Samples::default();
        values.into_iter().for_each(|value| samples.push(value));
        samples.interval()
    }

    #[test]
    fn an_interval_leaves_out_a_tenth_at_each_end() {
        let values = (0..=20).rev().map(|number| f64::from(10 + number));
        assert_eq!(interval(values), CostInterval::new(12.0, 20.0, 28.0));
        assert_eq!(interval([7.0]), CostInterval::new(7.0, 7.0, 7.0));
    }

    #[test]
    fn what_cannot_be_told_from_zero_is_unknown() {
        assert_eq!(interval([]), None);
        assert_eq!(interval([-1.0, -1.0, 5.0, 6.0, 7.0]), None);
        assert_eq!(interval([f64::NAN]), None);
        assert!(
            interval((-1..20).map(f64::from)).is_some(),
            "one round of 21"
        );
    }

    #[test]
    fn more_rounds_than_are_kept_do_no_harm() {
        assert_eq!(interval([3.0; 1000]), CostInterval::new(3.0, 3.0, 3.0));
    }
}
