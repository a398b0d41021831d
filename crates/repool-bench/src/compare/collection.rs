//! Groups the measurements of all inputs into tables, rows and columns, and summarises each cell.

use std::collections::{BTreeMap, HashMap};

use super::change::change;
use super::geomean::geomean;
use super::options::Options;
use super::read::{ConfigLines, Line};
use super::sample::Sample;
use super::table::{Cell, Row, Table};
use super::unit::Units;

/// The measurements of all inputs.
#[derive(Default)]
pub(super) struct Collection {
    /// The keys of all configurations, and all units, names and labels, in the order in which
    /// they were first seen.
    keys: Names,
    units: Names,
    rows: Names,
    columns: Names,
    /// By values of the configuration (without empty ones at the end), then by unit: the order
    /// in which tables are shown. Values are in order of their bytes, as with benchstat.
    tables: BTreeMap<(Vec<String>, usize), Cells>,
}

/// Measurements by row and column.
type Cells = BTreeMap<(usize, usize), Vec<f64>>;

impl Collection {
    pub(super) fn add(&mut self, label: &str, config: &ConfigLines, line: Line<'_>) {
        let mut values = Vec::new();
        for (key, value) in config.pairs() {
            let index = self.keys.index_of(key);
            if values.len() <= index {
                values.resize(index + 1, String::new());
            }
            values[index] = value.into();
        }
        let row = self.rows.index_of(line.name);
        let column = self.columns.index_of(label);
        for (value, unit) in line.values {
            let unit = self.units.index_of(&unit);
            let cells = self.tables.entry((values.clone(), unit)).or_default();
            cells.entry((row, column)).or_default().push(value);
        }
    }

    pub(super) fn into_tables(self, units: &Units, options: &Options) -> Vec<Table> {
        let Self {
            keys,
            units: names,
            rows,
            columns,
            tables,
        } = self;
        let table = |((values, unit), cells): ((Vec<String>, usize), Cells)| {
            let builder = TableBuilder {
                unit: &names.list[unit],
                units,
                options,
            };
            let values = values.into_iter().chain(std::iter::repeat(String::new()));
            let config = keys.list.iter().cloned().zip(values).collect();
            builder.build(config, cells, &rows.list, &columns.list)
        };
        tables.into_iter().map(table).collect()
    }
}

/// Names in the order in which they were first seen.
#[derive(Default)]
struct Names {
    list: Vec<String>,
    indices: HashMap<String, usize>,
}

impl Names {
    /// The index of `name`, which is appended if it is new.
    fn index_of(&mut self, name: &str) -> usize {
        if let Some(index) = self.indices.get(name) {
            return *index;
        }
        let index = self.list.len();
        self.list.push(name.into());
        self.indices.insert(name.into(), index);
        index
    }
}

/// Builds the table of one configuration and unit.
struct TableBuilder<'a> {
    unit: &'a str,
    units: &'a Units,
    options: &'a Options,
}

impl TableBuilder<'_> {
    fn build(
        &self,
        config: Vec<(String, String)>,
        cells: Cells,
        all_rows: &[String],
        all_columns: &[String],
    ) -> Table {
        let mut columns: Vec<_> = cells.keys().map(|(_, column)| *column).collect();
        columns.sort_unstable();
        columns.dedup();
        let mut by_row = BTreeMap::<usize, BTreeMap<usize, Sample>>::new();
        for ((row, column), values) in cells {
            let samples = by_row.entry(row).or_default();
            samples.insert(column, Sample::new(values));
        }
        let rows: Vec<_> = by_row
            .into_iter()
            .map(|(row, samples)| Row {
                name: all_rows[row].clone(),
                cells: self.cells(&columns, &samples),
            })
            .collect();
        Table {
            config,
            unit: self.unit.into(),
            better: self.units.better(self.unit),
            exact: self.units.is_exact(self.unit),
            geomeans: (0..columns.len()).map(|at| geomean(&rows, at)).collect(),
            columns: columns.iter().map(|at| all_columns[*at].clone()).collect(),
            rows,
        }
    }

    fn cells(&self, columns: &[usize], samples: &BTreeMap<usize, Sample>) -> Vec<Option<Cell>> {
        let exact = self.units.is_exact(self.unit);
        let base = samples.get(&columns[0]);
        let mut base_centre = 0.0;
        let cell = |(at, column): (usize, &usize)| {
            let sample = samples.get(column)?;
            let summary = if exact {
                sample.mode()
            } else {
                sample.median(self.options.confidence)
            };
            if at == 0 {
                base_centre = summary.centre;
            }
            let compared = base.filter(|_| at > 0).map(|base| {
                let alpha = (!exact).then_some(self.options.alpha);
                let centres = (base_centre, summary.centre);
                change(base, sample, centres, alpha, self.units.better(self.unit))
            });
            Some(Cell {
                n: sample.values().len(),
                centre: summary.centre,
                low: summary.low,
                high: summary.high,
                notes: summary.note.into_iter().collect(),
                change: compared,
            })
        };
        columns.iter().enumerate().map(cell).collect()
    }
}
