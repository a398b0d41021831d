//! The number of a benchmark's iterations: it grows by Go's rule until the loop lasts long enough.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use repool_prof::Profiler;

use crate::name::as_word;
use crate::record::Record;
use crate::run::Measured;
use crate::run::Run;

/// The most iterations of a loop: a billion, which is Go's limit.
const MOST_ITERATIONS: u64 = 1_000_000_000;

/// Measures benchmarks and returns the results as data.
///
/// ```
/// use repool_bench::Runner;
/// use std::time::Duration;
///
/// let runner = Runner::new(Duration::from_millis(1));
/// let record = runner.measure("Boxed", |run| run.iter(|| Box::new(1)));
/// assert_eq!(record.name, "Boxed");
/// assert!(record.iterations >= 1);
/// ```
#[derive(Clone, Debug)]
pub struct Runner {
    time: Duration,
    counts: bool,
    /// Samples the loops whose figures are the result.
    profiler: Option<Arc<Profiler>>,
}

/// The next call of a benchmark's body by a [`Runner`], for a progress display;
/// [`Runner::measure_with`] has an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// How often the body will be repeated in the run that begins now.
    pub iterations: u64,
}

impl Runner {
    /// A runner whose loops last about `time`: at least that long, unless a
    /// billion iterations are done before.
    ///
    /// Makes one allocation, to find out whether the global allocator counts it.
    #[must_use]
    pub fn new(time: Duration) -> Self {
        Self {
            time,
            counts: repool_prof::is_installed(),
            profiler: None,
        }
    }

    /// This runner with a paused `profiler`, which samples the loops whose figures are the result.
    pub(crate) fn sampled_by(self, profiler: Option<Arc<Profiler>>) -> Self {
        Self { profiler, ..self }
    }

    /// Whether the records will have bytes and allocations: whether the global
    /// allocator is a [`ProfAlloc`](repool_prof::ProfAlloc).
    ///
    /// ```
    /// use repool_bench::Runner;
    /// use std::time::Duration;
    ///
    /// let runner = Runner::new(Duration::from_nanos(1));
    /// assert!(!runner.counts_allocations());
    /// let record = runner.measure("Boxed", |run| run.iter(|| Box::new(1)));
    /// assert_eq!(record.bytes_per_op, None);
    /// ```
    #[must_use]
    pub fn counts_allocations(&self) -> bool {
        self.counts
    }

    /// Measures one benchmark, which is called with a [`Run`] and must call
    /// [`Run::iter`].
    ///
    /// The first call is for a single iteration, which also warms up caches and
    /// pools. Each further call is for as many iterations as would last for the
    /// runner's time at the speed of the call before, and a fifth more, but at
    /// most a hundred times as many as before. The first call that lasts for the
    /// runner's time is the result.
    ///
    /// # Panics
    ///
    /// If `body` does not call [`Run::iter`], and if a metric of the run that
    /// counts is infinite or NaN. A panic of the body is passed on.
    pub fn measure(&self, name: &str, body: impl FnMut(&mut Run)) -> Record {
        self.measure_with(name, body, |_| ())
    }

    /// As [`measure`](Runner::measure), and calls `progress` before each call of
    /// the body, outside of the measured loop.
    ///
    /// # Panics
    ///
    /// As [`measure`](Runner::measure).
    ///
    /// ```
    /// use repool_bench::Runner;
    /// use std::time::Duration;
    ///
    /// let mut steps = Vec::new();
    /// let record = Runner::new(Duration::from_millis(1)).measure_with(
    ///     "Boxed",
    ///     |run| run.iter(|| Box::new(1)),
    ///     |step| steps.push(step.iterations),
    /// );
    /// assert_eq!(steps.first(), Some(&1));
    /// assert_eq!(steps.last(), Some(&record.iterations));
    /// ```
    pub fn measure_with(
        &self,
        name: &str,
        body: impl FnMut(&mut Run),
        progress: impl FnMut(Step),
    ) -> Record {
        self.try_measure(name, body, progress)
            .unwrap_or_else(|problem| fail(name, &problem))
    }

