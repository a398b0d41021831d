//! [`Bench`], which the `main` of a benchmark target uses: filters by the [`Config`], measures with the
//! [`Runner`], and prints each [`Record`] as it comes.

use std::fmt::Display;
use std::io::{self, Write};
use std::{env, process, thread};

use crate::memprofile::{self, MemProfile};
use crate::name::as_word;
use crate::output::Output;
use crate::runner::not_finite;
use crate::{ArgError, Config, Machine, Mode, Record, Report, Run, Runner, format, launch};

/// The benchmarks of one executable: measures each one that it is given and
/// prints the result.
///
/// Text results are printed as they come; JSON is printed when the `Bench` is
/// dropped, all at once. Once nobody reads the output any more (`| head -1`),
/// the benchmarks that follow are skipped.
///
/// ```
/// use repool_bench::{Bench, Config, Machine};
/// use std::time::Duration;
///
/// let config = Config { time: Duration::from_millis(1), ..Config::default() };
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
    machine: Machine,
    runner: Runner,
    memprofile: Option<MemProfile>,
    out: Output,
    records: Vec<Record>,
    /// Whether any benchmark passed the filters.
    matched: bool,
    /// Whether any benchmark had a metric that is not finite, and so has no record.
    failed: bool,
    /// How wide the column of names is now.
    width: usize,
}

impl Bench {
    /// Does what this process's arguments say. For the `main` of a benchmark
    /// target with `harness = false`.
    ///
    /// | argument | meaning |
    /// |---|---|
    /// | `FILTER…` | only benchmarks whose name contains one of them |
    /// | `--skip FILTER` | but none whose name contains it; may be given several times |
    /// | `--exact` | only benchmarks whose whole name is a filter |
    /// | `--time SECONDS` | how long each benchmark's loop lasts; 1 if not said |
    /// | `--count N` | measure each benchmark so many times; 1 if not said |
    /// | `--json` | print one [`Report`] as JSON |
    /// | `--memprofile FILE` | also write an allocation profile of the measured loops; see [where it allocates](crate#where-it-allocates) |
    /// | `--memprofilerate N` | bytes between samples of that profile; 524288 if not said, 1 for every allocation |
    /// | `--list` | print names only |
    /// | `--test` | run each body once, as a check |
    /// | `--bench` | measure; `cargo bench` passes it |
    ///
    /// When `cargo test` starts the executable, it passes none of these, and
    /// each body is run once as a check. Started by hand or by `cargo run`, the
    /// executable measures: that is what a person who starts a benchmark wants.
    /// The two are told apart by the environment that cargo sets and by the
    /// hash in the file names of what it tests; `--test` and `--bench` always
    /// decide, and who says `--time`, `--count`, `--json` or `--memprofile` wants
    /// figures.
    ///
    /// The profile is written when the `Bench` is dropped. `FILE` counts from the
    /// folder that the process is started in, which for `cargo bench` is the
    /// package's. One `Bench` of a process can write one.
    ///
    /// Ends the process if the arguments are wrong (one line on standard error,
    /// exit code 2; so does a profile that cannot be: no folder for it, or no
    /// [`ProfAlloc`](repool_prof::ProfAlloc)) or ask for help (exit code 0). Use
    /// [`Bench::from_args`] to handle that otherwise. Results and profiles that
    /// cannot be written end it with 1, and so does, when the `Bench` is dropped, a
    /// benchmark with a [metric](Run::report_metric) that is infinite or NaN: it is
    /// named on standard error, and the others run.
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
                // Help that nobody reads is not worth a complaint.
                let _ = write!(io::stdout(), "{error}");
            } else {
                eprintln!(
                    "{}: {error}",
                    launch::package().as_deref().unwrap_or("bench")
                );
            }
            process::exit(error.exit_code().into())
        })
    }

    /// Does what `args` say, the program's name not among them, and prints to
    /// standard output.
    ///
    /// # Errors
    ///
    /// As [`Config::from_args`], and if a profile is asked for that cannot be: its
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

    /// Does what `config` says and prints to `out`, with `machine` as the header.
    ///
    /// A [`memprofile`](Config::memprofile) that cannot be started ends the
    /// process, with one line on standard error and 2.
    #[must_use]
    pub fn with_output(config: Config, machine: Machine, out: impl Write + 'static) -> Self {
        Self::start(config, machine, out).unwrap_or_else(|error| {
            eprintln!("repool-bench: {error}");
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
            eprintln!(
                "repool-bench: the global allocator counts nothing, so there are times only; \
                 for B/op and allocs/op make repool_prof::ProfAlloc the #[global_allocator]"
            );
        }
        let out = Output::new(out);
        Ok(Self {
            config,
            machine,
            runner,
            memprofile,
            out,
            records: Vec::new(),
            matched: false,
            failed: false,
            width: 0,
        })
    }

    /// Measures `body`, which is one operation.
    ///
    /// # Panics
    ///
    /// A panic of the body is passed on.
    pub fn bench<R>(&mut self, name: &str, mut body: impl FnMut() -> R) -> &mut Self {
        self.run(name, |run| run.iter(&mut body))
    }

    /// Measures `body` once for each parameter, as `name/parameter`.
    ///
    /// # Panics
    ///
    /// A panic of the body is passed on.
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
    /// time; see [`Run`] for an example.
    ///
    /// # Panics
    ///
    /// If `body` does not call [`Run::iter`]. A panic of the body is passed on.
    pub fn run(&mut self, name: &str, mut body: impl FnMut(&mut Run)) -> &mut Self {
        let name = as_word(name);
        if !self.config.selects(&name) {
            return self;
        }
        self.matched = true;
        match self.config.mode {
            Mode::List => self.out.write(&format!("{name}: benchmark\n")),
            Mode::Check => {
                Runner::check(&name, body);
                self.out.write(&format!("checked {name}\n"));
            }
            Mode::Measure => {
                for _ in 0..self.config.count.get() {
                    if self.out.is_closed() {
                        break;
                    }
                    let record = self.runner.measure_any(&name, &mut body, |_| ());
                    if let Some(problem) = not_finite(&record) {
                        eprintln!("repool-bench: benchmark {name} failed: {problem}");
                        self.failed = true;
                        break;
                    }
                    self.report(record);
                }
            }
        }
        self
    }

    /// A group: its benchmarks are called `name/…`.
    ///
    /// ```
    /// # use repool_bench::{Bench, Config, Machine};
    /// # let config = Config { time: std::time::Duration::from_nanos(1), ..Config::default() };
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

    /// The results so far, in the order in which they were measured.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    fn report(&mut self, record: Record) {
        if !self.config.json {
            if self.records.is_empty() {
                self.out.write(&format::header(&self.machine));
            }
            let threads = self.machine.parallelism;
            let needed = format::name_width([record.name.as_str()], threads);
            if needed > self.width {
                // With room to spare, so that the column seldom moves (as in Go).
                self.width = needed + 8;
            }
            self.out
                .write(&(format::line(&record, threads, self.width) + "\n"));
        }
        self.records.push(record);
    }
}

