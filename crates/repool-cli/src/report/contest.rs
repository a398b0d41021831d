//! Benchmarks that are compared with each other.

use std::collections::HashMap;
use std::fmt::Write;

use repool_bench::Record;
use repool_bench::compare::{Better, Cell, Comparison, Input, Options, Reason, Row, Table};

/// The same work, done in several ways.
#[derive(Clone, Debug)]
pub(super) struct Contest {
    /// The benchmark, if there are several.
    pub(super) name: Option<String>,
    /// The ways, the one that the others are held against first.
    pub(super) entries: Vec<Entry>,
    pub(super) metrics: Vec<Metric>,
}

/// One way to do the work.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) about: String,
}

/// One unit's figures.
#[derive(Clone, Debug)]
pub(super) struct Metric {
    /// `ns/op`, say.
    pub(super) unit: String,
    pub(super) better: Better,
    /// Of each entry, if it was measured.
    pub(super) cells: Vec<Option<Cell>>,
    /// Of each entry, why it is not compared with the first.
    pub(super) uncompared: Vec<Option<Reason>>,
    /// Of each entry every round's value, where that is known.
    pub(super) rounds: Vec<Vec<f64>>,
}

impl Contest {
    /// Of a study: the records of each entry are those of its name. `None` if there are none.
    pub(super) fn of_records(entries: Vec<Entry>, records: &[Record]) -> Option<Self> {
        let own = |entry: &Entry| {
            let name = entry.name.clone();
            records.iter().filter(move |record| record.name == name)
        };
        let texts: Vec<String> = entries
            .iter()
            .map(|entry| own(entry).map(line).collect())
            .collect();
        let comparison = compare(&texts)?;
        let place = |label: &str| label.parse().ok().filter(|place| *place < entries.len());
        let mut contest = contests(&comparison, &entries, place).into_iter().next()?;
        contest.name = None;
        for metric in &mut contest.metrics {
            let values = |entry| own(entry).filter_map(|record| value(record, &metric.unit));
            metric.rounds = entries
                .iter()
                .map(|entry| values(entry).collect())
                .collect();
        }
        Some(contest)
    }

    /// How many rounds were measured, at most.
    pub(super) fn rounds(&self) -> usize {
        let cells = self.metrics.iter().flat_map(|metric| &metric.cells);
        cells.flatten().map(|cell| cell.n).max().unwrap_or(0)
    }
}

/// Each benchmark of a comparison, by the configuration and the name that it has in the first column,
/// or else in the first one that has it. `entry` is the place of the entry that a column is of.
pub(super) fn contests(
    comparison: &Comparison,
    entries: &[Entry],
    entry: impl Fn(&str) -> Option<usize>,
) -> Vec<Contest> {
    let mut all = Contests {
        entries,
        contests: Vec::new(),
        places: HashMap::new(),
    };
    let base = comparison.columns.first();
    if let Some((label, place)) = base.and_then(|label| Some((label, entry(label)?))) {
        for table in &comparison.tables {
            let column = table.columns.iter().position(|column| column == label);
            for row in column.map_or(&[][..], |_| &table.rows) {
                let cell = column.and_then(|column| row.cells[column].clone());
                if cell.is_some() {
                    all.metric((table, row)).cells[place] = cell;
                }
            }
        }
    }
    for pair in comparison.pairs() {
        if let Some(place) = entry(pair.column) {
            let metric = all.metric(pair.row());
            metric.cells[place] = pair.cell().cloned();
            metric.uncompared[place] = pair.reason;
        }
    }
    let metrics = all.contests.iter_mut().flat_map(|one| &mut one.metrics);
    metrics.for_each(Metric::in_nanoseconds);
    all.contests
}

/// Contests in the order in which they are first met.
struct Contests<'a> {
    entries: &'a [Entry],
    contests: Vec<Contest>,
    /// Where each is, by its configuration and name.
    places: HashMap<Benchmark<'a>, usize>,
}

/// What tells benchmarks apart: configuration and name.
type Benchmark<'a> = (&'a [(String, String)], &'a str);

