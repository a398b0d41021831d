//! What `go tool pprof` does with a profile before it makes a report of it, step by step; and one
//! step that it does not have, `runtime_frames`.

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

pub use error::ReportError;
pub(crate) use names::demangle;
pub(crate) use sample_types::find as find_sample_type;
pub use warning::{LabelUnits, Warning};

use crate::profile::LabelValue;
use crate::{Base, Profile, Settings};

/// Marks the samples of a base that shares are of.
const BASE_LABEL: &str = "pprof::base";

/// A profile that reports can be made of, and what is known about it.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub(crate) profile: Profile,
    /// The place of the sample type that is reported.
    pub(crate) sample: usize,
    /// What shares are of.
    pub(crate) total: i64,
    pub(crate) label_units: LabelUnits,
    pub(crate) warnings: Vec<Warning>,
}

impl Prepared {
    pub(crate) fn new(
        mut profile: Profile,
        base: Option<Base>,
        settings: &Settings,
    ) -> Result<Self, ReportError> {
        // Samples are about to be dropped and moved; what refers to their places is void.
        profile.lifetimes = None;
        mappings::complete(&mut profile);
        sample_types::align(std::slice::from_mut(&mut profile))?;
        if let Some(Base {
            profile: mut base,
            diff,
        }) = base
        {
            mappings::complete(&mut base);
            sample_types::align(std::slice::from_mut(&mut base))?;
            merge::subtract(&mut profile, base, diff)?;
        }
        demangle(&mut profile);
        prune::drop_frames(&mut profile);
        if !settings.all_frames {
            runtime_frames::cut(&mut profile);
        }
        mappings::forget_addresses(&mut profile);

        let label_units = LabelUnits::of(&profile);
        let mut warnings = label_units.warnings(&profile);
        let sample = sample_types::find(&profile, settings.sample.as_deref())?;
        // Shares are of all samples, whatever is in focus.
        let total = total(&profile, sample);
        warnings.extend(focus::apply(&mut profile, settings));
        if settings.no_inlines {
            for location in &mut profile.locations {
                let last = location.lines_end.saturating_sub(1);
                location.lines_start = location.lines_start.max(last);
            }
        }
        Ok(Self {
            profile,
            sample,
            total,
            label_units,
            warnings,
        })
    }
}

/// The sum of all values without their signs, or of the base's alone if it has any that is marked.
fn total(profile: &Profile, sample: usize) -> i64 {
    let key = profile.texts.find(BASE_LABEL);
    let text = profile.texts.find("true");
    let (mut all, mut marked) = (0i64, 0i64);
    for one in profile.samples() {
        let value = one.values[sample].wrapping_abs();
        all = all.wrapping_add(value);
        let is_marked = key.is_some()
            && one.labels.iter().any(|label| {
                Some(label.key) == key
                    && matches!(label.value, LabelValue::Text(own) if Some(own) == text)
            });
        if is_marked {
            marked = marked.wrapping_add(value);
        }
    }
    if marked > 0 { marked } else { all }
}
