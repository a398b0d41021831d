//! The measurements of one benchmark in one unit, and their summary.

use std::cmp::Ordering;

use super::figure::shortest;
use super::interval;

/// Measurements in ascending order.
pub(super) struct Sample(Vec<f64>);

/// A sample's centre and its bounds.
pub(super) struct Summary {
    /// The median, or the most frequent value in exact units.
    pub centre: f64,
    /// The lower bound of the true centre; `None` if there are too few measurements.
    pub low: Option<f64>,
    /// The upper bound of the true centre; `None` if there are too few measurements.
    pub high: Option<f64>,
    /// A note for the table, if the interval is unbounded or exact values differ.
    pub note: Option<String>,
}

impl Sample {
    /// Sorts the measurements, of which there must be at least one.
    pub(super) fn new(mut values: Vec<f64>) -> Self {
        // All are finite, and 0 and -0 are equal.
        values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
        Self(values)
    }

    pub(super) fn values(&self) -> &[f64] {
        &self.0
    }

    /// The median, and its interval at this level of confidence.
    pub(super) fn median(&self, confidence: f64) -> Summary {
        let (low, high) = interval::bounds(self.0.len(), confidence);
        let at = |order: usize| self.0.get(order.checked_sub(1)?).copied();
        let (low, high) = (at(low), at(high));
        let note = (low.is_none() || high.is_none()).then(|| {
            let needed = match interval::needed(confidence) {
                Some(needed) => format!(">= {needed}"),
                None => "> 50".into(),
            };
            let level = shortest(confidence);
            format!("need {needed} samples for confidence interval at level {level}")
        });
        Summary {
            centre: self.middle(),
            low,
            high,
            note,
        }
    }

    /// The median by the eighth definition of Hyndman and Fan (*Sample Quantiles in Statistical
    /// Packages*, 1996), as in benchstat. It differs from the usual median in the last bits only.
    fn middle(&self) -> f64 {
        let values = &self.0;
        let place = 1.0 / 3.0 + 0.5 * (values.len() as f64 + 1.0 / 3.0);
        let (whole, part) = (place.trunc() as usize, place.fract());
        match (values.get(whole - 1), values.get(whole)) {
            (Some(below), Some(above)) => below + part * (above - below),
            _ => values[values.len() - 1],
        }
    }

    /// The most frequent value, the least of several. In an exact unit all values should be equal.
    pub(super) fn exact(&self) -> Summary {
        let runs = self.0.chunk_by(|a, b| a == b);
        // `max_by_key` returns the last of several.
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
    fn an_exact_value_is_the_most_frequent_one() {
        let exact = |values: &[f64]| Sample::new(values.to_vec()).exact();
        assert_eq!(exact(&[2.0, 1.0, 2.0, 1.0, 3.0]).centre, 1.0);
        assert_eq!(exact(&[2.0, 2.0, 1.0]).centre, 2.0);
        assert_eq!(exact(&[2.0, 2.0]).note, None);
        assert_eq!(
            exact(&[2.0, 1e7]).note.unwrap(),
            "exact distribution expected, but values range from 2 to 1e+07"
        );
    }
}
