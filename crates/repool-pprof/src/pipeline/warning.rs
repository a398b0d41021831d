//! [`Warning`]s of an analysis, and the units of numeric labels.

use std::fmt;

use indexmap::{IndexMap, IndexSet};

use crate::legend;
use crate::profile::{LabelValue, Profile, StringId};

/// A problem that does not prevent an analysis; pprof prints it to standard error. Its text is one
/// line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// [`Settings::focus`](crate::Settings::focus) matches no sample.
    FocusMatchesNothing,
    /// [`Settings::ignore`](crate::Settings::ignore) matches no sample.
    IgnoreMatchesNothing,
    /// The profiler could not follow this many sampled blocks until their free, so that values of
    /// memory in use are too low. Other tables than pprof's have it as a line.
    SamplesLost(u64),
    /// The numbers of a label have several units. The first is used for all of them.
    UnitsDiffer {
        /// The label's name.
        label: String,
        /// The unit that is used.
        used: String,
        /// The other units, in alphabetical order.
        others: Vec<String>,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FocusMatchesNothing => f.write_str("focus matches no sample"),
            Self::IgnoreMatchesNothing => f.write_str("ignore matches no sample"),
            Self::SamplesLost(count) => f.write_str(&legend::lost_samples(*count)),
            Self::UnitsDiffer {
                label,
                used,
                others,
            } => write!(
                f,
                "label {label} is in {used}, but also in {}",
                others.join(", ")
            ),
        }
    }
}

/// The units of numeric labels, by the label's name.
#[derive(Clone, Debug, Default)]
pub struct LabelUnits(IndexMap<StringId, IndexSet<StringId>>);

impl LabelUnits {
    /// Collects the units of all numeric labels.
    pub(super) fn of(profile: &Profile) -> Self {
        let mut units: IndexMap<StringId, IndexSet<StringId>> = IndexMap::new();
        for sample in profile.samples() {
            for label in sample.labels {
                let LabelValue::Number(_, unit) = label.value else {
                    continue;
                };
                let units = units.entry(label.key).or_default();
                if !unit.is_empty() {
                    units.insert(unit);
                }
            }
        }
        Self(units)
    }

    /// The unit of a label's numbers: the first unit in the profile. If none has a unit, it is
    /// `bytes` for `alignment` and `request`, and the label's name for others, as in pprof.
    #[must_use]
    pub fn get<'a>(&self, profile: &'a Profile, key: StringId) -> &'a str {
        match self.0.get(&key).and_then(|units| units.first()) {
            Some(unit) => profile.string(*unit),
            None => match profile.string(key) {
                "alignment" | "request" => "bytes",
                name => name,
            },
        }
    }

    /// A warning for each label with several units.
    pub(super) fn warnings(&self, profile: &Profile) -> Vec<Warning> {
        let several = self.0.iter().filter(|(_, units)| units.len() > 1);
        let warning = |(key, units): (&StringId, &IndexSet<StringId>)| {
            let mut others: Vec<String> = units
                .iter()
                .skip(1)
                .map(|unit| profile.string(*unit).into())
                .collect();
            others.sort();
            Warning::UnitsDiffer {
                label: profile.string(*key).into(),
                used: profile.string(units[0]).into(),
                others,
            }
        };
        several.map(warning).collect()
    }
}
