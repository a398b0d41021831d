//! The statistical levels of a comparison.

use super::input::CompareError;

/// The statistical levels of a comparison. The default is benchstat's.
///
/// ```
/// use repool_bench::compare::Options;
///
/// let mut strict = Options::default();
/// strict.alpha = 0.01;
/// assert_eq!(strict, Options::new(0.01, 0.95));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// A difference is significant if the probability of one as large by chance alone is at most
    /// this. From 0 to 1; by default 0.05.
    pub alpha: f64,
    /// The probability that the interval around a median contains the true one. From 0 to 1; by
    /// default 0.95.
    pub confidence: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            confidence: 0.95,
        }
    }
}

impl Options {
    /// These levels, each from 0 to 1. [`Comparison::read`](super::Comparison::read) refuses others.
    #[must_use]
    pub const fn new(alpha: f64, confidence: f64) -> Self {
        Self { alpha, confidence }
    }

    pub(super) fn check(&self) -> Result<(), CompareError> {
        for (name, value) in [("alpha", self.alpha), ("confidence", self.confidence)] {
            if !(0.0..=1.0).contains(&value) {
                let message = format!("{name} must be a number from 0 to 1, and is {value}");
                return Err(CompareError::new(message));
            }
        }
        Ok(())
    }
}
