//! The geometric means in the last row of a table, of centres and of ratios.

use super::table::{Geomean, Row};

/// The geometric mean of one column.
///
/// The change is the mean of the rows' ratios and not the ratio of the columns' means. Both are equal
/// if the columns have the same benchmarks. If not, only the mean of the ratios compares a benchmark
/// with itself.
pub(super) fn geomean(rows: &[Row], column: usize) -> Geomean {
    let cells = || rows.iter().filter_map(|row| row.cells[column].as_ref());
    let mut notes = Vec::new();
    let centre = mean(cells().map(|cell| cell.centre));
    let mut percent = None;
    let pairs = rows.iter().filter_map(|row| {
        let centre = |at: usize| row.cells[at].as_ref().map(|cell| cell.centre);
        Some((centre(0)?, centre(column)?))
    });
    let pairs: Vec<_> = pairs.collect();
    let bases = rows.iter().filter(|row| row.cells[0].is_some()).count();
    if bases != pairs.len() {
        notes.push("benchmark set differs from baseline; geomeans may not be comparable");
    }
    if centre.is_none() {
        notes.push("summaries must be >0 to compute geomean");
    }
    // As in benchstat, a figure that grew from 0 leaves out the change without a note.
    let from_zero = pairs.iter().any(|(base, own)| *base == 0.0 && base != own);
    if column > 0 && !from_zero {
        let ratio = |(base, own): &(f64, f64)| if base == own { 1.0 } else { own / base };
        percent = mean(pairs.iter().map(ratio)).map(|ratio| (ratio - 1.0) * 100.0);
        if percent.is_none() {
            notes.push("ratios must be >0 to compute geomean");
        }
    }
    Geomean {
        centre,
        percent,
        notes: notes.into_iter().map(String::from).collect(),
    }
}

/// `None` if there are no numbers, or one is not above 0.
fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let mut mean = 0.0;
    let mut count = 0.0;
    for number in numbers {
        if number <= 0.0 {
            return None;
        }
        count += 1.0;
        mean += (number.ln() - mean) / count;
    }
    (count > 0.0).then(|| mean.exp())
}