    /// As [`measure_with`](Runner::measure_with), with the reason for which there is no result as an
    /// error.
    pub(crate) fn try_measure(
        &self,
        name: &str,
        mut body: impl FnMut(&mut Run),
        mut progress: impl FnMut(Step),
    ) -> Result<Record, String> {
        let mut once = |iterations, profiler: Option<&Arc<Profiler>>| {
            progress(Step { iterations });
            let mut run = Run::sampled(iterations, profiler.cloned());
            body(&mut run);
            run.finish().ok_or_else(no_loop)
        };
        let (iterations, mut result) = fill(self.time, |iterations| {
            let result = once(iterations, None)?;
            Ok::<_, String>((result.0.elapsed, result))
        })?;
        // The number of iterations that lasts long enough is known only now, and samples cannot be
        // removed from the profile.
        if let Some(profiler) = &self.profiler {
            result = once(iterations, Some(profiler))?;
        }
        let (measured, metrics) = result;
        check_finite(&metrics)?;
        let Measured { elapsed, spent } = measured;
        let spent = self.counts.then_some(spent);
        Ok(Record {
            metrics,
            ..Record::of_loop(as_word(name), iterations, elapsed, spent)
        })
    }

    /// Runs a benchmark's body for a single iteration and measures nothing: does it still work?
    ///
    /// # Panics
    ///
    /// If `body` does not call [`Run::iter`], and if a metric of its only run is infinite or NaN. A
    /// panic of the body is passed on.
    ///
    /// ```
    /// # use repool_bench::Runner;
    /// let mut calls = 0;
    /// Runner::check("Counted", |run| run.iter(|| calls += 1));
    /// assert_eq!(calls, 1);
    /// ```
    pub fn check(name: &str, body: impl FnMut(&mut Run)) {
        Self::try_check(body).unwrap_or_else(|problem| fail(name, &problem));
    }

    /// As [`check`](Runner::check), with the reason for which there is no result as an error.
    pub(crate) fn try_check(mut body: impl FnMut(&mut Run)) -> Result<(), String> {
        let mut run = Run::new(1);
        body(&mut run);
        let (_, metrics) = run.finish().ok_or_else(no_loop)?;
        check_finite(&metrics)
    }
}

/// Refuses metrics that are infinite or NaN: neither Go's format nor JSON has such numbers.
fn check_finite(metrics: &BTreeMap<String, f64>) -> Result<(), String> {
    match metrics.iter().find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some((unit, value)) => Err(format!(
            "its metric {unit} is {value}; report a finite number (is a divisor 0?)"
        )),
    }
}

fn no_loop() -> String {
    "it did not call Run::iter, so there is nothing to measure".into()
}

fn fail(name: &str, problem: &str) -> ! {
    panic!("benchmark {name} failed: {problem}")
}

/// Calls `run` with ever more iterations until one call takes `goal` or there
/// are enough. `run` returns how long it took and its result; an error ends the loop.
fn fill<T, E>(
    goal: Duration,
    mut run: impl FnMut(u64) -> Result<(Duration, T), E>,
) -> Result<(u64, T), E> {
    let mut iterations = 1;
    loop {
        let (elapsed, result) = run(iterations)?;
        if elapsed >= goal || iterations >= MOST_ITERATIONS {
            return Ok((iterations, result));
        }
        iterations = predict(goal, iterations, elapsed);
    }
}

