//! The results of a study, as `study.json` holds them. [`study`](crate::study) writes the file, and
//! [`report`](crate::report) reads it.

use std::path::Path;

use repool::Backend;
use repool_bench::{Machine, Record};
use serde::{Deserialize, Serialize};

/// All results of a study.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The workload's name, such as `log`.
    pub workload: String,
    /// What one operation is, as a clause: "a line is logged".
    pub operation: String,
    /// The machine that the study ran on.
    pub machine: MachineFacts,
    /// Every measurement, in the order in which it was made.
    pub benchmarks: Vec<Record>,
    /// The implementations that were compared; the first is the one without a pool.
    pub variants: Vec<Variant>,
    /// The advice that a variant follows, with the predicted and the measured saving.
    pub verdicts: Vec<Verdict>,
    /// Retained memory over time, one series for each way to keep objects.
    pub retained: Vec<Retained>,
    /// Conclusions from the figures, one sentence each.
    pub takeaways: Vec<String>,
}

/// The machine that a study ran on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MachineFacts {
    /// The operating system by Go's name, such as `linux`.
    pub goos: String,
    /// The architecture by Go's name, such as `amd64`.
    pub goarch: String,
    /// The processor's model; empty if it is unknown.
    pub cpu: String,
    /// The number of threads that the system lets a process run at once.
    pub parallelism: usize,
    /// The pool's engine, and the reason for it.
    pub engine: String,
}

/// One implementation of the workload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Variant {
    /// The benchmark's name, such as `LogNoPool`.
    pub name: String,
    /// What distinguishes it, in a few words: "a fresh buffer for each line".
    pub about: String,
    /// The profile's file name in the folder; empty if there is none.
    pub profile: String,
    /// The flame graph's file name in the folder; empty if there is none.
    pub flame: String,
    /// The number of operations that the profile covers.
    pub operations: u64,
}

/// One piece of advice: the saving that it predicts, and the one that was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Verdict {
    /// The variant whose profile the advice is from.
    pub before: String,
    /// The variant that follows the advice.
    pub after: String,
    /// The functions whose allocations the advice is about.
    pub sites: Vec<String>,
    /// The advice, in one line.
    pub advice: String,
    /// The predicted saving.
    pub predicted: Saving,
    /// The lower and the upper bound of the predicted nanoseconds per operation; `None` if the study is
    /// of a version without bounds.
    #[serde(default)]
    pub predicted_ns_bounds: Option<(f64, f64)>,
    /// The measured saving.
    pub measured: Saving,
}

/// A saving for each operation; negative if it costs more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Saving {
    /// Allocations per operation.
    pub allocs_per_op: f64,
    /// Allocated bytes per operation.
    pub bytes_per_op: f64,
    /// Nanoseconds per operation.
    pub ns_per_op: f64,
}

/// A series of retained memory over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Retained {
    /// The series' name, such as "with the pool".
    pub name: String,
    /// Seconds since the start, and retained bytes at that moment.
    pub points: Vec<(f64, u64)>,
}

impl MachineFacts {
    pub(crate) fn of(machine: &Machine, backend: Backend) -> Self {
        Self {
            goos: machine.goos.clone(),
            goarch: machine.goarch.clone(),
            cpu: machine.cpu.clone().unwrap_or_default(),
            parallelism: machine.parallelism,
            engine: format!("{backend}: {}", backend.reason()),
        }
    }
}

impl Outcome {
    /// The name of the file in a study's folder.
    pub const FILE: &'static str = "study.json";

    /// Reads [`FILE`](Self::FILE) in `folder`, a document of [`to_json`](Self::to_json).
    ///
    /// # Errors
    ///
    /// One line, if the file is missing, cannot be read, or is no such document.
    ///
    /// ```
    /// let problem = repool_cli::study::Outcome::read("/no/such/folder".as_ref()).unwrap_err();
    /// assert!(problem.starts_with("cannot read /no/such/folder/study.json: "));
    /// ```
    pub fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join(Self::FILE);
        let problem = |problem: &dyn std::fmt::Display| {
            format!(
                "cannot read {}: {problem}; repeat the study",
                path.display()
            )
        };
        let text = std::fs::read_to_string(&path).map_err(|error| problem(&error))?;
        serde_json::from_str(&text).map_err(|error| problem(&error))
    }

    /// The results as an indented JSON document with a newline at its end.
    ///
    /// # Panics
    ///
    /// Never: all keys are text, and every value has a form in JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("an outcome is plain data");
        text.push('\n');
        text
    }
}
