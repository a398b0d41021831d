//! The tables of a comparison, as plain data. `collection` builds them, `text` prints them.

use serde::{Deserialize, Serialize};

use super::unit::Better;

/// All benchmarks of one configuration in one unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Table {
    /// The lines `key: value` above the results. Every table of a comparison has the same keys in the
    /// same order; the value of a key that a file does not have is empty.
    pub config: Vec<(String, String)>,
    /// The unit: a base unit, such as `sec/op` or `B/s`.
    pub unit: String,
    /// The direction in which values get better.
    pub better: Better,
    /// Whether the unit has a line `Unit NAME assume=exact`: its values do not vary.
    pub exact: bool,
    /// The inputs' labels. The others are compared with the first one.
    pub columns: Vec<String>,
    /// One benchmark each, in the order in which they were first seen.
    pub rows: Vec<Row>,
    /// For each column, the geometric mean of its rows.
    pub geomeans: Vec<Geomean>,
}

/// One benchmark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Row {
    /// Its name, without `Benchmark` in front, but with the number of threads behind.
    pub name: String,
    /// For each column the measurements, if there are any.
    pub cells: Vec<Option<Cell>>,
}

/// The measurements of one benchmark in one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cell {
    /// How many measurements there are.
    pub n: usize,
    /// Their median, in the table's unit; of exact units the most frequent value.
    pub centre: f64,
    /// The lower bound of the true median at the comparison's level of confidence, in the table's
    /// unit. `None` if there are too few measurements.
    pub low: Option<f64>,
    /// The upper bound of the true median. `None` if there are too few measurements.
    pub high: Option<f64>,
    /// Notes on these figures, such as that there are too few measurements.
    pub notes: Vec<String>,
    /// The difference from the first column; `None` in that column, and if that has no measurement.
    pub change: Option<Change>,
}

/// The change from the first column's cell to another column's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// How many measurements the first column has.
    pub base_n: usize,
    /// The difference of the centres in percent of the first one, whether it is significant or
    /// not; negative if this centre is less. `None` if the first column's is 0 and this one's is not.
    pub percent: Option<f64>,
    /// The probability of a difference as large by chance alone (Mann and Whitney's U test, both
    /// directions), from 0 to 1. 0 in exact units. If samples of different sizes have many equal
    /// values it may be wrong, and even 0 or more than 1, as benchstat's is; measure both equally
    /// often.
    pub p: f64,
    /// Whether `p` is no more than the comparison's alpha.
    pub significant: bool,
    /// Whether there are measurements enough for any difference to be significant.
    #[serde(default)]
    pub provable: bool,
    /// Whether the change is for the better.
    pub verdict: Verdict,
    /// Notes on the change, such as that all samples are equal.
    pub notes: Vec<String>,
}

/// Whether a change is for the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The change is significant, and in the direction in which the unit gets better.
    Better,
    /// The change is significant, and in the other direction.
    Worse,
    /// The change is not significant, the centres are equal, or there are too few measurements for
    /// any change to be significant, even if [`Change::p`] is small.
    Same,
    /// The change is significant, but the unit's direction is [`Better::Unknown`].
    Unknown,
}

/// The geometric mean of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Geomean {
    /// The mean of the centres, in the table's unit; `None` if one of them is not above 0.
    pub centre: Option<f64>,
    /// The difference from 1 of the geometric mean of the ratios to the first column, in percent.
    /// `None` in the first column, and if a ratio is not above 0.
    pub percent: Option<f64>,
    /// Notes on the mean, such as that the columns have different benchmarks.
    pub notes: Vec<String>,
}
