//! Benchmarks that are compared with each other.

use std::fmt::Write;

use repool_bench::Record;
use repool_bench::compare::{Better, Cell, Comparison, Input, Options};

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
        let mut contest = contests(&comparison, &entries).into_iter().next()?;
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

/// Each benchmark of a comparison, by configuration and name. A column's label is its entry's place.
pub(super) fn contests(comparison: &Comparison, entries: &[Entry]) -> Vec<Contest> {
    let mut all: Vec<(Vec<(String, String)>, Contest)> = Vec::new();
    for table in &comparison.tables {
        for row in &table.rows {
            let same = |(config, contest): &(_, Contest)| {
                *config == table.config && contest.name.as_ref() == Some(&row.name)
            };
            let place = all.iter().position(same).unwrap_or_else(|| {
                let contest = Contest {
                    name: Some(row.name.clone()),
                    entries: entries.to_vec(),
                    metrics: Vec::new(),
                };
                all.push((table.config.clone(), contest));
                all.len() - 1
            });
            let mut cells = vec![None; entries.len()];
            for (label, cell) in table.columns.iter().zip(&row.cells) {
                if let Some(own) = label
                    .parse()
                    .ok()
                    .and_then(|place: usize| cells.get_mut(place))
                {
                    own.clone_from(cell);
                }
            }
            let mut metric = Metric {
                unit: table.unit.clone(),
                better: table.better,
                cells,
                rounds: vec![Vec::new(); entries.len()],
            };
            metric.in_nanoseconds();
            all[place].1.metrics.push(metric);
        }
    }
    all.into_iter().map(|(_, contest)| contest).collect()
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

    /// The interval of an entry's median.
    pub(super) fn interval(&self, place: usize) -> Option<(f64, f64)> {
        let cell = self.cells[place].as_ref()?;
        cell.low.zip(cell.high)
    }
}