/// Prints the JSON document and writes the profile, where those were asked for.
impl Drop for Bench {
    fn drop(&mut self) {
        // A failed run has no results to be taken for whole.
        if thread::panicking() {
            return;
        }
        let operations = memprofile::operations(&self.records);
        if self.config.mode == Mode::Measure && self.config.json {
            let benchmarks = std::mem::take(&mut self.records);
            self.out.write(&Report { benchmarks }.to_json());
        }
        if !self.matched && !self.config.filters.is_empty() {
            eprintln!(
                "repool-bench: no benchmark matches {}",
                self.config.filters.join(", ")
            );
        }
        // Last, for it may end the process.
        let memprofile = self.memprofile.take();
        if let Some(Err(problem)) = memprofile.map(|profile| profile.write(operations)) {
            eprintln!("repool-bench: {problem}");
            process::exit(1);
        }
        if self.failed {
            process::exit(1);
        }
    }
}

/// Benchmarks whose names begin alike; see [`Bench::group`].
pub struct Group<'a> {
    bench: &'a mut Bench,
    prefix: String,
}

impl Group<'_> {
    /// As [`Bench::bench`].
    ///
    /// # Panics
    ///
    /// A panic of the body is passed on.
    pub fn bench<R>(&mut self, name: &str, body: impl FnMut() -> R) -> &mut Self {
        self.bench.bench(&self.named(name), body);
        self
    }

    /// As [`Bench::bench_with`].
    ///
    /// # Panics
    ///
    /// A panic of the body is passed on.
    pub fn bench_with<P: Display, R>(
        &mut self,
        name: &str,
        parameters: impl IntoIterator<Item = P>,
        body: impl FnMut(&P) -> R,
    ) -> &mut Self {
        self.bench.bench_with(&self.named(name), parameters, body);
        self
    }

    /// As [`Bench::run`].
    ///
    /// # Panics
    ///
    /// As [`Bench::run`].
    pub fn run(&mut self, name: &str, body: impl FnMut(&mut Run)) -> &mut Self {
        self.bench.run(&self.named(name), body);
        self
    }

    /// A group within this one.
    pub fn group(&mut self, name: &str) -> Group<'_> {
        let prefix = self.named(name);
        Group {
            bench: self.bench,
            prefix,
        }
    }

    fn named(&self, name: &str) -> String {
        format!("{}/{name}", self.prefix)
    }
}
