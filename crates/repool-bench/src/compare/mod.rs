//! Compares the results of two runs or more, with the statistics and the text of Go's `benchstat`.
//!
//! ```
//! use repool_bench::compare::{Comparison, Input, Options};
//!
//! let run = |figures: [u32; 6]| -> String {
//!     let lines = figures.map(|ns| format!("BenchmarkLog-2 \t1000\t{ns} ns/op\n"));
//!     lines.concat()
//! };
//! let inputs = [
//!     Input::new("without", run([171, 170, 172, 170, 174, 171])),
//!     Input::new("pooled", run([80, 81, 80, 79, 80, 82])),
//! ];
//! let comparison = Comparison::read(&inputs, Options::default())?;
//! assert_eq!(comparison.text(), "\
//! \x20     │   without    │               pooled               │
//!       │    sec/op    │   sec/op     vs base               │
//! Log-2   171.00n ± 2%   80.00n ± 3%  -53.22% (p=0.002 n=6)
//! ");
//! assert!(comparison.regressions(0.0).is_empty());
//! # Ok::<(), repool_bench::compare::CompareError>(())
//! ```
//!
//! # What is compared
//!
//! Each input is a column, and each is compared with the first. Rows are benchmarks by their full
//! name; there is a table for each unit and each configuration (the lines such as `pkg: shop` above
//! the results). Repeat a benchmark ten times or more (`--count 10`): with fewer than six
//! measurements there is no interval, with fewer than four nothing can be significant.
//!
//! A figure is the median of its measurements. `± 2%` is its interval at a level of confidence of
//! 95 %, as the larger distance of its bounds from the figure. A difference is shown if it is significant: if
//! the probability of a difference as large by chance alone is 5 % or less (Mann and Whitney's U
//! test). Otherwise the table shows `~`.
//!
//! A benchmark that failed is named in [`Comparison::failures`] and in [`Comparison::uncompared`]; the
//! tables hold the results that it has all the same.
//!
//! # What is worse
//!
//! More sec/op, B/op and allocs/op are worse, and so is less B/s. For any other unit the direction is
//! unknown unless a line gives it: `Unit hits/op better=higher`, or `better=lower`. Such a line may be
//! in any of the inputs; if two of them differ, the first one counts. After a line `Unit NAME
//! assume=exact` every difference in that unit is significant, for figures that do not vary, such as
//! the size of a file.
//!
//! # Where it is not benchstat
//!
//! For the same files [`Comparison::text`] is the output of benchstat, byte for byte, with these
//! exceptions:
//!
//! - A line with a measurement of `NaN` or infinity is left out with a [`Warning`]. (Benchstat does
//!   not end, or prints `NaN`.)
//! - Lines may be of any length; numbers are decimal only.
//! - An input without any result is an error.
//! - An input may be the output of `--json`, which has no configuration, and no number of threads
//!   behind the names.
//! - A file that is neither UTF-8 nor UTF-16 with a byte order mark is an error.
//!
//! Two oddities are the same as in benchstat. A value of 0 is not converted to its base unit, so that
//! `0 ns/op` is in a table of its own. If samples of different sizes have many equal values, the
//! probability may be wrong, and even 0 or more than 1; measure both equally often.

mod change;
mod collection;
mod encoding;
mod failed;
mod figure;
mod geomean;
mod input;
mod interval;
mod layout;
mod options;
mod pairing;
mod read;
mod regression;
mod sample;
mod scale;
mod table;
mod text;
mod u_test;
mod uncompared;
mod unit;

use serde::{Deserialize, Serialize};

use collection::Collection;
use read::Outcome;

pub use failed::FailedBenchmark;
pub use input::{CompareError, Input, LARGEST_FILE, Warning, read_file};
pub use options::Options;
pub use pairing::Pair;
pub use regression::Regression;
pub use table::{Cell, Change, Geomean, Row, Table, Verdict};
pub use uncompared::{Reason, Uncompared};
pub use unit::Better;

