//! A profile's file as the page shows it: its top table and its flame graph.

use std::path::Path;

use repool_pprof::flame::{self, FlameSettings};
use repool_pprof::{Profile, Report, Settings};

use super::top_table::TopTable;

/// Go's name of the sample type of bytes allocated since the start.
const BYTES: &str = "alloc_space";

/// A profile with the values that the page shows: `alloc_space` if the profile has them, else its default
/// sample type.
pub(super) struct AllocationProfile {
    report: Report,
    sample: Option<String>,
}

impl AllocationProfile {
    /// Reads a profile.
    ///
    /// # Errors
    ///
    /// One line, if the file cannot be read or has no samples.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let profile = Profile::open(path).map_err(|error| error.to_string())?;
        let sample = profile.sample_types().any(|(kind, _)| kind == BYTES);
        let sample = sample.then(|| BYTES.to_owned());
        let settings = Settings {
            sample: sample.clone(),
            ..Settings::default()
        };
        let report = Report::new(profile, None, &settings)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Ok(Self { report, sample })
    }

    /// The rows of the top table.
    pub(super) fn top(&self) -> TopTable {
        TopTable::parse(&self.report.top().to_string())
    }

    /// The flame graph as an SVG document.
    ///
    /// # Errors
    ///
    /// One line, if there is nothing to draw.
    pub(super) fn flame(&self, title: &str) -> Result<String, String> {
        let settings = FlameSettings {
            sample: self.sample.clone(),
            title: title.into(),
            ..FlameSettings::default()
        };
        flame::svg(self.report.profile(), &settings).map_err(|error| error.to_string())
    }
}
