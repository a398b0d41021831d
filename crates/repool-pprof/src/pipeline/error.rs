use std::fmt;

/// Why there is no report: one line that says what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportError {
    /// No sample type goes by that name or has that place.
    NoSampleType {
        /// What was asked for.
        asked: String,
        /// What there is.
        types: Vec<String>,
    },
    /// No sample type is there just once in each profile.
    NoCommonSampleType,
    /// The values of two profiles are not of one kind.
    Incompatible {
        /// What is not: a sample type, or the period.
        what: &'static str,
        /// One profile's.
        one: String,
        /// Another one's.
        other: String,
    },
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSampleType { asked, types } => {
                write!(f, "the profile has no sample type {asked:?}; it has ")?;
                for (place, name) in types.iter().enumerate() {
                    let comma = if place == 0 { "" } else { ", " };
                    write!(f, "{comma}{name} ({place})")?;
                }
                Ok(())
            }
            Self::NoCommonSampleType => f.write_str(
                "no sample type is there just once in each profile; take profiles of one kind",
            ),
            Self::Incompatible { what, one, other } => write!(
                f,
                "one profile has the {what} {one}, and another {other}; take profiles of one kind"
            ),
        }
    }
}

impl std::error::Error for ReportError {}
