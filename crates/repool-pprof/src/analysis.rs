//! [`Analysis`]: a profile that is ready for tables. `top`, `tree`, `traces` and `list` add the methods
//! that make these tables.

use crate::measure;
use crate::pipeline::{AnalysisError, LabelUnits, PreparedProfile, Warning};
use crate::profile::Profile;
use crate::profile::Sample;
use crate::settings::{Base, Settings};

/// A profile with a selected sample type and selected samples, from which every table is made.
///
/// [`top`](Analysis::top), [`tree`](Analysis::tree), [`traces`](Analysis::traces) and
/// [`list`](Analysis::list) are the tables.
///
/// # Examples
///
/// ```
/// use repool_pprof::{Analysis, Profile, Settings};
///
/// let profile = Profile::open("tests/data/orders.pb.gz")?;
/// let analysis = Analysis::new(profile, None, &Settings::new().sample("alloc_space"))?;
/// assert_eq!(analysis.sample_type(), ("alloc_space", "bytes"));
/// assert_eq!(analysis.label(analysis.total(), "MB"), "1500.91MB");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Analysis {
    prepared: PreparedProfile,
    settings: Settings,
    filters: Vec<String>,
}

impl Analysis {
    /// Subtracts the base, demangles names, drops the frames that the profile asks to drop, and
    /// removes samples that are not in focus. Functions with small values are kept; only tables
    /// omit them.
    ///
    /// # Errors
    ///
    /// If the profile has no such sample type, or if the base's values are of other types or units.
    pub fn new(
        profile: Profile,
        base: Option<Base>,
        settings: &Settings,
    ) -> Result<Self, AnalysisError> {
        let filter = |name: &str, regex: &Option<regex::Regex>| {
            let text = regex.as_ref().map_or("", |regex| regex.as_str());
            (!text.is_empty()).then(|| format!("{name}={text}"))
        };
        let filters = [
            filter("focus", &settings.focus),
            filter("ignore", &settings.ignore),
        ];
        Ok(Self {
            prepared: PreparedProfile::new(profile, base, settings)?,
            settings: settings.clone(),
            filters: filters.into_iter().flatten().collect(),
        })
    }

    /// The prepared profile, with the selected samples. Samples of a base have negated values.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.prepared.profile
    }

    /// The index of the selected sample type, which is also that of its value in
    /// [`Sample::values`].
    #[must_use]
    pub fn sample_index(&self) -> usize {
        self.prepared.sample_index
    }

    /// The name and the unit of the selected sample type.
    #[must_use]
    pub fn sample_type(&self) -> (&str, &str) {
        let kind = self.profile().sample_types[self.prepared.sample_index];
        (
            self.profile().string(kind.kind),
            self.profile().string(kind.unit),
        )
    }

    /// The selected value of a sample.
    ///
    /// # Panics
    ///
    /// May panic if the sample is not of this analysis' [profile](Analysis::profile).
    #[must_use]
    pub fn value(&self, sample: Sample<'_>) -> i64 {
        sample.values[self.prepared.sample_index]
    }

    /// The total that percentages are relative to: the sum of the absolute values of all samples, in
    /// focus or not. With [`Base::diff`], the sum of the base's.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.prepared.total
    }

    /// A value of the selected sample type as a text in another unit; see [`measure::label`].
    #[must_use]
    pub fn label(&self, value: i64, unit: &str) -> String {
        measure::label(value, self.sample_type().1, unit)
    }

    /// The settings that the analysis was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The units of numeric labels.
    #[must_use]
    pub fn label_units(&self) -> &LabelUnits {
        &self.prepared.label_units
    }

    /// Problems that did not prevent the analysis, and that the user should know.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.prepared.warnings
    }

    /// The options focus and ignore as pprof prints them, for instance `focus=main`.
    pub(crate) fn filters(&self) -> &[String] {
        &self.filters
    }
}
