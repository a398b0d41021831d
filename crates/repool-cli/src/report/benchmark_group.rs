//! A benchmark in several variants, compared with each other: the data of the page's charts and tables.

use std::collections::HashMap;
use std::fmt::Write;

use repool_bench::Record;
use repool_bench::compare::{Better, Cell, Comparison, Input, Options, Reason, Row, Table};

/// One benchmark with its variants.
#[derive(Clone, Debug)]
pub(super) struct BenchmarkGroup {
    /// The benchmark's name; `None` for a study, which has one benchmark.
    pub(super) name: Option<String>,
    /// The variants. The first is the baseline of the others.
    pub(super) entries: Vec<Entry>,
    /// The figures, one for each unit.
    pub(super) metrics: Vec<Metric>,
}

/// One variant of the benchmark.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) about: String,
}

/// The figures of all variants in one unit.
#[derive(Clone, Debug)]
pub(super) struct Metric {
    /// The unit, such as `ns/op`.
    pub(super) unit: String,
    /// Which direction is better.
    pub(super) better: Better,
    /// For each entry, the median and its interval; `None` if it was not measured.
    pub(super) cells: Vec<Option<Cell>>,
    /// For each entry, why it is not compared with the first.
    pub(super) uncompared: Vec<Option<Reason>>,
    /// For each entry, the value of every round; empty if only the median is known.
    pub(super) rounds: Vec<Vec<f64>>,
}

impl BenchmarkGroup {
    /// The group of a study, where an entry's records have its name. `None` if there are no records.
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
        let index = |label: &str| label.parse().ok().filter(|index| *index < entries.len());
        let mut group = groups(&comparison, &entries, index).into_iter().next()?;
        group.name = None;
        for metric in &mut group.metrics {
            let values = |entry| own(entry).filter_map(|record| value(record, &metric.unit));
            metric.rounds = entries
                .iter()
                .map(|entry| values(entry).collect())
                .collect();
        }
        Some(group)
    }

    /// The number of rounds that were measured; the largest of all entries.
    pub(super) fn rounds(&self) -> usize {
        let cells = self.metrics.iter().flat_map(|metric| &metric.cells);
        cells.flatten().map(|cell| cell.n).max().unwrap_or(0)
    }
}

/// One group for each benchmark of a comparison. A benchmark is identified by configuration and name in the
/// first column, or else in the first column that has it. `entry` maps a column's label to the index of
/// its entry.
pub(super) fn groups(
    comparison: &Comparison,
    entries: &[Entry],
    entry: impl Fn(&str) -> Option<usize>,
) -> Vec<BenchmarkGroup> {
    let mut all = Groups {
        entries,
        groups: Vec::new(),
        indices: HashMap::new(),
    };
    let base = comparison.columns.first();
    if let Some((label, index)) = base.and_then(|label| Some((label, entry(label)?))) {
        for table in &comparison.tables {
            let column = table.columns.iter().position(|column| column == label);
            for row in column.map_or(&[][..], |_| &table.rows) {
                let cell = column.and_then(|column| row.cells[column].clone());
                if cell.is_some() {
                    all.metric((table, row)).cells[index] = cell;
                }
            }
        }
    }
    for pair in comparison.pairs() {
        if let Some(index) = entry(pair.column) {
            let metric = all.metric(pair.row());
            metric.cells[index] = pair.cell().cloned();
            metric.uncompared[index] = pair.reason;
        }
    }
    let metrics = all.groups.iter_mut().flat_map(|one| &mut one.metrics);
    metrics.for_each(Metric::in_nanoseconds);
    all.groups
}

/// Builds groups, in the order in which their benchmarks are first seen.
struct Groups<'a> {
    entries: &'a [Entry],
    groups: Vec<BenchmarkGroup>,
    /// The index of each benchmark's group.
    indices: HashMap<Benchmark<'a>, usize>,
}

/// The identity of a benchmark: configuration and name.
type Benchmark<'a> = (&'a [(String, String)], &'a str);

impl<'a> Groups<'a> {
    /// The metric of a table's row, which is added if it is new.
    fn metric(&mut self, (table, row): (&'a Table, &'a Row)) -> &mut Metric {
        let new = self.groups.len();
        let key = (&*table.config, &*row.name);
        let index = *self.indices.entry(key).or_insert(new);
        if index == new {
            self.groups.push(BenchmarkGroup {
                name: Some(row.name.clone()),
                entries: self.entries.to_vec(),
                metrics: Vec::new(),
            });
        }
        let metrics = &mut self.groups[index].metrics;
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

/// Compares texts in Go's format, one for each entry, labelled by their indices. `None` if none has a
/// result.
fn compare(texts: &[String]) -> Option<Comparison> {
    let measured = texts
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.is_empty());
    let inputs: Vec<Input> = measured
        .map(|(index, text)| Input::new(index.to_string(), text.clone()))
        .collect();
    Comparison::read(&inputs, Options::default()).ok()
}

/// A record as a line of Go's format, with all digits, and under one name, so that entries are compared.
fn line(record: &Record) -> String {
    let mut line = format!("BenchmarkStudy {}", record.iterations.max(1));
    let own = record.metrics.keys().map(String::as_str);
    for unit in ["ns/op", "B/op", "allocs/op"].into_iter().chain(own) {
        // White space in a unit would split it into two.
        let is_a_word = !unit.is_empty() && !unit.contains(char::is_whitespace);
        if let Some(value) = value(record, unit).filter(|_| is_a_word) {
            let _ = write!(line, " {value} {unit}");
        }
    }
    line + "\n"
}

/// A record's value in a unit, if it has one that is finite.
fn value(record: &Record, unit: &str) -> Option<f64> {
    match unit {
        "ns/op" => Some(record.ns_per_op),
        "B/op" => record.bytes_per_op.map(|bytes| bytes as f64),
        "allocs/op" => record.allocs_per_op.map(|allocs| allocs as f64),
        other => record.metrics.get(other).copied(),
    }
    .filter(|value| value.is_finite())
}

/// Seconds as nanoseconds, rounded to eleven digits: the conversion to seconds and back changes the last
/// digits of an `f64`.
fn nanoseconds(seconds: f64) -> f64 {
    let exact = seconds * 1e9;
    format!("{exact:.10e}").parse().unwrap_or(exact)
}

impl Metric {
    /// Converts `sec/op` to `ns/op`, the unit that the benchmarks print.
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

    /// The smallest and the largest round of an entry, or else its interval.
    pub(super) fn extent(&self, index: usize) -> Option<(f64, f64)> {
        let rounds = self.rounds[index].iter().copied();
        let least = rounds.clone().reduce(f64::min);
        let most = rounds.reduce(f64::max);
        let cell = self.cells[index].as_ref()?;
        least.zip(most).or(cell.low.zip(cell.high))
    }

    /// The text for an entry without a figure.
    pub(super) fn absence(&self, index: usize) -> String {
        match &self.uncompared[index] {
            Some(reason @ Reason::MissingUnit { .. }) => {
                format!("not compared: {}", reason.brief())
            }
            _ => "not measured".into(),
        }
    }

    /// The interval of an entry's median.
    pub(super) fn interval(&self, index: usize) -> Option<(f64, f64)> {
        let cell = self.cells[index].as_ref()?;
        cell.low.zip(cell.high)
    }
}
