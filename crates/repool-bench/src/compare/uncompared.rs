//! What a comparison could not compare, and why: results of other machines, lost and failed benchmarks,
//! too few runs. Read from the finished [tables](super::table), which show such a row without a word, as
//! benchstat does.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::failed::FailedBenchmark;
use super::table::{Cell, Row, Table};

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
        !matches!(
            self.reason,
            Reason::New | Reason::TooFewRuns | Reason::BaseFailed
        )
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
            "" => "no such line".to_string(),
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
            Reason::TooFewRuns => write!(
                f,
                "too few runs for {column} to differ significantly; repeat it (--count 10)"
            ),
            Reason::Failed | Reason::BaseFailed => Ok(()),
        }
    }
}

/// The cell of a row in the column with that label, if it has one.
fn cell<'a>(table: &Table, row: &'a Row, label: &str) -> Option<&'a Cell> {
    let column = table.columns.iter().position(|column| column == label)?;
    row.cells.get(column)?.as_ref()
}

/// The name without the number of threads behind it.
pub(super) fn without_threads(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((bare, threads))
            if !threads.is_empty() && threads.bytes().all(|b| b.is_ascii_digit()) =>
        {
            bare
        }
        _ => name,
    }
}

/// Every benchmark that was not compared or failed, once for each column, in the order of its name.
/// `columns` are all labels, the first one's that of the base.
pub(super) fn of_tables(
    tables: &[Table],
    columns: &[String],
    failures: &[FailedBenchmark],
) -> Vec<Uncompared> {
    let Some((base, others)) = columns.split_first() else {
        return Vec::new();
    };
    let failed = failures.iter().map(|failure| Uncompared {
        name: failure.name.clone(),
        column: failure.column.clone(),
        reason: match failure.column == *base {
            true => Reason::BaseFailed,
            false => Reason::Failed,
        },
    });
    let mut found: BTreeSet<_> = failed.collect();
    let has_failed =
        |row: &str, column: &str| failures.iter().any(|failure| failure.is(row, column));
    for table in tables {
        for row in &table.rows {
            for column in others {
                let reason = reason(tables, (table, row), base, column);
                // A failure explains why a result is missing.
                let reason = reason.filter(|reason| match reason {
                    Reason::Missing => !has_failed(&row.name, column),
                    Reason::New => !has_failed(&row.name, base),
                    _ => true,
                });
                if let Some(reason) = reason {
                    found.insert(Uncompared {
                        name: row.name.clone(),
                        column: column.clone(),
                        reason,
                    });
                }
            }
        }
    }
    found.into_iter().collect()
}

fn reason(
    tables: &[Table],
    (table, row): (&Table, &Row),
    base: &str,
    column: &str,
) -> Option<Reason> {
    let missing_from = match (cell(table, row, base), cell(table, row, column)) {
        (None, None) => return None,
        (Some(_), Some(cell)) => {
            let change = cell.change.as_ref()?;
            return (!change.provable).then_some(Reason::TooFewRuns);
        }
        (Some(_), None) => column,
        (None, Some(_)) => base,
    };
    let counterpart = counterpart(tables, (table, row), missing_from);
    if missing_from == base {
        // A counterpart is listed as the first column's benchmark already.
        return counterpart.is_none().then_some(Reason::New);
    }
    let Some((other, found)) = counterpart else {
        return Some(Reason::Missing);
    };
    if found.name != row.name {
        return Some(Reason::OtherThreads {
            name: found.name.clone(),
        });
    }
    let mut lines = table.config.iter().zip(&other.config);
    let differs = lines.find(|(base, value)| base != value);
    Some(
        differs.map_or(Reason::Missing, |((key, base), (_, value))| {
            Reason::OtherConfig {
                key: key.clone(),
                base: base.clone(),
                value: value.clone(),
            }
        }),
    )
}

/// The same benchmark in the column `label` of any table of that unit; else one whose name differs in
/// the number of threads.
fn counterpart<'a>(
    tables: &'a [Table],
    (table, row): (&Table, &Row),
    label: &str,
) -> Option<(&'a Table, &'a Row)> {
    let find = |is_it: &dyn Fn(&str) -> bool| {
        let alike = tables.iter().filter(|other| other.unit == table.unit);
        let rows = alike.flat_map(|other| other.rows.iter().map(move |row| (other, row)));
        rows.filter(|(_, row)| is_it(&row.name))
            .find(|(other, row)| cell(other, row, label).is_some())
    };
    let bare = without_threads(&row.name);
    find(&|name| name == row.name).or_else(|| find(&|name| without_threads(name) == bare))
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
            ["A-2 is not compared: the line `cpu:` is no such line at first and \"y\" in new"]
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
