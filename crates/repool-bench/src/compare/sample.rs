//! The measurements of one benchmark in one unit, and their summary.
//!
//! In an exact unit, all measurements of a benchmark are expected to be equal, as with `assume=exact` in
//! benchstat.

use std::cmp::Ordering;

use super::figure::shortest;
use super::interval;

/// Measurements in ascending order.
pub(super) struct Sample(Vec<f64>);

/// A sample's centre, and an interval that contains the centre.
pub(super) struct Summary {
    /// The median, or in an exact unit the mode.
    pub centre: f64,
    /// The lower end of the median's confidence interval, or `None` if there are too few measurements.
    /// In an exact unit, the least measurement.
    pub low: Option<f64>,
    /// The upper end of the median's confidence interval, or `None` if there are too few measurements.
    /// In an exact unit, the greatest measurement.
    pub high: Option<f64>,
    /// A note for the table, if `low` or `high` is `None` or if measurements in an exact unit differ.
    pub note: Option<String>,
}

impl Sample {
    /// Sorts the measurements. There must be at least one, and all must be finite.
    pub(super) fn new(mut values: Vec<f64>) -> Self {
        // Not `total_cmp`, because 0 and -0 must count as equal.
        values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
        Self(values)
    }

    /// The measurements in ascending order.
    pub(super) fn values(&self) -> &[f64] {
        &self.0
    }

    /// The median, and its confidence interval at the level `confidence` (0.95 for 95 %).
    pub(super) fn median(&self, confidence: f64) -> Summary {
        // Ranks from 1. A rank that no measurement has is an unbounded end.
        let (low_rank, high_rank) = interval::bounds(self.0.len(), confidence);
        let with_rank = |rank: usize| self.0.get(rank.checked_sub(1)?).copied();
        let (low, high) = (with_rank(low_rank), with_rank(high_rank));
        let note = (low.is_none() || high.is_none()).then(|| {
            // `interval::needed` tries at most 50 measurements, as benchstat does.
            let needed = match interval::needed(confidence) {
                Some(needed) => format!(">= {needed}"),
                None => "> 50".into(),
            };
            let level = shortest(confidence);
            format!("need {needed} samples for confidence interval at level {level}")
        });
        Summary {
            centre: self.interpolated_median(),
            low,
            high,
            note,
        }
    }

    /// The median by the eighth definition of Hyndman and Fan (*Sample Quantiles in Statistical
    /// Packages*, 1996), as in benchstat. It differs from the usual median in the last bits only.
    fn interpolated_median(&self) -> f64 {
        let values = &self.0;
        // From 1; between two measurements if it is not an integer.
        let rank = 1.0 / 3.0 + 0.5 * (values.len() as f64 + 1.0 / 3.0);
        let (whole, fraction) = (rank.trunc() as usize, rank.fract());
        match (values.get(whole - 1), values.get(whole)) {
            (Some(below), Some(above)) => below + fraction * (above - below),
            _ => values[values.len() - 1],
        }
    }

    /// The mode, which is the most frequent value, and the range of all values. Of several modes, the
    /// least. For exact units.
    pub(super) fn mode(&self) -> Summary {
        let runs = self.0.chunk_by(|a, b| a == b);
        // In descending order, because `max_by_key` returns the last of several maxima.
        let longest = runs.rev().max_by_key(|run| run.len()).unwrap_or(&self.0);
        let (low, high) = (self.0[0], self.0[self.0.len() - 1]);
        let note = (low != high).then(|| {
            let (low, high) = (shortest(low), shortest(high));
            format!("exact distribution expected, but values range from {low} to {high}")
        });
        Summary {
            centre: longest[0],
            low: Some(low),
            high: Some(high),
            note,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn median(values: &[f64]) -> f64 {
        Sample::new(values.to_vec()).median(0.95).centre
    }

    #[test]
    fn the_centre_is_the_median() {
        assert_eq!(median(&[7.0]), 7.0);
        assert_eq!(median(&[9.0, 1.0]), 5.0);
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
    }

    #[test]
    fn the_mode_is_the_least_of_the_most_frequent_values() {
        let mode = |values: &[f64]| Sample::new(values.to_vec()).mode();
        assert_eq!(mode(&[2.0, 1.0, 2.0, 1.0, 3.0]).centre, 1.0);
        assert_eq!(mode(&[2.0, 2.0, 1.0]).centre, 2.0);
        assert_eq!(mode(&[2.0, 2.0]).note, None);
        assert_eq!(
            mode(&[2.0, 1e7]).note.unwrap(),
            "exact distribution expected, but values range from 2 to 1e+07"
        );
    }
}
