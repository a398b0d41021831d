//! [`AnalysisError`]: why profiles cannot be analyzed or merged.

use std::fmt;

/// Why profiles cannot be analyzed or merged. Its text is one line: what is wrong, and what to do.
///
/// # Examples
///
/// ```
/// use repool_pprof::{Analysis, AnalysisError, Profile, Settings};
///
/// let profile = Profile::open("tests/data/orders.pb.gz")?;
/// let error = Analysis::new(profile, None, &Settings::new().sample("cpu")).unwrap_err();
/// assert!(matches!(error, AnalysisError::NoSampleType { .. }));
/// # Ok::<(), repool_pprof::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnalysisError {
    /// The profile has no sample type with this name or index.
    NoSampleType {
        /// The requested name or index.
        asked: String,
        /// The names of the profile's sample types, in order.
        types: Vec<String>,
    },
    /// No sample type occurs exactly once in each of the profiles.
    NoCommonSampleType,
    /// Two profiles have values whose types or units do not match.
    Incompatible {
        /// What does not match: `sample type` or `period`.
        what: &'static str,
        /// Its name and unit in one of the profiles.
        one: String,
        /// Its name and unit in another profile.
        other: String,
    },
}

impl fmt::Display for AnalysisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSampleType { asked, types } => {
                write!(f, "the profile has no sample type {asked:?}; it has ")?;
                for (index, name) in types.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{name} ({index})")?;
                }
                Ok(())
            }
            Self::NoCommonSampleType => f.write_str(
                "no sample type occurs exactly once in each profile; use profiles of one kind",
            ),
            Self::Incompatible { what, one, other } => write!(
                f,
                "one profile has the {what} {one}, another has {other}; use profiles of one kind"
            ),
        }
    }
}

impl std::error::Error for AnalysisError {}