impl<'a> Contests<'a> {
    /// The metric that a row of a table is of.
    fn metric(&mut self, (table, row): (&'a Table, &'a Row)) -> &mut Metric {
        let new = self.contests.len();
        let key = (&*table.config, &*row.name);
        let place = *self.places.entry(key).or_insert(new);
        if place == new {
            self.contests.push(Contest {
                name: Some(row.name.clone()),
                entries: self.entries.to_vec(),
                metrics: Vec::new(),
            });
        }
        let metrics = &mut self.contests[place].metrics;
        let known = metrics.iter().position(|metric| metric.unit == table.unit);
        let known = known.unwrap_or_else(|| {
            let entries = self.entries.len();
            metrics.push(Metric {
                unit: table.unit.clone(),
                better: table.better,
                cells: vec![None; entries],
                uncompared: vec![None; entries],
                rounds: vec![Vec::new(); entries],
            });
            metrics.len() - 1
        });
        &mut metrics[known]
    }
}

/// Of texts in Go's format, one for each entry; labelled by their places. `None` where none has a
/// result.
fn compare(texts: &[String]) -> Option<Comparison> {
    let measured = texts
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.is_empty());
    let inputs: Vec<Input> = measured
        .map(|(place, text)| Input::new(place.to_string(), text.clone()))
        .collect();
    Comparison::read(&inputs, Options::default()).ok()
}

/// A record in Go's format, with all digits, and the same name for all: they do the same work.
fn line(record: &Record) -> String {
    let mut line = format!("BenchmarkStudy {}", record.iterations.max(1));
    let own = record.metrics.keys().map(String::as_str);
    for unit in ["ns/op", "B/op", "allocs/op"].into_iter().chain(own) {
        // A unit with spaces would be taken for several.
        let is_a_word = !unit.is_empty() && !unit.contains(char::is_whitespace);
        if let Some(value) = value(record, unit).filter(|_| is_a_word) {
            let _ = write!(line, " {value} {unit}");
        }
    }
    line + "\n"
}

fn value(record: &Record, unit: &str) -> Option<f64> {
    match unit {
        "ns/op" => Some(record.ns_per_op),
        "B/op" => record.bytes_per_op.map(|bytes| bytes as f64),
        "allocs/op" => record.allocs_per_op.map(|allocs| allocs as f64),
        other => record.metrics.get(other).copied(),
    }
    .filter(|value| value.is_finite())
}

/// With eleven digits: what the way to seconds and back did to the last ones is no figure.
fn nanoseconds(seconds: f64) -> f64 {
    let exact = seconds * 1e9;
    format!("{exact:.10e}").parse().unwrap_or(exact)
}

impl Metric {
    /// Times of operations are read in nanoseconds, as the benchmarks print them.
    fn in_nanoseconds(&mut self) {
        if self.unit != "sec/op" {
            return;
        }
        self.unit = "ns/op".into();
        for reason in self.uncompared.iter_mut().flatten() {
            if let Reason::MissingUnit { unit } | Reason::NewUnit { unit } = reason {
                unit.clone_from(&self.unit);
            }
        }
        for cell in self.cells.iter_mut().flatten() {
            cell.centre = nanoseconds(cell.centre);
            cell.low = cell.low.map(nanoseconds);
            cell.high = cell.high.map(nanoseconds);
        }
    }

    /// The least and the greatest that is known of an entry, rounds or else the interval.
    pub(super) fn extent(&self, place: usize) -> Option<(f64, f64)> {
        let rounds = self.rounds[place].iter().copied();
        let least = rounds.clone().reduce(f64::min);
        let most = rounds.reduce(f64::max);
        let cell = self.cells[place].as_ref()?;
        least.zip(most).or(cell.low.zip(cell.high))
    }

    /// What to say where an entry has no figure.
    pub(super) fn absence(&self, place: usize) -> String {
        match &self.uncompared[place] {
            Some(reason @ Reason::MissingUnit { .. }) => {
                format!("not compared: {}", reason.brief())
            }
            _ => "not measured".into(),
        }
    }

    /// The interval of an entry's median.
    pub(super) fn interval(&self, place: usize) -> Option<(f64, f64)> {
        let cell = self.cells[place].as_ref()?;
        cell.low.zip(cell.high)
    }
}
