//! [`Bench`], which the `main` of a benchmark target uses: filters by the [`Config`], measures with the
//! [`Runner`], and prints each [`Record`] at once.

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::time::Instant;
use std::{env, process, thread};

use crate::arg_error::ArgError;
use crate::config::{Config, Mode};
use crate::failure::Failure;
use crate::failure::attempt;
use crate::group::Group;
use crate::launch;
use crate::machine::Machine;
use crate::memprofile::{self, MemProfile};
use crate::name::as_word;
use crate::output::{Output, complain};
use crate::printer::Printer;
use crate::record::{Record, Report};
use crate::run::Run;
use crate::runner::Runner;

/// The benchmarks of one executable: measures each one and prints the result.
///
/// Each result in text is printed when it is measured; JSON is printed when the
/// `Bench` is dropped. Once the reader of the output has closed it
/// (`| head -1`), the benchmarks that follow are skipped.
///
/// # Failures
///
/// A benchmark fails if its body panics, does not call [`Run::iter`], or reports
/// a [metric](Run::report_metric) that is infinite or NaN. The others run all the
/// same. Standard error names it, with the reason in one line (the message of a
/// panic is printed by the panic hook); the results have a line
/// `--- FAIL: BenchmarkName-2`, as those of Go, and JSON lists it under
/// `failures`. The drop of the `Bench` then ends the process with 1. A panic
/// cannot be caught in a program that is compiled with `panic = "abort"`.
///
/// ```
/// use repool_bench::{Bench, Config, Machine};
/// use std::time::Duration;
///
/// let config = Config::new(Duration::from_millis(1));
/// let mut bench = Bench::with_output(config, Machine::here(None), std::io::sink());
/// bench.bench("Join", || ["a", "b"].concat());
/// bench.bench_with("Zeroed", [64, 1024], |size| vec![0u8; *size]);
/// bench.group("sort").bench("stable", || [3, 1, 2].sort());
///
/// let names: Vec<_> = bench.records().iter().map(|record| &record.name).collect();
/// assert_eq!(names, ["Join", "Zeroed/64", "Zeroed/1024", "sort/stable"]);
/// ```
pub struct Bench {
    config: Config,
    runner: Runner,
    memprofile: Option<MemProfile>,
    printer: Printer,
    records: Vec<Record>,
    failures: Vec<Failure>,
    /// Whether any benchmark passed the filters, whether it is skipped or not.
    matched: bool,
}

