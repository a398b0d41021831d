//! A profile's file as the page shows it: its top table and its flame graph.

use std::path::Path;

use repool_pprof::flame::{self, FlameSettings};
use repool_pprof::{Analysis, Profile, Settings};

use super::top_table::TopTable;

/// Go's name of the sample type of bytes allocated since the start.
const BYTES: &str = "alloc_space";

/// A profile with the values that the page shows: `alloc_space` if the profile has them, else its default
/// sample type.
pub(super) struct AllocationProfile {
    analysis: Analysis,
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
        let mut settings = Settings::new();
        settings.sample.clone_from(&sample);
        let analysis = Analysis::new(profile, None, &settings)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Ok(Self { analysis, sample })
    }

    /// The rows of the top table.
    pub(super) fn top(&self) -> TopTable {
        TopTable::parse(&self.analysis.top().to_string())
    }

    /// The flame graph as an SVG document.
    ///
    /// # Errors
    ///
    /// One line, if there is nothing to draw.
    pub(super) fn flame(&self, title: &str) -> Result<String, String> {
        let mut settings = FlameSettings::new().title(title);
        settings.sample.clone_from(&self.sample);
        flame::svg(self.analysis.profile(), &settings).map_err(|error| error.to_string())
    }
}
