//! The profile of `--memprofile`: the allocations of the measured loops.

use std::path::{self, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use repool_prof::Profiler;

use crate::config::Config;
use crate::output::complain;
use crate::record::Record;

/// Whether this process has started a [`MemProfile`]. A second one would replace the file of the
/// first.
static STARTED: AtomicBool = AtomicBool::new(false);

/// A running profiler, and the file that its profile is for.
pub(crate) struct MemProfile {
    profiler: Arc<Profiler>,
    file: PathBuf,
}

impl MemProfile {
    /// Starts a paused profiler if `config` names a file for its profile. An error is the line to
    /// print.
    pub(crate) fn start(config: &Config) -> Result<Option<Self>, String> {
        let Some(given) = &config.memprofile else {
            return Ok(None);
        };
        let problem =
            |problem: &dyn std::fmt::Display| format!("--memprofile {given:?}: {problem}");
        // A benchmark may change the process's current directory.
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

    /// Writes the profile, with the number of operations that were sampled: 0 if they are not all of
    /// one benchmark. An error is the line to print.
    pub(crate) fn write(&self, operations: u64) -> Result<(), String> {
        let profile = self
            .profiler
            .snapshot()
            .export()
            .operations(operations)
            .profile();
        profile
            .write_pprof(&self.file)
            .map_err(|error| format!("cannot write the profile {:?}: {error}", self.file))?;
        if let Some(nameless) = profile.missing_symbols() {
            complain(format_args!(
                "repool-bench: {}: {nameless}",
                self.file.display()
            ));
        }
        Ok(())
    }
}

/// The operations that were measured, if all are of one benchmark; 0 if not.
pub(crate) fn operations(records: &[Record]) -> u64 {
    if records.iter().any(|record| record.name != records[0].name) {
        return 0;
    }
    records.iter().map(|record| record.iterations).sum()
}

/// Samples allocations until it is dropped.
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
