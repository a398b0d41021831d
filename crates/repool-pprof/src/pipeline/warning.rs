use std::fmt;

use indexmap::{IndexMap, IndexSet};

use crate::Profile;
use crate::profile::{LabelValue, Text};

/// What pprof says beside a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Nothing matches [`Settings::focus`](crate::Settings::focus).
    FocusMatchesNothing,
    /// Nothing matches [`Settings::ignore`](crate::Settings::ignore).
    IgnoreMatchesNothing,
    /// Numbers of a label have several units. The first is taken for all.
    UnitsDiffer {
        /// The label's name.
        label: String,
        /// The unit that is taken.
        used: String,
        /// The others, in order.
        others: Vec<String>,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FocusMatchesNothing => f.write_str("focus matches no sample"),
            Self::IgnoreMatchesNothing => f.write_str("ignore matches no sample"),
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

/// The units of labels that are numbers, by their names.
#[derive(Clone, Debug, Default)]
pub struct LabelUnits(IndexMap<Text, IndexSet<Text>>);

impl LabelUnits {
    pub(super) fn of(profile: &Profile) -> Self {
        let mut units: IndexMap<Text, IndexSet<Text>> = IndexMap::new();
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

    /// The unit of a label's numbers: the first that any of them has; where none has one, the
    /// label's name stands for it.
    #[must_use]
    pub fn get<'a>(&self, profile: &'a Profile, key: Text) -> &'a str {
        match self.0.get(&key).and_then(|units| units.first()) {
            Some(unit) => profile.text(*unit),
            None => match profile.text(key) {
                "alignment" | "request" => "bytes",
                name => name,
            },
        }
    }

    pub(super) fn warnings(&self, profile: &Profile) -> Vec<Warning> {
        let several = self.0.iter().filter(|(_, units)| units.len() > 1);
        let warning = |(key, units): (&Text, &IndexSet<Text>)| {
            let mut others: Vec<String> = units
                .iter()
                .skip(1)
                .map(|unit| profile.text(*unit).into())
                .collect();
            others.sort();
            Warning::UnitsDiffer {
                label: profile.text(*key).into(),
                used: profile.text(units[0]).into(),
                others,
            }
        };
        several.map(warning).collect()
    }
}
