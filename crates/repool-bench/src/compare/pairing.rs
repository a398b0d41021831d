//! Pairs each result of the first column with one of another column, and says why two are not compared.
//!
//! Results in one row of a table are compared by [`change`](super::change). A result of the first column
//! without a counterpart in its row is paired with one of the same benchmark and unit under other
//! configuration lines, or else with one whose name differs in the number of threads.

use std::collections::{HashMap, HashSet};

use super::table::{Cell, Row, Table};
use super::uncompared::Reason;

/// A benchmark in one unit: its result in the first column, and the one in another column.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pair<'a> {
    /// The label of the other column.
    pub column: &'a str,
    /// The table and the row of the first column's result, if there is one.
    pub base: Option<(&'a Table, &'a Row)>,
    /// The table and the row of the other column's result, if there is one. They are those of `base`
    /// unless the reason is [`Reason::OtherConfig`] or [`Reason::OtherThreads`].
    pub other: Option<(&'a Table, &'a Row)>,
    /// Why the two are not compared; `None` if they are.
    pub reason: Option<Reason>,
}

impl<'a> Pair<'a> {
    /// The table and the row of the first column's result, or else of the other column's.
    ///
    /// # Panics
    ///
    /// If both are `None`, which is so of no pair of a [comparison](super::Comparison::pairs).
    #[must_use]
    pub fn row(&self) -> (&'a Table, &'a Row) {
        let either = self.base.or(self.other);
        either.expect("a pair has a result")
    }

    /// The measurements of the other column; `None` if it has none.
    #[must_use]
    pub fn cell(&self) -> Option<&'a Cell> {
        let (table, row) = self.other?;
        cell(table, row, self.column)
    }
}

/// The cell of a row in the column labelled `label`, if it has one.
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

/// A row in which one of the two columns at least has a result.
struct Candidate<'a> {
    table: &'a Table,
    row: &'a Row,
    has_base: bool,
    other: Option<&'a Cell>,
    /// The index of the candidate in another row that it is paired with.
    counterpart: Option<usize>,
}

impl<'a> Candidate<'a> {
    fn location(&self) -> (&'a Table, &'a Row) {
        (self.table, self.row)
    }

    /// The identity of the benchmark in every unit: configuration and name.
    fn benchmark(&self) -> (&'a [(String, String)], &'a str) {
        (&self.table.config, &self.row.name)
    }
}

/// Every row that has a result in the column `base` or in `column`, in the order of the tables.
pub(super) fn pairs<'a>(tables: &'a [Table], base: &str, column: &'a str) -> Vec<Pair<'a>> {
    let rows = tables
        .iter()
        .flat_map(|table| table.rows.iter().map(move |row| (table, row)));
    let candidates = rows.map(|(table, row)| Candidate {
        table,
        row,
        has_base: cell(table, row, base).is_some(),
        other: cell(table, row, column),
        counterpart: None,
    });
    let mut candidates: Vec<Candidate<'a>> = candidates
        .filter(|candidate| candidate.has_base || candidate.other.is_some())
        .collect();
    find_counterparts(&mut candidates);
    // Benchmarks that a column has in any unit.
    let mut in_base = HashSet::new();
    let mut in_other = HashSet::new();
    for candidate in &candidates {
        if candidate.has_base || candidate.counterpart.is_some() {
            in_base.insert(candidate.benchmark());
        }
        if candidate.other.is_some() || candidate.counterpart.is_some() {
            in_other.insert(candidate.benchmark());
        }
    }
    let pair = |candidate: &Candidate<'a>| {
        let unit = || candidate.table.unit.clone();
        let (other, reason) = match (candidate.has_base, candidate.other, candidate.counterpart) {
            // The counterpart's pair holds this candidate.
            (false, _, Some(_)) => return None,
            (true, None, Some(counterpart)) => {
                let counterpart = &candidates[counterpart];
                (
                    Some(counterpart.location()),
                    Some(difference(candidate, counterpart)),
                )
            }
            (true, None, None) if in_other.contains(&candidate.benchmark()) => {
                (None, Some(Reason::MissingUnit { unit: unit() }))
            }
            (true, None, None) => (None, Some(Reason::Missing)),
            (false, _, None) if in_base.contains(&candidate.benchmark()) => (
                Some(candidate.location()),
                Some(Reason::NewUnit { unit: unit() }),
            ),
            (false, _, None) => (Some(candidate.location()), Some(Reason::New)),
            (true, Some(cell), _) => {
                let change = cell.change.as_ref();
                let is_short = change.is_some_and(|change| !change.provable);
                (
                    Some(candidate.location()),
                    is_short.then_some(Reason::TooFewRuns),
                )
            }
        };
        Some(Pair {
            column,
            base: candidate.has_base.then(|| candidate.location()),
            other,
            reason,
        })
    };
    candidates.iter().filter_map(pair).collect()
}

/// Pairs candidates with a result in the first column only with those that have one in the other column
/// only: first by equal names, then by names without the number of threads.
fn find_counterparts(candidates: &mut [Candidate<'_>]) {
    for is_whole in [true, false] {
        let name = |candidate: &Candidate<'_>| match is_whole {
            true => candidate.row.name.clone(),
            false => without_threads(&candidate.row.name).to_owned(),
        };
        let key = |candidate: &Candidate<'_>| (candidate.table.unit.clone(), name(candidate));
        let mut alone: HashMap<_, Vec<usize>> = HashMap::new();
        for (index, candidate) in candidates.iter().enumerate() {
            if !candidate.has_base && candidate.counterpart.is_none() {
                alone.entry(key(candidate)).or_default().push(index);
            }
        }
        for index in 0..candidates.len() {
            let candidate = &candidates[index];
            if !candidate.has_base || candidate.other.is_some() || candidate.counterpart.is_some() {
                continue;
            }
            let Some(found) = alone.get_mut(&key(candidate)) else {
                continue;
            };
            let differing = |other: &usize| differing_lines(candidate, &candidates[*other]).count();
            let nearest = (0..found.len()).min_by_key(|at| differing(&found[*at]));
            if let Some(other) = nearest.map(|at| found.remove(at)) {
                candidates[index].counterpart = Some(other);
                candidates[other].counterpart = Some(index);
            }
        }
    }
}

/// The configuration lines in which two candidates differ: key, and both values.
fn differing_lines<'a>(
    base: &Candidate<'a>,
    other: &Candidate<'a>,
) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
    let lines = base.table.config.iter().zip(&other.table.config);
    lines
        .filter(|(base, other)| base != other)
        .map(|((key, base), (_, other))| (&**key, &**base, &**other))
}

/// How two candidates of one unit differ.
fn difference(base: &Candidate<'_>, other: &Candidate<'_>) -> Reason {
    let line = differing_lines(base, other).next();
    match line.filter(|_| base.row.name == other.row.name) {
        Some((key, base, value)) => Reason::OtherConfig {
            key: key.into(),
            base: base.into(),
            value: value.into(),
        },
        None => Reason::OtherThreads {
            name: other.row.name.clone(),
        },
    }
}
