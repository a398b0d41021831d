//! How sure a comparison must be.

use super::input::CompareError;

/// How sure a comparison must be. The default is benchstat's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// A difference is significant if chance alone makes one as large with this probability or
    /// less. From 0 to 1; by default 0.05.
    pub alpha: f64,
    /// How likely the interval around a median holds the true one. From 0 to 1; by default 0.95.
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
