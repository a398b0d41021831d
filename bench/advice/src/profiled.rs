//! [`Profiled`]: a benchmark with the profile of its allocations.

use std::path::Path;
use std::time::Duration;

use repool_pprof::Profile;
use repool_pprof::advise::{Advice, AdviseSettings, Costs};

use crate::program::Program;

/// How long a profiled loop runs without the profiler.
const TIME: Duration = Duration::from_millis(50);

/// A benchmark of which every allocation was sampled.
pub(crate) struct Profiled {
    profile: Profile,
    /// The operations of the profile.
    operations: u64,
}

impl Profiled {
    /// Runs a benchmark whose iterations have this many operations. The profile is written to `file`.
    pub(crate) fn run(
        program: &Program,
        benchmark: &str,
        operations: u64,
        file: &Path,
    ) -> Result<Self, String> {
        let record = program.profile(benchmark, TIME, file)?;
        let profile = Profile::open(file);
        Ok(Self {
            profile: profile.map_err(|error| format!("{} {benchmark}: {error}", program.name))?,
            operations: record.iterations * operations,
        })
    }

    /// The advice on the profile.
    pub(crate) fn advice(&self, costs: &Costs) -> Result<Advice, String> {
        let settings = AdviseSettings::new()
            .max_sites(usize::MAX)
            .operations(self.operations)
            .costs(costs.clone());
        Advice::of(&self.profile, &settings).map_err(|error| error.to_string())
    }

    /// The allocated bytes of one operation, on all threads. The harness counts only one thread, and
    /// rounds down.
    pub(crate) fn bytes(&self) -> f64 {
        self.total("alloc_space")
    }

    /// The allocations of one operation, on all threads.
    pub(crate) fn allocations(&self) -> f64 {
        self.total("alloc_objects")
    }

    /// The sum of a quantity over all stacks, for one operation.
    fn total(&self, kind: &str) -> f64 {
        let mut types = self.profile.sample_types();
        let index = types.position(|(name, _)| name == kind);
        let value = |values: &[i64]| index.map_or(0, |index| values[index]);
        let samples = self.profile.samples();
        let sum: i64 = samples.map(|sample| value(sample.values)).sum();
        sum as f64 / self.operations as f64
    }
}
