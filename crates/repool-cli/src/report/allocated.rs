//! What a profile's file says was allocated.

use std::path::Path;

use repool_pprof::flame::{self, FlameSettings};
use repool_pprof::{Profile, Report, Settings};

use super::ranking::Top;

/// Bytes since the start, by the name that Go gave them.
const BYTES: &str = "alloc_space";

/// A profile as what was allocated since the start; or, if that is not in it, as what it shows by
/// itself.
pub(super) struct Allocated {
    report: Report,
    sample: Option<String>,
}

impl Allocated {
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

    pub(super) fn top(&self) -> Top {
        Top::of_text(&self.report.top().to_string())
    }

    /// An SVG document, or why there is none.
    pub(super) fn flame(&self, title: &str) -> Result<String, String> {
        let settings = FlameSettings {
            sample: self.sample.clone(),
            title: title.into(),
            ..FlameSettings::default()
        };
        flame::svg(self.report.profile(), &settings).map_err(|error| error.to_string())
    }
}
