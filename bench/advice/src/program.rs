//! [`Program`]: a program of the suite: how it is built and run.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use std::{env, fs};

use repool_bench::{Record, Report};

use crate::expected::Expected;
use crate::source_lines::SourceLines;

/// A program, and what is expected of it.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) expected: Expected,
    pub(crate) lines: SourceLines,
    executable: PathBuf,
}

impl Program {
    /// All programs, by name.
    pub(crate) fn find() -> Result<Vec<Self>, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs/src/bin");
        let problem = |error| format!("{}: {error}", folder.display());
        let mut folders = Vec::new();
        for entry in fs::read_dir(&folder).map_err(problem)? {
            folders.push(entry.map_err(problem)?.path());
        }
        folders.sort();
        folders.iter().map(|folder| Self::read(folder)).collect()
    }

    /// The program in a folder.
    fn read(folder: &Path) -> Result<Self, String> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let lines = SourceLines::read(&folder.join("main.rs"))?;
        let own = env::current_exe().map_err(|error| format!("this program's path: {error}"))?;
        Ok(Self {
            expected: Expected::read(&folder.join("expected.toml"), &lines.markers())?,
            lines,
            // Cargo writes the executables of a workspace to one folder.
            executable: own.with_file_name(&*name),
            name: name.into_owned(),
        })
    }

    /// Runs a benchmark once for this time, and writes a profile of every allocation.
    pub(crate) fn profile(
        &self,
        benchmark: &str,
        time: Duration,
        file: &Path,
    ) -> Result<Record, String> {
        let rate = ["--memprofilerate", "1", "--memprofile"].map(OsStr::new);
        let records = self.run(benchmark, time, rate.into_iter().chain([file.as_os_str()]))?;
        let [record] = <[Record; 1]>::try_from(records)
            .map_err(|records| format!("{} {benchmark}: {} results", self.name, records.len()))?;
        Ok(record)
    }

    /// Measures a benchmark this many times in one process.
    pub(crate) fn measure(
        &self,
        benchmark: &str,
        time: Duration,
        count: u32,
    ) -> Result<Vec<Record>, String> {
        let count = count.to_string();
        self.run(benchmark, time, ["--count", &count].map(OsStr::new))
    }

    fn run<'a>(
        &self,
        benchmark: &str,
        time: Duration,
        args: impl IntoIterator<Item = &'a OsStr>,
    ) -> Result<Vec<Record>, String> {
        let mut command = Command::new(&self.executable);
        let time = time.as_secs_f64().to_string();
        command.args([benchmark, "--exact", "--json", "--time", &time]);
        let problem = |problem: &str| format!("{} {benchmark}: {problem}", self.name);
        let output = command.args(args).stderr(Stdio::piped()).output();
        let output = output.map_err(|error| problem(&error.to_string()))?;
        let report = report(&output).map_err(|error| problem(&error))?;
        match report.benchmarks.is_empty() {
            true => Err(problem("there is no such benchmark")),
            false => Ok(report.benchmarks),
        }
    }
}

/// The report that a program has printed.
fn report(output: &Output) -> Result<Report, String> {
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}: {}", output.status, said.trim()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

/// Builds programs in this program's profile.
pub(crate) fn build(programs: &[Program]) -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--manifest-path"]);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    for program in programs {
        command.args(["--bin", &program.name]);
    }
    let status = command
        .status()
        .map_err(|error| format!("cargo: {error}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("the programs were not built: {status}")),
    }
}