/// The comparison of two runs or more, which [the module](self) describes with an example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comparison {
    /// A difference is significant if its probability by chance is at most this, from 0 to 1.
    pub alpha: f64,
    /// The level of confidence of the intervals, from 0 to 1.
    pub confidence: f64,
    /// The inputs' labels, each once. The others are compared with the first one. A table has those of
    /// them that have results in it.
    #[serde(default)]
    pub columns: Vec<String>,
    /// A table for each configuration and unit.
    pub tables: Vec<Table>,
    /// The benchmarks that failed, in the order of the inputs.
    #[serde(default)]
    pub failures: Vec<FailedBenchmark>,
    /// The lines that were left out because they could not be parsed.
    #[serde(skip)]
    pub warnings: Vec<Warning>,
}

impl Comparison {
    /// Reads the inputs and compares them. One input gives a summary; any number of further ones is
    /// compared with the first. [The module](self) has an example.
    ///
    /// # Errors
    ///
    /// If there is no input, if one has no line of results, or if an option is not from 0 to 1.
    /// Lines that are broken are no error but [`warnings`](Self::warnings).
    pub fn read(inputs: &[Input], options: Options) -> Result<Self, CompareError> {
        options.check()?;
        if inputs.is_empty() {
            let message = "nothing to compare: name one file of results or more";
            return Err(CompareError::new(message.into()));
        }
        let mut units = unit::Units::default();
        let mut warnings = Vec::new();
        let mut collection = Collection::default();
        let mut columns = Vec::new();
        let mut failures = Vec::new();
        for input in inputs {
            if !columns.contains(&input.label) {
                columns.push(input.label.clone());
            }
            let (mut any, warned) = (false, warnings.len());
            let mut failed = None;
            read::read(
                input,
                &mut units,
                &mut warnings,
                |config, outcome| match outcome {
                    Outcome::Result(line) => {
                        any = true;
                        collection.add(&input.label, config, line);
                    }
                    Outcome::Failure(name) => {
                        let failure = FailedBenchmark {
                            column: input.label.clone(),
                            name: name.into(),
                        };
                        if !failures.contains(&failure) {
                            failures.push(failure);
                        }
                        failed.get_or_insert_with(|| name.to_string());
                    }
                },
            );
            if !any {
                return Err(no_results(input, failed, warnings.get(warned)));
            }
        }
        Ok(Self {
            alpha: options.alpha,
            confidence: options.confidence,
            columns,
            tables: collection.into_tables(&units, &options),
            failures,
            warnings,
        })
    }

    /// The tables as benchstat prints them. Each line ends in a newline. [The module](self) has an
    /// example.
    #[must_use]
    pub fn text(&self) -> String {
        text::text(&self.tables)
    }

