//! [`Uncompared`]: results that are not compared, and the reason: another machine, missing or failed
//! benchmarks, too few runs. As in benchstat, the [tables](super::table) show such rows without a note.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::failed::FailedBenchmark;
use super::pairing::Pair;

/// A benchmark that is in one column and was not compared with the other, or that failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Uncompared {
    /// The benchmark.
    pub name: String,
    /// The column that was to be compared with the first one; for [`Reason::BaseFailed`] the first
    /// one.
    pub column: String,
    /// Why it was not.
    pub reason: Reason,
}

/// Why a benchmark was not compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The two columns have it under different lines such as `cpu:`.
    OtherConfig {
        /// The line's key.
        key: String,
        /// Its value in the first column; empty if there is no such line.
        base: String,
        /// Its value in this column; empty if there is no such line.
        value: String,
    },
    /// This column has it with another number of threads behind its name.
    OtherThreads {
        /// Its name there.
        name: String,
    },
    /// This column does not have it.
    Missing,
    /// The first column does not have it.
    New,
    /// This column has it, but no result of it in one unit: `B/op`, say.
    MissingUnit {
        /// The unit.
        unit: String,
    },
    /// The first column has it, but no result of it in one unit.
    NewUnit {
        /// The unit.
        unit: String,
    },
    /// There are too few runs for any difference to be significant.
    TooFewRuns,
    /// It failed in this column. Results that it has there are compared all the same.
    Failed,
    /// It failed in the first column. Results that it has there are compared all the same.
    BaseFailed,
}

impl Uncompared {
    /// Whether a result of the first column has no counterpart in this one, or the benchmark failed in
    /// this one.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        match self.reason {
            Reason::New | Reason::NewUnit { .. } | Reason::TooFewRuns | Reason::BaseFailed => false,
            Reason::OtherConfig { .. }
            | Reason::OtherThreads { .. }
            | Reason::Missing
            | Reason::MissingUnit { .. }
            | Reason::Failed => true,
        }
    }
}

impl Reason {
    /// The reason in a few words, to stand behind "not compared:".
    ///
    /// ```
    /// use repool_bench::compare::Reason;
    ///
    /// let reason = Reason::MissingUnit { unit: "B/op".into() };
    /// assert_eq!(reason.brief(), "no B/op");
    /// ```
    #[must_use]
    pub fn brief(&self) -> String {
        match self {
            Self::OtherConfig { key, .. } => format!("another {key}"),
            Self::OtherThreads { name } => format!("{name} instead"),
            Self::Missing => "missing".into(),
            Self::New => "new".into(),
            Self::MissingUnit { unit } => format!("no {unit}"),
            Self::NewUnit { unit } => format!("{unit} is new"),
            Self::TooFewRuns => "too few runs".into(),
            Self::Failed => "failed".into(),
            Self::BaseFailed => "failed before".into(),
        }
    }
}

impl fmt::Display for Uncompared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, column, .. } = self;
        if let Reason::Failed | Reason::BaseFailed = self.reason {
            return write!(f, "{name} failed in {column}");
        }
        write!(f, "{name} is not compared: ")?;
        let said = |value: &str| match value {
            "" => "missing".to_string(),
            value => format!("{value:?}"),
        };
        match &self.reason {
            Reason::OtherConfig { key, base, value } => {
                let (base, value) = (said(base), said(value));
                write!(
                    f,
                    "the line `{key}:` is {base} at first and {value} in {column}"
                )
            }
            Reason::OtherThreads { name } => write!(f, "{column} has {name} instead"),
            Reason::Missing => write!(f, "{column} does not have it"),
            Reason::New => write!(f, "only {column} has it"),
            Reason::MissingUnit { unit } => write!(f, "{column} has no {unit} of it"),
            Reason::NewUnit { unit } => write!(f, "only {column} has {unit} of it"),
            Reason::TooFewRuns => write!(
                f,
                "too few runs for {column} to differ significantly; repeat it (--count 10)"
            ),
            Reason::Failed | Reason::BaseFailed => Ok(()),
        }
    }
}

