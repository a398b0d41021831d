//! Benchmarks that failed, as the results of a run name them.

use serde::{Deserialize, Serialize};

use super::pairing::without_threads;

/// A benchmark that failed in one of the runs: a line `--- FAIL: BenchmarkName-2`, or an entry of
/// [`Report::failures`](crate::Report::failures). It may have results as well, if it was repeated.
///
/// ```
/// use repool_bench::compare::{Comparison, Input, Options};
///
/// let results = "--- FAIL: BenchmarkCache-2\nBenchmarkLog-2 1000 171 ns/op\n";
/// let comparison = Comparison::read(&[Input::new("new", results)], Options::default())?;
/// assert_eq!(comparison.failures[0].name, "Cache-2");
/// # Ok::<(), repool_bench::compare::CompareError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailedBenchmark {
    /// The label of the run.
    pub column: String,
    /// The benchmark's name without `Benchmark` in front. The number of threads is behind it if the
    /// results have it there.
    pub name: String,
}

impl FailedBenchmark {
    /// Whether this is the benchmark of a row in that column. One of both names may lack the number
    /// of threads.
    pub(super) fn matches(&self, row: &str, column: &str) -> bool {
        self.column == column
            && (self.name == row
                || self.name == without_threads(row)
                || without_threads(&self.name) == row)
    }
}
