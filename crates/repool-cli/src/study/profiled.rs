//! What profiles say: the top, the flame graph, and what the advice promises.

use repool_pprof::advise::{Advice, AdviseSettings};
use repool_pprof::flame::{self, FlameError, FlameSettings};
use repool_pprof::{Profile, Report, Settings};
use repool_prof::Snapshot;

use crate::costs;

/// What is shown: all that was allocated, in bytes.
const SAMPLE: &str = "alloc_space";

/// The profile of a snapshot as it was written, `file`, and as it is read.
pub(super) struct Profiled {
    pub(super) file: Vec<u8>,
    pub(super) profile: Profile,
}

impl Profiled {
    /// What is wrong otherwise, in a line.
    pub(super) fn of(snapshot: &Snapshot, operations: u64) -> Result<Self, String> {
        let mut file = Vec::new();
        let export = snapshot
            .export()
            .operations(operations)
            // When all is done little is in use.
            .default_sample_type(SAMPLE);
        export
            .write_to(&mut file)
            .map_err(|error| error.to_string())?;
        let profile = Profile::parse(&file).map_err(|error| error.to_string())?;
        Ok(Self { file, profile })
    }

    /// As `repool top --sample alloc_space` prints it.
    pub(super) fn top(&self) -> Result<String, String> {
        let settings = Settings {
            sample: Some(SAMPLE.into()),
            ..Settings::default()
        };
        let report = Report::new(self.profile.clone(), None, &settings);
        report
            .map(|report| report.top().to_string())
            .map_err(|error| error.to_string())
    }

    /// As SVG; `None` if nothing was allocated.
    pub(super) fn flame(&self, title: &str) -> Result<Option<String>, String> {
        let settings = FlameSettings {
            sample: Some(SAMPLE.into()),
            title: title.into(),
            ..FlameSettings::default()
        };
        match flame::svg(&self.profile, &settings) {
            Ok(svg) => Ok(Some(svg)),
            Err(FlameError::Empty { .. }) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// What to pool, and what that would save here.
    pub(super) fn advice(&self) -> Result<Advice, String> {
        let settings = AdviseSettings {
            costs: costs::measured(),
            ..AdviseSettings::default()
        };
        Advice::of(&self.profile, &settings).map_err(|error| error.to_string())
    }
}
