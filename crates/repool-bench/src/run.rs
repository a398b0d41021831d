//! One call of a benchmark's body by the [`Runner`](crate::Runner), and the loop that is measured in it.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use repool_prof::{Counters, Profiler};

use crate::memprofile::Sampling;

/// One run of a benchmark: repeats the body a fixed number of times, and
/// measures that loop. (Go's `*testing.B`.)
///
/// [`Bench::run`](crate::Bench::run) passes one to the benchmark, which may
/// prepare what its body needs, since only the loop is measured:
///
/// ```
/// use repool_bench::{Run, Runner};
/// use std::{collections::HashMap, time::Duration};
///
/// let lookup = |run: &mut Run| {
///     let squares: HashMap<u64, u64> = (0..1000).map(|n| (n, n * n)).collect();
///     let mut n = 0;
///     run.iter(|| {
///         n = (n + 1) % 1000;
///         squares[&n]
///     });
///     run.report_metric(squares.len() as f64, "entries");
/// };
/// let record = Runner::new(Duration::from_millis(1)).measure("Lookup", lookup);
/// assert_eq!(record.metrics["entries"], 1000.0);
/// ```
///
/// A benchmark is run several times with ever more iterations, until the loop
/// lasts for the runner's time; only the last run counts.
#[derive(Debug)]
pub struct Run {
    iterations: u64,
    measured: Option<Measured>,
    metrics: BTreeMap<String, f64>,
    /// Samples the allocations of the loop.
    profiler: Option<Arc<Profiler>>,
}

/// The time and the allocations of the loop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) elapsed: Duration,
    pub(crate) spent: Counters,
}

impl Run {
    pub(crate) fn new(iterations: u64) -> Self {
        Self {
            iterations,
            measured: None,
            metrics: BTreeMap::new(),
            profiler: None,
        }
    }

    /// A run whose loop is sampled by `profiler`, if there is one.
    pub(crate) fn sampled(iterations: u64, profiler: Option<Arc<Profiler>>) -> Self {
        Self {
            profiler,
            ..Self::new(iterations)
        }
    }

    /// How often [`iter`](Run::iter) repeats the body in this run.
    ///
    /// ```
    /// use repool_bench::Runner;
    ///
    /// Runner::check("Sized", |run| {
    ///     let inputs = vec![7; run.iterations() as usize];
    ///     let mut inputs = inputs.into_iter();
    ///     run.iter(|| inputs.next().expect("one for each repetition"));
    /// });
    /// ```
    #[must_use]
    pub fn iterations(&self) -> u64 {
        self.iterations
    }

    /// Repeats `body`, and measures exactly that.
    ///
    /// The result of each repetition is kept from the optimiser and dropped
    /// before the next one, so dropping is measured too.
    ///
    /// # Panics
    ///
    /// If it was called before in the same run, as there would be two results.
    /// A panic of `body` is passed on.
    ///
    /// ```
    /// # use repool_bench::Runner;
    /// # use std::time::Duration;
    /// let record = Runner::new(Duration::from_micros(1)).measure("Summed", |run| {
    ///     let numbers: Vec<u64> = (0..100).collect(); // This is not measured.
    ///     run.iter(|| numbers.iter().sum::<u64>());
    /// });
    /// assert!(record.ns_per_op >= 0.0);
    /// ```
    #[track_caller]
    pub fn iter<R>(&mut self, body: impl FnMut() -> R) {
        assert!(
            self.measured.is_none(),
            "Run::iter was called twice in one run of a benchmark"
        );
        let sampling = self.profiler.as_deref().map(Sampling::new);
        let measured = repeat(self.iterations, body);
        drop(sampling);
        self.measured = Some(measured);
    }

