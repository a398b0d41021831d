//! [`FlameError`]: why a flame graph cannot be drawn.

use std::fmt;

use crate::pipeline::AnalysisError;

/// Why a flame graph cannot be drawn. Its text is one line: what is wrong, and what to do.
///
/// # Examples
///
/// ```
/// use repool_pprof::Profile;
/// use repool_pprof::flame::{self, FlameError, FlameSettings};
///
/// let profile = Profile::open("tests/data/orders.pb.gz")?;
/// let error = flame::svg(&profile, &FlameSettings::new().sample("cpu")).unwrap_err();
/// assert!(matches!(error, FlameError::Sample(_)));
/// # Ok::<(), repool_pprof::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlameError {
    /// The profile has no such sample type, or the profiles' types do not match.
    Sample(AnalysisError),
    /// No stack has a value above 0.
    Empty {
        /// The name of the selected sample type.
        kind: String,
    },
    /// The sum of the values is 2^63 or more.
    Large,
    /// inferno returned this error.
    Drawing(String),
}

impl fmt::Display for FlameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sample(error) => error.fmt(f),
            Self::Empty { kind } => write!(
                f,
                "no stack has {kind} above 0; select another sample type, or profile for longer"
            ),
            Self::Large => f.write_str(
                "the sum of the values is 2^63 or more; check the program that wrote the profile",
            ),
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
