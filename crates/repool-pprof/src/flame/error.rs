use std::fmt;

use crate::ReportError;

/// Why there is no flame graph: one line that says what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlameError {
    /// There is no such sample type.
    Sample(ReportError),
    /// Nothing is to be seen, as no stack has a value above 0.
    Empty {
        /// The sample type that was chosen.
        kind: String,
    },
    /// The values are too large for a picture.
    Large,
    /// It could not be drawn.
    Drawing(String),
}

impl fmt::Display for FlameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sample(error) => error.fmt(f),
            Self::Empty { kind } => write!(
                f,
                "no stack has any {kind}; choose another sample type, or profile for longer"
            ),
            Self::Large => f.write_str("the values sum up to 2^63 or more; is the profile sound?"),
            Self::Drawing(error) => write!(f, "the flame graph cannot be drawn: {error}"),
        }
    }
}

impl std::error::Error for FlameError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Sample(error) => Some(error),
            _ => None,
        }
    }
}