    /// Adds a figure of the benchmark's own to its result, such as
    /// `run.report_metric(hits as f64 / lookups.max(1) as f64, "hits/lookup")`.
    /// A later value of the same unit replaces an earlier one. The result has the
    /// figures of the last run; if one of them is infinite or NaN, the benchmark
    /// has [failed](crate::Bench#failures).
    ///
    /// # Panics
    ///
    /// If `unit` is empty, holds white space, or is one of `ns/op`, `B/op` and
    /// `allocs/op`, which are measured.
    ///
    /// ```
    /// # use repool_bench::Runner;
    /// # use std::time::Duration;
    /// let record = Runner::new(Duration::from_micros(1)).measure("Grown", |run| {
    ///     let mut line = Vec::new();
    ///     run.iter(|| {
    ///         line.clear();
    ///         line.extend_from_slice(b"words");
    ///     });
    ///     run.report_metric(line.capacity() as f64, "B-kept");
    /// });
    /// assert!(record.metrics["B-kept"] >= 5.0);
    /// ```
    #[track_caller]
    pub fn report_metric(&mut self, value: f64, unit: &str) {
        let one_word = !unit.is_empty() && !unit.contains(char::is_whitespace);
        assert!(
            one_word,
            "the unit of a metric must be one word, not {unit:?}"
        );
        let measured = ["ns/op", "B/op", "allocs/op"].contains(&unit);
        assert!(
            !measured,
            "{unit} is measured, and no metric may replace it"
        );
        self.metrics.insert(unit.to_string(), value);
    }

    /// The loop's figures and the metrics. `None` if there was no loop.
    pub(crate) fn finish(self) -> Option<(Measured, BTreeMap<String, f64>)> {
        Some((self.measured?, self.metrics))
    }
}

/// The measured window: only the loop is between the two readings. A function
/// that is not inlined, so that the loop's machine code does not depend on the
/// caller.
#[inline(never)]
fn repeat<R>(iterations: u64, mut body: impl FnMut() -> R) -> Measured {
    let before = Counters::now();
    let start = Instant::now();
    for _ in 0..iterations {
        black_box(body());
    }
    let elapsed = start.elapsed();
    Measured {
        elapsed,
        spent: Counters::now() - before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_the_body_as_often_as_told() {
        let mut run = Run::new(17);
        let mut calls = 0;
        assert_eq!(run.iterations(), 17);
        run.iter(|| calls += 1);
        assert_eq!(calls, 17);
        assert!(run.finish().is_some());
    }

    #[test]
    fn drops_each_result_before_the_next_is_made() {
        use std::cell::Cell;
        struct Alive<'a>(&'a Cell<u32>);
        impl Drop for Alive<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() - 1);
            }
        }
        let alive = Cell::new(0);
        Run::new(3).iter(|| {
            assert_eq!(alive.replace(1), 0);
            Alive(&alive)
        });
        assert_eq!(alive.get(), 0);
    }

    #[test]
    fn a_later_metric_of_a_unit_replaces_the_earlier() {
        let mut run = Run::new(1);
        run.report_metric(1.0, "hits/op");
        run.report_metric(2.0, "hits/op");
        run.iter(|| ());
        let (_, metrics) = run.finish().unwrap();
        assert_eq!(metrics, [("hits/op".to_string(), 2.0)].into());
    }

    #[test]
    fn without_a_loop_there_is_no_result() {
        assert!(Run::new(1).finish().is_none());
    }

    #[test]
    #[should_panic(expected = "Run::iter was called twice in one run of a benchmark")]
    fn two_loops_are_refused() {
        let mut run = Run::new(1);
        run.iter(|| ());
        run.iter(|| ());
    }

    #[test]
    #[should_panic(expected = "the unit of a metric must be one word, not \"hits per op\"")]
    fn a_unit_of_several_words_is_refused() {
        Run::new(1).report_metric(1.0, "hits per op");
    }

    #[test]
    #[should_panic(expected = "the unit of a metric must be one word, not \"\"")]
    fn a_unit_without_a_word_is_refused() {
        Run::new(1).report_metric(1.0, "");
    }

    #[test]
    #[should_panic(expected = "allocs/op is measured, and no metric may replace it")]
    fn a_measured_unit_is_refused() {
        Run::new(1).report_metric(1.0, "allocs/op");
    }
}
