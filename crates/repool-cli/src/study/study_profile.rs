//! The profile of one implementation: its file, and the top, flame graph and advice made from it.

use repool_pprof::advise::{Advice, AdviseSettings};
use repool_pprof::flame::{self, FlameError, FlameSettings};
use repool_pprof::{Analysis, Profile, Settings};
use repool_prof::Snapshot;

use crate::costs;

/// The values that are shown: bytes allocated since the start.
const SAMPLE: &str = "alloc_space";

/// A snapshot as a profile: `file` is what is written to disk, `profile` the same parsed.
pub(super) struct StudyProfile {
    pub(super) file: Vec<u8>,
    pub(super) profile: Profile,
}

impl StudyProfile {
    /// # Errors
    ///
    /// One line, if the file that was written cannot be read again.
    pub(super) fn of(snapshot: &Snapshot, operations: u64) -> Result<Self, String> {
        let mut file = Vec::new();
        let export = snapshot
            .export()
            .operations(operations)
            // At the end of a study few objects are live, so `inuse_space` would show little.
            .default_sample_type(SAMPLE);
        export
            .write_to(&mut file)
            .map_err(|error| error.to_string())?;
        let profile = Profile::parse(&file).map_err(|error| error.to_string())?;
        Ok(Self { file, profile })
    }

    /// The text of `repool top --sample alloc_space`.
    pub(super) fn top(&self) -> Result<String, String> {
        let settings = Settings::new().sample(SAMPLE);
        let analysis = Analysis::new(self.profile.clone(), None, &settings);
        analysis
            .map(|analysis| analysis.top().to_string())
            .map_err(|error| error.to_string())
    }

    /// The flame graph as SVG; `None` if nothing was allocated.
    pub(super) fn flame(&self, title: &str) -> Result<Option<String>, String> {
        let settings = FlameSettings::new().sample(SAMPLE).title(title);
        match flame::svg(&self.profile, &settings) {
            Ok(svg) => Ok(Some(svg)),
            Err(FlameError::Empty { .. }) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The advice, with predictions from costs measured on this machine.
    pub(super) fn advice(&self) -> Result<Advice, String> {
        let settings = AdviseSettings::new().costs(costs::measure());
        Advice::of(&self.profile, &settings).map_err(|error| error.to_string())
    }
}
