//! What a study found, as `study.json` holds it; the report is made from that.

use std::path::Path;

use repool::Backend;
use repool_bench::{Machine, Record};
use serde::{Deserialize, Serialize};

/// All that a study found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// What was studied: `log`, say.
    pub workload: String,
    /// What one operation is: "a line is logged".
    pub operation: String,
    /// Where it ran.
    pub machine: MachineFacts,
    /// Every measurement, in the order in which they were made.
    pub benchmarks: Vec<Record>,
    /// What was compared, the one that a program starts with first.
    pub variants: Vec<Variant>,
    /// What the advice promised, and how it came out.
    pub verdicts: Vec<Verdict>,
    /// How much memory is kept over time, by what keeps it.
    pub retained: Vec<Retained>,
    /// What follows from the figures, a sentence each.
    pub takeaways: Vec<String>,
}

/// Where a study ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineFacts {
    /// As Go calls the system: `linux`.
    pub goos: String,
    /// As Go calls the processor: `amd64`.
    pub goarch: String,
    /// The processor's own name.
    pub cpu: String,
    /// How many threads can run at once.
    pub parallelism: usize,
    /// The pool's engine and why it is that one.
    pub engine: String,
}

/// One way to do the work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// The name of its benchmark: `LogNoPool`, say.
    pub name: String,
    /// How it does it, in a few words: "a fresh buffer for each line".
    pub about: String,
    /// Its profile, by the file's name in the folder.
    pub profile: String,
    /// Its flame graph, by the file's name in the folder.
    pub flame: String,
    /// How many operations the profile is of.
    pub operations: u64,
}

/// A piece of advice, and what happened when it was followed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The variant whose profile was looked at.
    pub before: String,
    /// The variant that follows the advice.
    pub after: String,
    /// The functions that the advice is about.
    pub sites: Vec<String>,
    /// What to do, in a line.
    pub advice: String,
    /// What it would save.
    pub predicted: Saving,
    /// What it saved.
    pub measured: Saving,
}

/// What is saved for each operation; less than 0 if it costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Saving {
    /// Allocations.
    pub allocs_per_op: f64,
    /// Bytes that are allocated.
    pub bytes_per_op: f64,
    /// Nanoseconds.
    pub ns_per_op: f64,
}

/// Memory that is kept, over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Retained {
    /// What keeps it: "with the pool", say.
    pub name: String,
    /// Seconds since the start, and bytes.
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
    /// The file's name in the folder of a study.
    pub const FILE: &'static str = "study.json";

    /// Reads what [`to_json`](Outcome::to_json) wrote into a folder.
    ///
    /// # Errors
    ///
    /// In a line, if there is no such file or it is something else.
    ///
    /// ```
    /// let problem = repool_cli::study::Outcome::read("/no/such/folder".as_ref()).unwrap_err();
    /// assert!(problem.starts_with("cannot read /no/such/folder/study.json: "));
    /// ```
    pub fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join(Self::FILE);
        let problem = |problem: &dyn std::fmt::Display| {
            format!(
                "cannot read {}: {problem}; do the study again",
                path.display()
            )
        };
        let text = std::fs::read_to_string(&path).map_err(|error| problem(&error))?;
        serde_json::from_str(&text).map_err(|error| problem(&error))
    }

    /// The document, indented, with a newline at its end.
    ///
    /// # Panics
    ///
    /// Never: it has no key that is not text and no value that JSON cannot say.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("an outcome is plain data");
        text.push('\n');
        text
    }
}
