//! What a comparison found, as plain data.

use serde::{Deserialize, Serialize};

use super::unit::Better;

/// All benchmarks of one configuration in one unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Lines `key: value` that the results stand under. Every table of a comparison has the same
    /// keys in the same order; a value is empty where a file did not say.
    pub config: Vec<(String, String)>,
    /// The unit: a base unit, such as `sec/op` or `B/s`.
    pub unit: String,
    /// Which way values get better.
    pub better: Better,
    /// Whether one measurement tells all, as a line `Unit NAME assume=exact` says.
    pub exact: bool,
    /// The inputs' labels. The first one is what the others are compared with.
    pub columns: Vec<String>,
    /// One benchmark each, in the order in which they were first seen.
    pub rows: Vec<Row>,
    /// For each column, the geometric mean of its rows.
    pub geomeans: Vec<Geomean>,
}

/// One benchmark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its name, without `Benchmark` in front, but with the number of threads behind.
    pub name: String,
    /// For each column what was measured, if it was.
    pub cells: Vec<Option<Cell>>,
}

/// What was measured of one benchmark in one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// How many measurements there are.
    pub n: usize,
    /// Their median, in the table's unit; of exact units the most frequent value.
    pub centre: f64,
    /// Above this the true median lies, at the comparison's level of confidence. `None` if there
    /// are too few measurements to say.
    pub low: Option<f64>,
    /// Below this the true median lies.
    pub high: Option<f64>,
    /// What to know of these figures, in words.
    pub notes: Vec<String>,
    /// How it differs from the first column; `None` in that column, and where that has no
    /// measurement.
    pub change: Option<Change>,
}

/// How a cell differs from that in the first column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// How many measurements the first column has.
    pub base_n: usize,
    /// By how many percent the centre is greater, or less if negative, whether that is
    /// significant or not. `None` if the first column's is 0 and this one's is not.
    pub percent: Option<f64>,
    /// How likely a difference as large is if nothing but chance made it (Mann and Whitney's U
    /// test, both directions). 0 in exact units. Where samples of different sizes have many
    /// equal values it may be off, and even 0 or more than 1, as benchstat's is; measure both
    /// equally often.
    pub p: f64,
    /// Whether `p` is no more than the comparison's alpha.
    pub significant: bool,
    /// Whether there are measurements enough for any difference to be significant.
    #[serde(default)]
    pub provable: bool,
    /// Whether that is good.
    pub verdict: Verdict,
    /// What to know of this, in words.
    pub notes: Vec<String>,
}

/// Whether a change is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is significant, and goes the way in which the unit gets better.
    Better,
    /// It is significant, and goes the other way.
    Worse,
    /// It is not significant, the centres are equal, or there are too few measurements for
    /// anything to be significant, whatever `p` says.
    Same,
    /// It is significant, but nobody said which way the unit gets better.
    Unknown,
}

/// The geometric mean of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Geomean {
    /// Of the centres; `None` if one of them is not above 0.
    pub centre: Option<f64>,
    /// By how many percent the geometric mean of the ratios to the first column is off 1. `None`
    /// in the first column, and if a ratio is not above 0.
    pub percent: Option<f64>,
    /// What to know of this, in words.
    pub notes: Vec<String>,
}
