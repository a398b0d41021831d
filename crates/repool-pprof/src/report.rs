use crate::measure;
use crate::pipeline::{LabelUnits, Prepared, ReportError, Warning};
use crate::profile::Sample;
use crate::{Base, Profile, Settings};

/// A profile as `go tool pprof` sees it, and what is to be shown of it: every table is made of this.
///
/// ```no_run
/// use repool_pprof::{Profile, Report, Settings};
///
/// let profile = Profile::open("allocs.pb.gz")?;
/// let report = Report::new(profile, None, &Settings::default())?;
/// print!("{}", report.top());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    prepared: Prepared,
    settings: Settings,
    filters: Vec<String>,
}

impl Report {
    /// Takes off the base, gives mangled functions readable names, drops what is out of focus, and
    /// what the profile itself says is of no interest. Nothing is too small yet.
    ///
    /// # Errors
    ///
    /// If there is no such sample type, or the base is a profile of another kind.
    pub fn new(
        profile: Profile,
        base: Option<Base>,
        settings: &Settings,
    ) -> Result<Self, ReportError> {
        let filter = |name: &str, regex: &Option<regex::Regex>| {
            let text = regex.as_ref().map_or("", |regex| regex.as_str());
            (!text.is_empty()).then(|| format!("{name}={text}"))
        };
        let filters = [
            filter("focus", &settings.focus),
            filter("ignore", &settings.ignore),
        ];
        Ok(Self {
            prepared: Prepared::new(profile, base, settings)?,
            settings: settings.clone(),
            filters: filters.into_iter().flatten().collect(),
        })
    }

    /// The profile that tables are made of. Its samples are those in focus; those of a base have
    /// negative values.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.prepared.profile
    }

    /// What is shown of each sample: the place among its values.
    #[must_use]
    pub fn sample_index(&self) -> usize {
        self.prepared.sample
    }

    /// The name and the unit of what is shown.
    #[must_use]
    pub fn sample_type(&self) -> (&str, &str) {
        let kind = self.profile().sample_types[self.prepared.sample];
        (
            self.profile().text(kind.kind),
            self.profile().text(kind.unit),
        )
    }

    /// What is shown of a sample of this [profile](Report::profile).
    ///
    /// # Panics
    ///
    /// If the sample is of another.
    #[must_use]
    pub fn value(&self, sample: Sample<'_>) -> i64 {
        sample.values[self.prepared.sample]
    }

    /// What shares are of: all values without their signs, in focus or not, or with
    /// [`Base::diff`] those of the base.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.prepared.total
    }

    /// A value as a text in a unit.
    #[must_use]
    pub fn label(&self, value: i64, unit: &str) -> String {
        measure::label(value, self.sample_type().1, unit)
    }

    /// What it was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The units of the labels of samples.
    #[must_use]
    pub fn label_units(&self) -> &LabelUnits {
        &self.prepared.label_units
    }

    /// What users should know besides.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.prepared.warnings
    }

    /// The regular expressions that samples were chosen by, as pprof writes them.
    pub(crate) fn filters(&self) -> &[String] {
        &self.filters
    }
}