    /// The comparison as one JSON document, indented, with a newline at its end: `alpha`,
    /// `confidence`, `columns`, `tables`, whose fields are those of [`Table`], `failures`, whose fields are
    /// those of [`FailedBenchmark`], and `uncompared`, whose fields are those of [`Uncompared`].
    ///
    /// # Panics
    ///
    /// Never: every key is text.
    ///
    /// ```
    /// use repool_bench::compare::{Comparison, Input, Options};
    ///
    /// let input = Input::new("old", "BenchmarkLog-2 1000 171 ns/op\n");
    /// let json = Comparison::read(&[input], Options::default())?.to_json();
    /// let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    /// assert_eq!(document["tables"][0]["rows"][0]["name"], "Log-2");
    /// # Ok::<(), repool_bench::compare::CompareError>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Document<'a> {
            #[serde(flatten)]
            comparison: &'a Comparison,
            uncompared: Vec<Uncompared>,
        }
        let document = Document {
            comparison: self,
            uncompared: self.uncompared(),
        };
        let mut text = serde_json::to_string_pretty(&document).expect("a comparison is plain data");
        text.push('\n');
        text
    }

    /// Every benchmark that could not be compared with the first column, and why, and every one that
    /// failed in any column. The tables show such a row without a note.
    ///
    /// ```
    /// use repool_bench::compare::{Comparison, Input, Options};
    ///
    /// let inputs = [
    ///     Input::new("old", "BenchmarkLog-2 1000 171 ns/op\n"),
    ///     Input::new("new", "BenchmarkLog-4 1000 80 ns/op\n"),
    /// ];
    /// let comparison = Comparison::read(&inputs, Options::default())?;
    /// let lost = &comparison.uncompared()[0];
    /// assert_eq!(lost.to_string(), "Log-2 is not compared: new has Log-4 instead");
    /// # Ok::<(), repool_bench::compare::CompareError>(())
    /// ```
    #[must_use]
    pub fn uncompared(&self) -> Vec<Uncompared> {
        let base = self.columns.first().map_or("", String::as_str);
        uncompared::of_pairs(self.pairs(), base, &self.failures)
    }

    /// Every result of the first column with its counterpart in each other column, in the order of the
    /// columns and then of the tables, and whether the two are compared. A result without a
    /// counterpart is in a pair of its own.
    ///
    /// ```
    /// use repool_bench::compare::{Comparison, Input, Options, Reason};
    ///
    /// let inputs = [
    ///     Input::new("old", "cpu: x\nBenchmarkLog-2 1000 171 ns/op\n"),
    ///     Input::new("new", "cpu: y\nBenchmarkLog-2 1000 80 ns/op\n"),
    /// ];
    /// let comparison = Comparison::read(&inputs, Options::default())?;
    /// let pairs = comparison.pairs();
    /// assert_eq!(pairs.len(), 1);
    /// assert!(pairs[0].cell().is_some_and(|cell| cell.centre == 80e-9));
    /// assert!(matches!(&pairs[0].reason, Some(Reason::OtherConfig { key, .. }) if key == "cpu"));
    /// # Ok::<(), repool_bench::compare::CompareError>(())
    /// ```
    #[must_use]
    pub fn pairs(&self) -> Vec<Pair<'_>> {
        let Some((base, others)) = self.columns.split_first() else {
            return Vec::new();
        };
        let of_column = |column| pairing::pairs(&self.tables, base, column);
        others.iter().flat_map(|column| of_column(column)).collect()
    }

    /// Whether any benchmark was compared with the first column, with runs enough for a difference to
    /// be significant. If not, a gate has checked nothing.
    ///
    /// ```
    /// use repool_bench::compare::{Comparison, Input, Options};
    ///
    /// let six = "BenchmarkLog-2 1000 171 ns/op\n".repeat(6);
    /// let compare = |new: &str| {
    ///     let inputs = [Input::new("old", six.as_str()), Input::new("new", new)];
    ///     Comparison::read(&inputs, Options::default())
    /// };
    /// assert!(compare(&six)?.compares_anything());
    /// assert!(!compare("BenchmarkLog-2 1000 171 ns/op\n")?.compares_anything());
    /// # Ok::<(), repool_bench::compare::CompareError>(())
    /// ```
    #[must_use]
    pub fn compares_anything(&self) -> bool {
        let rows = self.tables.iter().flat_map(|table| &table.rows);
        rows.flat_map(|row| row.cells.iter().flatten())
            .filter_map(|cell| cell.change.as_ref())
            .any(|change| change.provable)
    }

    /// Every significant change for the worse of `least_percent` or more, in the order of the
    /// tables. A figure that grew from 0 is listed whatever `least_percent` is.
    ///
    /// ```
    /// use repool_bench::compare::{Comparison, Input, Options};
    ///
    /// let runs = |ns| format!("BenchmarkLog-2 1000 {ns} ns/op\n").repeat(6);
    /// let inputs = [Input::new("old", runs(100)), Input::new("new", runs(110))];
    /// let comparison = Comparison::read(&inputs, Options::default())?;
    /// assert_eq!(comparison.regressions(5.0)[0].name, "Log-2");
    /// assert!(comparison.regressions(20.0).is_empty());
    /// # Ok::<(), repool_bench::compare::CompareError>(())
    /// ```
    #[must_use]
    pub fn regressions(&self, least_percent: f64) -> Vec<Regression> {
        let tables = self.tables.iter();
        tables
            .flat_map(|table| regression::of_table(table, least_percent))
            .collect()
    }
}

/// The error for an input without a result.
fn no_results(input: &Input, failed: Option<String>, warning: Option<&Warning>) -> CompareError {
    CompareError::new(match (failed, warning) {
        (Some(name), _) => format!(
            "{}: no benchmark has a result, and {name} failed; repair it and run it again",
            input.file
        ),
        (None, Some(warning)) => {
            format!("{warning}, and no other line is a benchmark's result")
        }
        (None, None) => format!(
            "{}: no line is a benchmark's result, such as `BenchmarkName-2 1000 12.3 ns/op`; \
             give what `cargo bench` or `go test -bench` printed",
            input.file
        ),
    })
}