/// How many iterations should take `goal`, if `last` of them took `elapsed`:
/// Go's rule. Aims a fifth too high, since falling short costs another run;
/// grows at most a hundredfold, since short runs are badly timed; and by one at
/// least.
fn predict(goal: Duration, last: u64, elapsed: Duration) -> u64 {
    // A run may take less than the clock's step.
    let elapsed = elapsed.as_nanos().max(1);
    // In u128, as the product of a long goal and many iterations needs.
    let wanted = goal.as_nanos() * u128::from(last) / elapsed;
    let wanted = u64::try_from(wanted + wanted / 5).unwrap_or(u64::MAX);
    wanted.min(last * 100).max(last + 1).min(MOST_ITERATIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn nanos(nanos: u64) -> Duration {
        Duration::from_nanos(nanos)
    }

    #[test]
    fn aims_a_fifth_above_the_goal() {
        // 1000 took 0.1 s, so 10,000 would take the second.
        assert_eq!(predict(SECOND, 1000, Duration::from_millis(100)), 12_000);
    }

    #[test]
    fn grows_a_hundredfold_at_most_and_by_one_at_least() {
        assert_eq!(predict(SECOND, 1, nanos(10)), 100);
        assert_eq!(predict(SECOND, 1, Duration::ZERO), 100);
        assert_eq!(predict(SECOND, 1, nanos(999_999_999)), 2);
        assert_eq!(
            predict(SECOND, 500, SECOND * 2),
            501,
            "even if it was too long"
        );
    }

    #[test]
    fn stops_at_a_billion_whatever_the_goal() {
        assert_eq!(predict(SECOND, 900_000_000, nanos(1)), MOST_ITERATIONS);
        assert_eq!(
            predict(Duration::MAX, 999_999_999, nanos(1)),
            MOST_ITERATIONS
        );
    }

    /// The calls that `fill` makes for a body that takes `each` a time.
    fn calls(goal: Duration, each: Duration) -> Vec<u64> {
        let mut calls = Vec::new();
        let (iterations, ()) = fill(goal, |n| {
            calls.push(n);
            Ok::<_, String>((each * u32::try_from(n).unwrap(), ()))
        })
        .unwrap();
        assert_eq!(
            calls.last(),
            Some(&iterations),
            "the last call is the result"
        );
        calls
    }

    #[test]
    fn a_fast_body_is_approached_in_steps() {
        assert_eq!(
            calls(SECOND, nanos(100)),
            [1, 100, 10_000, 1_000_000, 12_000_000]
        );
    }

    #[test]
    fn a_slow_body_runs_once() {
        assert_eq!(calls(SECOND, SECOND), [1]);
    }

    #[test]
    fn a_body_that_takes_no_time_ends_at_the_limit() {
        assert_eq!(
            calls(SECOND, Duration::ZERO),
            [1, 100, 10_000, 1_000_000, 100_000_000, MOST_ITERATIONS],
        );
    }

    #[test]
    fn names_become_one_word() {
        let record = Runner::new(nanos(1)).measure("two words", |run| run.iter(|| ()));
        assert_eq!(record.name, "two_words");
    }

    #[test]
    fn the_metrics_are_those_of_the_last_run() {
        let runner = Runner::new(Duration::from_micros(100));
        let record = runner.measure("Metric", |run| {
            run.iter(|| ());
            run.report_metric(run.iterations() as f64, "repeats");
        });
        assert_eq!(record.metrics["repeats"], record.iterations as f64);
    }

    #[test]
    #[should_panic(expected = "benchmark Ratio failed: its metric hits/op is NaN;")]
    fn a_metric_that_is_no_number_is_refused() {
        Runner::new(nanos(1)).measure("Ratio", |run| {
            run.iter(|| ());
            run.report_metric(f64::NAN, "hits/op");
        });
    }

    #[test]
    #[should_panic(expected = "benchmark Ratio failed: its metric hits/op is inf;")]
    fn a_check_refuses_a_metric_that_is_no_number() {
        Runner::check("Ratio", |run| {
            run.iter(|| ());
            run.report_metric(f64::INFINITY, "hits/op");
        });
    }

    #[test]
    fn only_the_run_that_counts_needs_finite_metrics() {
        let runner = Runner::new(Duration::from_micros(100));
        let record = runner.measure("Ratio", |run| {
            run.iter(|| ());
            let lookups = run.iterations() as f64 - 1.0;
            run.report_metric(lookups / lookups, "hits/op");
        });
        assert_eq!(record.metrics["hits/op"], 1.0);
    }

    #[test]
    #[should_panic(expected = "benchmark Empty failed: it did not call Run::iter")]
    fn a_benchmark_without_a_loop_is_refused() {
        Runner::new(SECOND).measure("Empty", |_| ());
    }

    #[test]
    #[should_panic(expected = "benchmark Empty failed: it did not call Run::iter")]
    fn a_check_without_a_loop_is_refused() {
        Runner::check("Empty", |_| ());
    }
}
