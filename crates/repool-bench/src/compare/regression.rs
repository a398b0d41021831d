//! [`Regression`]: a significant change for the worse, found in the tables.

use serde::{Deserialize, Serialize};

use super::table::{Cell, Table, Verdict};

/// A significant change for the worse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Regression {
    /// The lines `key: value` above the result; see [`Table::config`].
    pub config: Vec<(String, String)>,
    /// The benchmark.
    pub name: String,
    /// The unit of the figures.
    pub unit: String,
    /// The column that is worse than the first.
    pub column: String,
    /// The first column's centre, in `unit`.
    pub base: f64,
    /// The centre of `column`, in `unit`.
    pub centre: f64,
    /// By how many percent it is greater, or less if negative. `None` if the first column's is 0.
    pub percent: Option<f64>,
    /// The probability of such a change by chance alone, from 0 to 1; see
    /// [`Change::p`](super::Change::p).
    pub p: f64,
}

/// The regressions of one table of `least_percent` or more.
pub(super) fn of_table(table: &Table, least_percent: f64) -> impl Iterator<Item = Regression> {
    table.rows.iter().flat_map(move |row| {
        let base = row.cells[0].as_ref();
        let cells = table.columns.iter().zip(&row.cells);
        cells.filter_map(move |(column, cell)| {
            let Cell { centre, change, .. } = cell.as_ref()?;
            let change = change.as_ref()?;
            // A change from 0 has no percentage, and exceeds every limit.
            let percent = change.percent.map_or(f64::INFINITY, f64::abs);
            if change.verdict != Verdict::Worse || percent < least_percent {
                return None;
            }
            Some(Regression {
                config: table.config.clone(),
                name: row.name.clone(),
                unit: table.unit.clone(),
                column: column.clone(),
                base: base?.centre,
                centre: *centre,
                percent: change.percent,
                p: change.p,
            })
        })
    })
}