impl Bench {
    /// Reads this process's arguments. For the `main` of a benchmark target with
    /// `harness = false`.
    ///
    /// | argument | meaning |
    /// |---|---|
    /// | `FILTER…` | only benchmarks whose name contains one of them |
    /// | `--skip FILTER` | but none whose name contains it; may be given several times |
    /// | `--exact` | only benchmarks whose whole name is a filter |
    /// | `--time SECONDS` | how long each benchmark's loop lasts; by default 1 |
    /// | `--count N` | measure each benchmark so many times; by default 1 |
    /// | `--json` | print one [`Report`] as JSON |
    /// | `--memprofile FILE` | also write an allocation profile of the measured loops; see [where it allocates](crate#where-it-allocates) |
    /// | `--memprofilerate N` | bytes between samples of that profile; by default 524288; 1 for every allocation |
    /// | `--list` | print names only |
    /// | `--test` | run each body once, as a check |
    /// | `--bench` | measure; `cargo bench` passes it |
    ///
    /// When `cargo test` starts the executable, it passes none of these, and
    /// each body is run once as a check. Started by hand or by `cargo run`, the
    /// executable measures. The two are distinguished by the environment that
    /// cargo sets and by the hash in the file names of test executables.
    /// `--test` and `--bench` always decide; without them, `--time`, `--count`,
    /// `--json` and `--memprofile` measure.
    ///
    /// The profile is written when the `Bench` is dropped. `FILE` is relative to
    /// the folder that the process is started in, which for `cargo bench` is the
    /// package's. Only one `Bench` of a process can write a profile.
    ///
    /// # Arguments of libtest
    ///
    /// `cargo test -- …` passes its arguments to every test executable of a
    /// package, and `cargo nextest` to each one that it lists or runs, so that all
    /// arguments of libtest are accepted, without `-Z` too. `--skip`, `--exact`,
    /// `--list`, `--test`, `--bench` and `--help` are above; of the others, these
    /// have the meaning that they have there:
    ///
    /// | argument | meaning |
    /// |---|---|
    /// | `--ignored` | only ignored tests: no benchmark is one, so that none runs |
    /// | `--include-ignored` | ignored tests too: all benchmarks, as without it |
    /// | `--fail-fast` | after the first failure no further benchmark runs |
    /// | `-q`, `--quiet`, `--format terse` | a check prints a character for each benchmark, `.` or `F` |
    /// | `--report-time`, `--ensure-time` | a check prints the seconds that each benchmark took |
    /// | `--logfile FILE` | write a line `ok NAME` or `failed NAME` for each benchmark to `FILE` |
    ///
    /// These are accepted and change nothing, because a benchmark runs alone, in
    /// the order of the program, and its output is not captured: `--nocapture`,
    /// `--no-capture`, `--show-output`, `--test-threads N`, `--shuffle`,
    /// `--shuffle-seed N`, `--color auto|always|never`, `--format
    /// pretty|json|junit`, `--exclude-should-panic`, `--force-run-in-process`, `-Z
    /// unstable-options`. No benchmark has a limit that `--ensure-time` could
    /// check. Values that libtest refuses are refused.
    ///
    /// # Exit codes
    ///
    /// The process ends with 2 and one line on standard error if the arguments are
    /// wrong, or if a profile or a log cannot be started: there is no folder for
    /// it, or the global allocator is no [`ProfAlloc`](repool_prof::ProfAlloc). It
    /// ends with 0 after help. Use [`Bench::from_args`] to handle both otherwise.
    /// It ends with 1 if results, a profile or a log cannot be written, and, when
    /// the `Bench` is dropped, if a benchmark [failed](Bench#failures).
    ///
    /// ```no_run
    /// let mut bench = repool_bench::Bench::new();
    /// bench.bench("Boxed", || Box::new(1));
    /// ```
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "reads arguments, and may end the process"
    )]
    pub fn new() -> Self {
        Self::from_args(env::args_os().skip(1)).unwrap_or_else(|error| {
            if error.is_help() {
                Output::new("the help", io::stdout()).write(&error.to_string());
            } else {
                complain(format_args!(
                    "{}: {error}",
                    launch::package().as_deref().unwrap_or("bench")
                ));
            }
            process::exit(error.exit_code().into())
        })
    }

    /// Reads `args`, which are without the program's name, and prints to standard
    /// output.
    ///
    /// # Errors
    ///
    /// As [`Config::from_args`], and if a profile or a log cannot be started: its
    /// folder does not exist, the global allocator is no
    /// [`ProfAlloc`](repool_prof::ProfAlloc), or there is a profiler already.
    ///
    /// ```
    /// use repool_bench::Bench;
    ///
    /// assert!(Bench::from_args(["--list"]).is_ok());
    /// assert!(Bench::from_args(["--count", "none"]).is_err());
    /// ```
    pub fn from_args(
        args: impl IntoIterator<Item = impl Into<std::ffi::OsString> + Clone>,
    ) -> Result<Self, ArgError> {
        let config = Config::from_args(args)?;
        Self::start(config, Machine::here(launch::package()), io::stdout())
    }

    /// Measures, checks or lists as `config` says, and prints to `out`, with
    /// `machine` as the header. [`Bench`] has an example.
    ///
    /// A [`memprofile`](Config::memprofile) or [`logfile`](Config::logfile) that
    /// cannot be started ends the process, with one line on standard error and 2.
    /// So does, with 1, the drop of the `Bench` if a benchmark
    /// [failed](Bench#failures).
    #[must_use]
    pub fn with_output(config: Config, machine: Machine, out: impl Write + 'static) -> Self {
        Self::start(config, machine, out).unwrap_or_else(|error| {
            complain(format_args!("repool-bench: {error}"));
            process::exit(error.exit_code().into())
        })
    }

    fn start(
        config: Config,
        machine: Machine,
        out: impl Write + 'static,
    ) -> Result<Self, ArgError> {
        let memprofile = match config.mode {
            Mode::Measure => MemProfile::start(&config).map_err(ArgError::new)?,
            Mode::Check | Mode::List => None,
        };
        let profiler = memprofile.as_ref().map(MemProfile::profiler);
        let runner = Runner::new(config.time).sampled_by(profiler);
        if config.mode == Mode::Measure && !runner.counts_allocations() {
            complain(format_args!(
                "repool-bench: the global allocator counts nothing, so there are times only; \
                 for B/op and allocs/op make repool_prof::ProfAlloc the #[global_allocator]"
            ));
        }
        let printer = Printer::new(&config, machine, out)?;
        Ok(Self {
            config,
            runner,
            memprofile,
            printer,
            records: Vec::new(),
            failures: Vec::new(),
            matched: false,
        })
    }

    /// Measures `body`, which is one operation. A panic of it is a
    /// [failure](Bench#failures) of this benchmark.
    ///
    /// ```
    /// # use repool_bench::{Bench, Config, Machine};
    /// # let config = Config::new(std::time::Duration::from_nanos(1));
    /// # let mut bench = Bench::with_output(config, Machine::here(None), std::io::sink());
    /// bench.bench("Boxed", || Box::new(1)).bench("Joined", || ["a", "b"].concat());
    /// assert_eq!(bench.records().len(), 2);
    /// ```
    pub fn bench<R>(&mut self, name: &str, mut body: impl FnMut() -> R) -> &mut Self {
        self.run(name, |run| run.iter(&mut body))
    }

    /// Measures `body` once for each parameter, as `name/parameter`. A panic of
    /// it is a [failure](Bench#failures) of the benchmark of that parameter.
    ///
    /// # Panics
    ///
    /// If the iterator of the parameters or the `Display` of one panics.
    ///
    /// ```
    /// # use repool_bench::{Bench, Config, Machine};
    /// # let config = Config::new(std::time::Duration::from_nanos(1));
    /// # let mut bench = Bench::with_output(config, Machine::here(None), std::io::sink());
    /// bench.bench_with("Zeroed", [64, 1024], |size| vec![0u8; *size]);
    /// assert_eq!(bench.records()[1].name, "Zeroed/1024");
    /// ```
    pub fn bench_with<P: Display, R>(
        &mut self,
        name: &str,
        parameters: impl IntoIterator<Item = P>,
        mut body: impl FnMut(&P) -> R,
    ) -> &mut Self {
        for parameter in parameters {
            self.bench(&format!("{name}/{parameter}"), || body(&parameter));
        }
        self
    }

    /// Measures a benchmark that prepares something first or reports figures of
    /// its own. It is called several times, and must call [`Run::iter`] each
    /// time; see [`Run`] for an example. A panic of it, and a call without
    /// [`Run::iter`], are [failures](Bench#failures) of this benchmark.
    pub fn run(&mut self, name: &str, mut body: impl FnMut(&mut Run)) -> &mut Self {
        let name = as_word(name);
        self.matched |= self.config.passes_filters(&name);
        if !self.config.selects(&name) {
            return self;
        }
        let ended = self.config.fail_fast && !self.failures.is_empty();
        if ended || self.printer.is_closed() {
            return self;
        }
        let start = Instant::now();
        let outcome = match self.config.mode {
            Mode::List => {
                self.printer.list(&name);
                return self;
            }
            Mode::Check => attempt(|| Runner::try_check(body)),
            Mode::Measure => (0..self.config.count.get()).try_for_each(|_| {
                if self.printer.is_closed() {
                    return Ok(());
                }
                let record = attempt(|| self.runner.try_measure(&name, &mut body, |_| ()))?;
                self.printer.record(&record);
                self.records.push(record);
                Ok(())
            }),
        };
        match outcome {
            Ok(()) => self.printer.passed(&name, start.elapsed()),
            Err(cause) => {
                self.printer.failed(&name, start.elapsed(), &cause);
                let reason = cause.reason();
                self.failures.push(Failure { name, reason });
            }
        }
        self
    }

    /// A group: its benchmarks are called `name/…`.
    ///
    /// ```
    /// # use repool_bench::{Bench, Config, Machine};
    /// # let config = Config::new(std::time::Duration::from_nanos(1));
    /// # let mut bench = Bench::with_output(config, Machine::here(None), std::io::sink());
    /// let mut sort = bench.group("sort");
    /// sort.bench("stable", || [3, 1, 2].sort());
    /// sort.bench("unstable", || [3, 1, 2].sort_unstable());
    /// assert_eq!(bench.records()[1].name, "sort/unstable");
    /// ```
    pub fn group(&mut self, name: &str) -> Group<'_> {
        Group {
            bench: self,
            prefix: name.to_string(),
        }
    }

    /// The results so far, in the order in which they were measured. [`Bench`] has
    /// an example.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The benchmarks that failed so far, in the order in which they ran.
    ///
    /// ```
    /// # use repool_bench::{Bench, Config, Machine};
    /// # let config = Config::new(std::time::Duration::from_nanos(1));
    /// let mut bench = Bench::with_output(config, Machine::here(None), std::io::sink());
    /// bench.bench("Boxed", || Box::new(1));
    /// assert!(bench.failures().is_empty());
    /// ```
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

impl fmt::Debug for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bench")
            .field("config", &self.config)
            .field("records", &self.records)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}

/// Prints the JSON document and writes the profile, if the [`Config`] asks for them.
impl Drop for Bench {
    fn drop(&mut self) {
        // A panic outside of a body ended the run, whose results are not whole.
        if thread::panicking() {
            return;
        }
        let failed = !self.failures.is_empty();
        // The samples of a benchmark that failed have no record.
        let operations = if failed {
            0
        } else {
            memprofile::operations(&self.records)
        };
        if self.config.mode == Mode::Measure && self.config.json {
            self.printer.json(&Report {
                benchmarks: std::mem::take(&mut self.records),
                failures: std::mem::take(&mut self.failures),
            });
        }
        self.printer.end();
        if !self.matched && !self.config.filters.is_empty() {
            complain(format_args!(
                "repool-bench: no benchmark matches {}",
                self.config.filters.join(", ")
            ));
        }
        // Last, for it may end the process.
        let memprofile = self.memprofile.take();
        if let Some(Err(problem)) = memprofile.map(|profile| profile.write(operations)) {
            complain(format_args!("repool-bench: {problem}"));
            process::exit(1);
        }
        if failed {
            process::exit(1);
        }
    }
}
