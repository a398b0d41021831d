//! The profile that `--memprofile` asks for: what the measured loops allocate.

use std::path::{self, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use repool_prof::Profiler;

use crate::{Config, Record};

/// Whether there was one in this process. A second one would replace the first one's file.
static STARTED: AtomicBool = AtomicBool::new(false);

/// A profile in the making.
pub(crate) struct MemProfile {
    profiler: Arc<Profiler>,
    file: PathBuf,
}

impl MemProfile {
    /// Starts what `config` asks for, if anything: it samples nothing yet. An error is the line to
    /// print.
    pub(crate) fn start(config: &Config) -> Result<Option<Self>, String> {
        let Some(given) = &config.memprofile else {
            return Ok(None);
        };
        let problem =
            |problem: &dyn std::fmt::Display| format!("--memprofile {given:?}: {problem}");
        // A benchmark may change the folder that paths count from.
        let file = path::absolute(given).map_err(|error| problem(&error))?;
        if file.is_dir() || file.file_name().is_none() {
            return Err(problem(&"that is no file"));
        }
        if let Some(folder) = file.parent().filter(|folder| !folder.is_dir()) {
            return Err(problem(&format_args!("there is no folder {folder:?}")));
        }
        if STARTED.load(Ordering::Relaxed) {
            return Err(problem(
                &"another Bench of this process writes that, and only one can",
            ));
        }
        let builder = Profiler::builder()
            .rate(config.memprofile_rate.get())
            .paused();
        let profiler = builder.start().map_err(|error| problem(&error))?;
        STARTED.store(true, Ordering::Relaxed);
        Ok(Some(Self {
            profiler: Arc::new(profiler),
            file,
        }))
    }

    pub(crate) fn profiler(&self) -> Arc<Profiler> {
        Arc::clone(&self.profiler)
    }

    /// Writes what was sampled in so many operations, 0 if they are not all of one kind. An error is
    /// the line to print.
    pub(crate) fn write(&self, operations: u64) -> Result<(), String> {
        self.profiler
            .snapshot()
            .export()
            // When all is done little is in use.
            .default_sample_type("alloc_space")
            .operations(operations)
            .write_pprof(&self.file)
            .map_err(|error| format!("cannot write the profile {:?}: {error}", self.file))
    }
}

/// The operations that were measured, if all are of one benchmark; 0 if not.
pub(crate) fn operations(records: &[Record]) -> u64 {
    if records.iter().any(|record| record.name != records[0].name) {
        return 0;
    }
    records.iter().map(|record| record.iterations).sum()
}

/// Samples for as long as it is there.
pub(crate) struct Sampling<'a>(&'a Profiler);

impl<'a> Sampling<'a> {
    pub(crate) fn new(profiler: &'a Profiler) -> Self {
        profiler.resume();
        Self(profiler)
    }
}

impl Drop for Sampling<'_> {
    fn drop(&mut self) {
        self.0.pause();
    }
}
