//! Prepares a profile for tables, in the steps of `go tool pprof`: subtract a base (`merge`),
//! demangle names (`names`), drop frames (`prune`), and select samples (`focus`). One step is not
//! pprof's: to remove frames of Rust's runtime (`runtime_frames`).

mod error;
mod focus;
mod mappings;
mod merge;
mod names;
mod prune;
pub(crate) mod runtime_frames;
mod sample_types;
mod sum;
mod warning;

pub use error::AnalysisError;
pub(crate) use names::demangle;
pub(crate) use sample_types::find as find_sample_type;
pub use warning::{LabelUnits, Warning};

use crate::profile::LabelValue;
use crate::profile::Profile;
use crate::settings::{Base, Settings};

/// The label of a base's samples, if percentages are relative to the base. pprof's label.
const BASE_LABEL: &str = "pprof::base";

/// A profile that is ready for tables, with the values that all tables need.
#[derive(Clone, Debug)]
pub(crate) struct PreparedProfile {
    pub(crate) profile: Profile,
    /// The index of the selected sample type.
    pub(crate) sample_index: usize,
    /// The total that percentages are relative to.
    pub(crate) total: i64,
    pub(crate) label_units: LabelUnits,
    pub(crate) warnings: Vec<Warning>,
}

impl PreparedProfile {
    pub(crate) fn new(
        mut profile: Profile,
        base: Option<Base>,
        settings: &Settings,
    ) -> Result<Self, AnalysisError> {
        // Lifetimes refer to samples by index, and the next steps remove samples.
        profile.lifetimes = None;
        mappings::add_missing(&mut profile);
        sample_types::align(std::slice::from_mut(&mut profile))?;
        if let Some(Base {
            profile: mut base,
            diff,
        }) = base
        {
            mappings::add_missing(&mut base);
            sample_types::align(std::slice::from_mut(&mut base))?;
            merge::subtract(&mut profile, base, diff)?;
        }
        demangle(&mut profile);
        prune::drop_frames(&mut profile);
        if !settings.all_frames {
            runtime_frames::remove(&mut profile);
        }
        mappings::remove_urls(&mut profile);

        let label_units = LabelUnits::of(&profile);
        let mut warnings = label_units.warnings(&profile);
        if profile.lost_samples > 0 && settings.all_frames {
            warnings.push(Warning::SamplesLost(profile.lost_samples));
        }
        let sample_index = sample_types::find(&profile, settings.sample.as_deref())?;
        // Percentages are relative to all samples, not only those in focus.
        let total = total(&profile, sample_index);
        warnings.extend(focus::apply(&mut profile, settings));
        if settings.no_inlines {
            for location in &mut profile.locations {
                let last = location.lines_end.saturating_sub(1);
                location.lines_start = location.lines_start.max(last);
            }
        }
        Ok(Self {
            profile,
            sample_index,
            total,
            label_units,
            warnings,
        })
    }
}

/// The sum of the absolute values of all samples, or of those with the base's label if there are any.
fn total(profile: &Profile, sample_index: usize) -> i64 {
    let key = profile.strings.find(BASE_LABEL);
    let value_of_label = profile.strings.find("true");
    let (mut all, mut marked) = (0i64, 0i64);
    for one in profile.samples() {
        let value = one.values[sample_index].wrapping_abs();
        all = all.wrapping_add(value);
        let is_marked = key.is_some()
            && one.labels.iter().any(|label| {
                Some(label.key) == key
                    && matches!(label.value, LabelValue::Text(own) if Some(own) == value_of_label)
            });
        if is_marked {
            marked = marked.wrapping_add(value);
        }
    }
    if marked > 0 { marked } else { all }
}