/// Every benchmark that was not compared or failed, once for each column and reason, in the order of
/// its name. `base` is the label of the first column.
pub(super) fn of_pairs(
    pairs: Vec<Pair<'_>>,
    base: &str,
    failures: &[FailedBenchmark],
) -> Vec<Uncompared> {
    let has_failed =
        |name: &str, column: &str| failures.iter().any(|failure| failure.matches(name, column));
    let uncompared = pairs.into_iter().filter_map(|pair| {
        let (_, row) = pair.row();
        let reason = pair.reason.filter(|reason| match reason {
            // A failure explains why a result is missing.
            Reason::Missing | Reason::MissingUnit { .. } => !has_failed(&row.name, pair.column),
            Reason::New | Reason::NewUnit { .. } => !has_failed(&row.name, base),
            _ => true,
        })?;
        Some(Uncompared {
            name: row.name.clone(),
            column: pair.column.into(),
            reason,
        })
    });
    let failed = failures.iter().map(|failure| Uncompared {
        name: failure.name.clone(),
        column: failure.column.clone(),
        reason: match failure.column == *base {
            true => Reason::BaseFailed,
            false => Reason::Failed,
        },
    });
    let each_once: BTreeSet<Uncompared> = uncompared.chain(failed).collect();
    each_once.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Comparison, Input, Options};
    use super::*;

    fn compare(base: &str, new: &str) -> Comparison {
        let inputs = [Input::new("old", base), Input::new("new", new)];
        Comparison::read(&inputs, Options::default()).unwrap()
    }

    fn runs(name: &str, count: usize) -> String {
        (0..count)
            .map(|run| format!("Benchmark{name} 1 {} ns/op\n", 100 + run))
            .collect()
    }

    fn said(base: &str, new: &str) -> Vec<String> {
        let found = compare(base, new).uncompared();
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_compared_is_not_listed() {
        let both = runs("A-2", 6);
        assert!(said(&both, &both).is_empty());
        assert!(compare(&both, &both).compares_anything());
    }

    #[test]
    fn another_cpu_is_named() {
        let on = |cpu: &str| format!("cpu: {cpu}\n{}", runs("A-2", 6));
        assert_eq!(
            said(&on("x"), &on("y")),
            ["A-2 is not compared: the line `cpu:` is \"x\" at first and \"y\" in new"]
        );
        assert_eq!(
            said(&runs("A-2", 6), &on("y")),
            ["A-2 is not compared: the line `cpu:` is missing at first and \"y\" in new"]
        );
        assert!(!compare(&on("x"), &on("y")).compares_anything());
    }

    #[test]
    fn other_threads_lost_and_new_benchmarks_are_named() {
        let base = [runs("A-2", 6), runs("B-2", 6)].concat();
        let new = [runs("A-4", 6), runs("C-2", 6)].concat();
        assert_eq!(
            said(&base, &new),
            [
                "A-2 is not compared: new has A-4 instead",
                "B-2 is not compared: new does not have it",
                "C-2 is not compared: only new has it",
            ]
        );
        let lost = compare(&base, &new).uncompared();
        let lost: Vec<_> = lost.iter().map(Uncompared::is_lost).collect();
        assert_eq!(lost, [true, true, false]);
    }

    #[test]
    fn a_lost_unit_is_named() {
        let with_bytes = runs("A-2", 6).replace("ns/op", "ns/op 8 B/op");
        let lost = compare(&with_bytes, &runs("A-2", 6));
        let found = lost.uncompared();
        assert_eq!(
            found.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["A-2 is not compared: new has no B/op of it"]
        );
        assert!(found[0].is_lost() && lost.compares_anything());
        assert!(lost.to_json().contains("\"unit\": \"B/op\""));
        let new = compare(&runs("A-2", 6), &with_bytes).uncompared();
        assert_eq!(
            new[0].to_string(),
            "A-2 is not compared: only new has B/op of it"
        );
        assert!(!new[0].is_lost());
        // On another machine too, and with other threads.
        let elsewhere = format!("cpu: y\n{}", runs("A-2", 6));
        assert_eq!(
            said(&with_bytes, &elsewhere),
            [
                "A-2 is not compared: the line `cpu:` is missing at first and \"y\" in new",
                "A-2 is not compared: new has no B/op of it",
            ]
        );
        assert_eq!(
            said(&with_bytes, &runs("A-4", 6)),
            [
                "A-2 is not compared: new has A-4 instead",
                "A-2 is not compared: new has no B/op of it",
            ]
        );
    }

    #[test]
    fn what_is_compared_is_the_counterpart_of_nothing_else() {
        let of = |pkg: &str, name: &str| format!("pkg: {pkg}\n{}", runs(name, 6));
        let base = [of("a", "A-2"), of("b", "A-2")].concat();
        assert_eq!(
            said(&base, &of("a", "A-2")),
            ["A-2 is not compared: new does not have it"]
        );
        // Whole names come first, whatever the order, and each result has one counterpart.
        let base = [runs("A-2", 6), runs("A-4", 6), runs("A-8", 6)].concat();
        let new = format!("cpu: y\n{}{}", runs("A-4", 6), runs("A-16", 6));
        assert_eq!(
            said(&base, &new),
            [
                "A-2 is not compared: new has A-16 instead",
                "A-4 is not compared: the line `cpu:` is missing at first and \"y\" in new",
                "A-8 is not compared: new does not have it",
            ]
        );
    }

    #[test]
    fn too_few_runs_compare_nothing() {
        let few = runs("A-2", 3);
        let found = compare(&few, &few);
        assert_eq!(found.uncompared()[0].reason, Reason::TooFewRuns);
        assert!(!found.compares_anything());
        // Six against one or two: no difference is significant, however large.
        for count in [1, 2] {
            let found = compare(&runs("A-2", 6), &runs("A-2", count));
            assert_eq!(found.uncompared()[0].reason, Reason::TooFewRuns);
            assert!(!found.compares_anything());
        }
        assert!(compare(&runs("A-2", 6), &runs("A-2", 3)).compares_anything());
    }

    #[test]
    fn a_failed_benchmark_is_named_once_and_explains_what_is_missing() {
        let both = [runs("A-2", 6), runs("B-2", 6)].concat();
        let failed = format!("{}--- FAIL: BenchmarkB-2\n", runs("A-2", 6));
        assert_eq!(said(&both, &failed), ["B-2 failed in new"]);
        assert!(compare(&both, &failed).uncompared()[0].is_lost());
        assert_eq!(said(&failed, &both), ["B-2 failed in old"]);
        assert!(!compare(&failed, &both).uncompared()[0].is_lost());
        let twice = ["B-2 failed in new", "B-2 failed in old"];
        assert_eq!(said(&failed, &failed), twice);
        // Go leaves out the number of threads if the first run fails.
        let of_go = failed.replace("B-2", "B");
        assert_eq!(said(&both, &of_go), ["B failed in new"]);
        // Four runs of it before it failed: they are compared.
        let late = [runs("B-2", 4), failed.clone()].concat();
        assert_eq!(said(&both, &late), ["B-2 failed in new"]);
        assert!(compare(&both, &late).uncompared()[0].is_lost());
    }

    #[test]
    fn a_failure_is_named_without_a_second_column() {
        let text = format!("{}--- FAIL: BenchmarkB-2\n", runs("A-2", 6));
        let input = Input::new("only", text.as_str());
        let comparison = Comparison::read(&[input], Options::default()).unwrap();
        let said = comparison.uncompared();
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].to_string(), "B-2 failed in only");
        assert!(comparison.to_json().contains("\"reason\": \"base_failed\""));
        let input = Input::new("only", "--- FAIL: BenchmarkB-2\n");
        let error = Comparison::read(&[input], Options::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "only: no benchmark has a result, and B-2 failed; repair it and run it again"
        );
    }
}
