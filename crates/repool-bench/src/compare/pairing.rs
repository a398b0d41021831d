//! Which result of the first column belongs to which of another column, and why two are not compared.
//!
//! Rows of a table are compared by [`change`](super::change). What is left has no counterpart in its
//! table: a result of the first column is then paired with one of the same benchmark and unit under
//! other configuration lines, else with one whose name differs in the number of threads behind it.

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

    /// What was measured in the other column.
    #[must_use]
    pub fn cell(&self) -> Option<&'a Cell> {
        let (table, row) = self.other?;
        cell(table, row, self.column)
    }
}

/// What was measured of a row in the column with that label, if anything was.
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
struct Entry<'a> {
    table: &'a Table,
    row: &'a Row,
    has_base: bool,
    other: Option<&'a Cell>,
    /// The place of the entry that it is paired with, of those that have one result each.
    counterpart: Option<usize>,
}

impl<'a> Entry<'a> {
    fn place(&self) -> (&'a Table, &'a Row) {
        (self.table, self.row)
    }

    /// What tells the benchmark from others, in every unit.
    fn benchmark(&self) -> (&'a [(String, String)], &'a str) {
        (&self.table.config, &self.row.name)
    }
}

/// Every row that has a result in the column `base` or in `column`, in the order of the tables.
pub(super) fn pairs<'a>(tables: &'a [Table], base: &str, column: &'a str) -> Vec<Pair<'a>> {
    let rows = tables
        .iter()
        .flat_map(|table| table.rows.iter().map(move |row| (table, row)));
    let entries = rows.map(|(table, row)| Entry {
        table,
        row,
        has_base: cell(table, row, base).is_some(),
        other: cell(table, row, column),
        counterpart: None,
    });
    let mut entries: Vec<Entry<'a>> = entries
        .filter(|entry| entry.has_base || entry.other.is_some())
        .collect();
    find_counterparts(&mut entries);
    // Benchmarks that a column has in any unit.
    let mut in_base = HashSet::new();
    let mut in_other = HashSet::new();
    for entry in &entries {
        if entry.has_base || entry.counterpart.is_some() {
            in_base.insert(entry.benchmark());
        }
        if entry.other.is_some() || entry.counterpart.is_some() {
            in_other.insert(entry.benchmark());
        }
    }
    let pair = |entry: &Entry<'a>| {
        let unit = || entry.table.unit.clone();
        let (other, reason) = match (entry.has_base, entry.other, entry.counterpart) {
            // It is in the pair of its counterpart.
            (false, _, Some(_)) => return None,
            (true, None, Some(counterpart)) => {
                let counterpart = &entries[counterpart];
                (
                    Some(counterpart.place()),
                    Some(difference(entry, counterpart)),
                )
            }
            (true, None, None) if in_other.contains(&entry.benchmark()) => {
                (None, Some(Reason::MissingUnit { unit: unit() }))
            }
            (true, None, None) => (None, Some(Reason::Missing)),
            (false, _, None) if in_base.contains(&entry.benchmark()) => {
                (Some(entry.place()), Some(Reason::NewUnit { unit: unit() }))
            }
            (false, _, None) => (Some(entry.place()), Some(Reason::New)),
            (true, Some(cell), _) => {
                let change = cell.change.as_ref();
                let is_short = change.is_some_and(|change| !change.provable);
                (Some(entry.place()), is_short.then_some(Reason::TooFewRuns))
            }
        };
        Some(Pair {
            column,
            base: entry.has_base.then(|| entry.place()),
            other,
            reason,
        })
    };
    entries.iter().filter_map(pair).collect()
}

/// Pairs the entries that have the first column's result alone with those that have the other's
/// alone: by their whole names first, then without the number of threads.
fn find_counterparts(entries: &mut [Entry<'_>]) {
    for is_whole in [true, false] {
        let name = |entry: &Entry<'_>| match is_whole {
            true => entry.row.name.clone(),
            false => without_threads(&entry.row.name).to_owned(),
        };
        let key = |entry: &Entry<'_>| (entry.table.unit.clone(), name(entry));
        let mut alone: HashMap<_, Vec<usize>> = HashMap::new();
        for (place, entry) in entries.iter().enumerate() {
            if !entry.has_base && entry.counterpart.is_none() {
                alone.entry(key(entry)).or_default().push(place);
            }
        }
        for place in 0..entries.len() {
            let entry = &entries[place];
            if !entry.has_base || entry.other.is_some() || entry.counterpart.is_some() {
                continue;
            }
            let Some(found) = alone.get_mut(&key(entry)) else {
                continue;
            };
            let differing = |other: &usize| differing_lines(entry, &entries[*other]).count();
            let nearest = (0..found.len()).min_by_key(|at| differing(&found[*at]));
            if let Some(other) = nearest.map(|at| found.remove(at)) {
                entries[place].counterpart = Some(other);
                entries[other].counterpart = Some(place);
            }
        }
    }
}

/// The configuration lines in which two entries differ: key, and both values.
fn differing_lines<'a>(
    base: &Entry<'a>,
    other: &Entry<'a>,
) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
    let lines = base.table.config.iter().zip(&other.table.config);
    lines
        .filter(|(base, other)| base != other)
        .map(|((key, base), (_, other))| (&**key, &**base, &**other))
}

/// How two entries of one unit differ.
fn difference(base: &Entry<'_>, other: &Entry<'_>) -> Reason {
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
