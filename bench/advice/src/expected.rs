//! [`Expected`]: what an expert would do about a program, written before the advisor was run.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use repool_pprof::advise::Action;
use serde::Deserialize;

/// The record of a program: its `expected.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) profile: Vec<ExpectedProfile>,
}

/// What the advice on the profile of one benchmark has to be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedProfile {
    pub(crate) benchmark: String,
    /// The marker of the line that an expert changes first; `None` if there is nothing to change.
    pub(crate) first: Option<String>,
    /// The actions at that line, any of which is right.
    #[serde(default)]
    pub(crate) actions: Vec<String>,
    /// The reason.
    pub(crate) why: String,
    /// Why the advice is wrong today; `None` if it is right. It does not fail then, but in the summary.
    #[serde(default)]
    pub(crate) known: Option<String>,
    /// What must not be recommended.
    #[serde(default)]
    pub(crate) never: Vec<LineActions>,
    /// The operations of one iteration.
    #[serde(default = "one")]
    pub(crate) operations: u64,
    /// The benchmarks with the advice applied.
    #[serde(default)]
    pub(crate) applied: Vec<AppliedBenchmark>,
}

/// A benchmark, and the recommendations that it applies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppliedBenchmark {
    pub(crate) benchmark: String,
    /// The changed lines. Without any, it is the first line with the expected actions.
    #[serde(default)]
    pub(crate) changes: Vec<LineActions>,
}

/// Actions at the line with a marker.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineActions {
    pub(crate) line: String,
    pub(crate) actions: Vec<String>,
    /// Only sites in functions whose name contains this.
    #[serde(default)]
    pub(crate) function: String,
}

fn one() -> u64 {
    1
}

/// The actions that a record may name.
const ACTIONS: [Action; 7] = [
    Action::Scratch,
    Action::ThreadLocal,
    Action::Pool,
    Action::BufPool,
    Action::WithCapacity,
    Action::PassBuffer,
    Action::Borrow,
];

impl Expected {
    /// Reads a record, whose lines are named by these markers.
    ///
    /// # Errors
    ///
    /// The file and what is wrong in it: its form, an unknown action or marker, or a missing one.
    pub(crate) fn read(path: &Path, markers: &BTreeSet<&str>) -> Result<Self, String> {
        let problem = |problem: String| format!("{}: {problem}", path.display());
        let text = fs::read_to_string(path).map_err(|error| problem(error.to_string()))?;
        let expected: Self = toml::from_str(&text).map_err(|error| problem(error.to_string()))?;
        for profile in &expected.profile {
            profile.check(markers).map_err(&problem)?;
        }
        Ok(expected)
    }
}

impl ExpectedProfile {
    /// The changes of a benchmark.
    pub(crate) fn changes(&self, applied: &AppliedBenchmark) -> Vec<LineActions> {
        match (&self.first, &*applied.changes) {
            (Some(first), []) => vec![LineActions {
                line: first.clone(),
                actions: self.actions.clone(),
                function: String::new(),
            }],
            (_, changes) => changes.to_vec(),
        }
    }

    /// Checks the names of lines and actions.
    fn check(&self, markers: &BTreeSet<&str>) -> Result<(), String> {
        let problem = |problem: &str| Err(format!("{}: {problem}", self.benchmark));
        let changes = self.applied.iter().flat_map(|applied| &applied.changes);
        let lines = || self.never.iter().chain(changes.clone());
        let names = lines().map(|change| &change.line).chain(&self.first);
        if let Some(name) = names.into_iter().find(|name| !markers.contains(&***name)) {
            return problem(&format!("main.rs has no `// line: {name}`"));
        }
        let mut actions = lines()
            .flat_map(|change| &change.actions)
            .chain(&self.actions);
        if let Some(name) = actions.find(|name| ACTIONS.iter().all(|known| known.name() != **name))
        {
            return problem(&format!("{name} is no action"));
        }
        match (self.first.is_some(), self.actions.is_empty()) {
            (true, true) => problem("the first line has no actions"),
            (false, false) => problem("actions without a first line"),
            _ if self.operations == 0 => problem("operations must be more than 0"),
            _ if self.why.is_empty() => problem("there is no reason in `why`"),
            _ => Ok(()),
        }
    }
}
