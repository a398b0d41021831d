//! Go's benchmark format: <https://go.dev/design/14313-benchmark-format>.
//!
//! All other lines are skipped without a warning, because results are often in the middle of the output
//! of tests and builds. An input that consists of [`Report`]s as JSON is read as such.

use super::input::{Input, Warning};
use super::unit::{self, Units};
use crate::record::{Record, Report};

/// The outcome of one benchmark in a run.
pub(super) enum Outcome<'a> {
    /// It has a result.
    Result(Line<'a>),
    /// The benchmark of this name, without `Benchmark` in front, failed.
    Failure(&'a str),
}

/// One line of results.
pub(super) struct Line<'a> {
    /// Without `Benchmark` in front.
    pub name: &'a str,
    /// Each value in its base unit.
    pub values: Vec<(f64, String)>,
}

impl<'a> Line<'a> {
    /// A record's figures: those that its line in Go's format has, unrounded.
    fn of_record(record: &'a Record) -> Self {
        let time = Some((record.ns_per_op, "ns/op")).filter(|(ns, _)| *ns != 0.0);
        let metrics = record.metrics.iter();
        let counted = [
            (record.bytes_per_op, "B/op"),
            (record.allocs_per_op, "allocs/op"),
        ];
        let counted = counted
            .into_iter()
            .filter_map(|(count, unit)| Some((count? as f64, unit)));
        let figures = time
            .into_iter()
            .chain(metrics.map(|(unit, value)| (*value, unit.as_str())))
            .chain(counted);
        Self {
            name: &record.name,
            values: figures.map(|(value, unit)| based(value, unit)).collect(),
        }
    }
}

/// The lines `key: value`. Each applies to the results below it until a line changes it.
#[derive(Default)]
pub(super) struct ConfigLines(Vec<(String, String)>);

impl ConfigLines {
    /// Keys and values, in the order in which tables show them.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter();
        pairs.map(|(key, value)| (key.as_str(), value.as_str()))
    }

    fn set(&mut self, key: &str, value: &str) {
        let index = self.0.iter().position(|(known, _)| known == key);
        match (index, value) {
            // As in benchstat, the last pair moves to the removed one's position.
            (Some(index), "") => drop(self.0.swap_remove(index)),
            (Some(index), _) => self.0[index].1 = value.into(),
            (None, "") => {}
            (None, _) => self.0.push((key.into(), value.into())),
        }
    }
}

/// Calls `take` for each result and each failure, sets the properties of units, and adds a warning for
/// each line that cannot be parsed.
pub(super) fn read(
    input: &Input,
    units: &mut Units,
    warnings: &mut Vec<Warning>,
    mut take: impl FnMut(&ConfigLines, Outcome<'_>),
) {
    let mut config = ConfigLines::default();
    if let Some(reports) = reports(&input.text) {
        for report in &reports {
            for record in &report.benchmarks {
                take(&config, Outcome::Result(Line::of_record(record)));
            }
            for failure in &report.failures {
                take(&config, Outcome::Failure(&failure.name));
            }
        }
        return;
    }
    for (index, line) in input.text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut warn = |message: String| {
            warnings.push(Warning {
                file: input.file.clone(),
                line: index + 1,
                message,
            });
        };
        if let Some(name) = failure(line) {
            take(&config, Outcome::Failure(name));
        } else if let Some(rest) = line.strip_prefix("Benchmark") {
            match results(rest) {
                Ok(Some(line)) => take(&config, Outcome::Result(line)),
                Ok(None) => {}
                Err(message) => warn(message),
            }
        } else if let ("Unit", rest) = split_word(line) {
            unit_facts(rest, units, warn);
        } else if let Some((key, value)) = key_and_value(line) {
            config.set(key, value);
        }
    }
}

/// Splits a line at its first white space: the word before it, which may be empty, and the text behind
/// all white space.
fn split_word(line: &str) -> (&str, &str) {
    match line.split_once(char::is_whitespace) {
        Some((word, rest)) => (word, rest.trim_start()),
        None => (line, ""),
    }
}

/// Parses a line without its `Benchmark`: a name, the iterations, and values with their units. `None`
/// if there is only a name, which `go test -v` prints when a benchmark starts.
fn results(line: &str) -> Result<Option<Line<'_>>, String> {
    let (name, rest) = split_word(line);
    if name.len() == line.len() {
        return Ok(None);
    }
    let (iterations, mut rest) = split_word(rest);
    if iterations.is_empty() {
        return Err("missing iteration count".into());
    }
    if let Err(error) = iterations.parse::<i64>() {
        use std::num::IntErrorKind::{NegOverflow, PosOverflow};
        let why = match error.kind() {
            PosOverflow | NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        return Err(format!("parsing iteration count: {why}"));
    }
    let mut values = Vec::new();
    while !rest.is_empty() {
        let (value, after) = split_word(rest);
        let value = number(value).map_err(|why| format!("parsing measurement: {why}"))?;
        let (unit, after) = split_word(after);
        if unit.is_empty() {
            return Err("missing units".into());
        }
        values.push(based(value, unit));
        rest = after;
    }
    if values.is_empty() {
        return Err("missing measurements".into());
    }
    Ok(Some(Line { name, values }))
}

/// A value in its base unit. As in benchstat, a value of 0 keeps its unit as written, so that 0 ns/op
/// is not in sec/op.
fn based(value: f64, unit: &str) -> (f64, String) {
    let (in_base, base) = unit::in_base(value, unit);
    let unit = if in_base == value { unit.into() } else { base };
    (in_base, unit)
}

/// The name in a line `--- FAIL: BenchmarkName-2`. Go prints the name before it too, if the benchmark
/// failed in a later run than its first.
fn failure(line: &str) -> Option<&str> {
    let (before, rest) = line.split_once("--- FAIL: Benchmark")?;
    let (name, _) = split_word(rest);
    let begun = before.trim();
    (begun.is_empty() || begun.strip_prefix("Benchmark") == Some(name)).then_some(name)
}

/// One or more documents of [`Report`], if the text consists of them.
fn reports(text: &str) -> Option<Vec<Report>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let documents = serde_json::Deserializer::from_str(text).into_iter();
    documents.collect::<Result<_, _>>().ok()
}

fn number(text: &str) -> Result<f64, &'static str> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) if text.contains(|c: char| c.is_ascii_digit()) => Err("value out of range"),
        // Go reads these, but they have no index in an order, and no median.
        Ok(_) => Err("not a finite number"),
        Err(_) => Err("invalid syntax"),
    }
}

/// Parses a line without its `Unit`: a unit, and its properties as `key=value`.
fn unit_facts(line: &str, units: &mut Units, mut warn: impl FnMut(String)) {
    let (unit, mut rest) = split_word(line);
    if unit.is_empty() {
        return warn("missing unit".into());
    }
    while !rest.is_empty() {
        let (fact, after) = split_word(rest);
        rest = after;
        match fact.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                if let Err(standing) = units.set(unit, key, value) {
                    warn(format!(
                        "metadata {key} of unit {unit} already set to {standing}"
                    ));
                }
            }
            _ => warn("expected key=value".into()),
        }
    }
}

/// `key: value`, whose key begins with a lower-case letter and has neither upper-case letters nor
/// white space in it. The value may be missing; a space before it may not.
fn key_and_value(line: &str) -> Option<(&str, &str)> {
    let first = line.chars().next()?;
    let (key, value) = line.split_once(':')?;
    let is_key = |key: &str| !key.contains(|c: char| c.is_whitespace() || c.is_uppercase());
    if !first.is_lowercase() || !is_key(key) {
        return None;
    }
    if value.is_empty() {
        return Some((key, value));
    }
    let trimmed = value.trim_start_matches([' ', '\t']);
    (trimmed.len() < value.len()).then_some((key, trimmed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> (Vec<String>, Vec<String>) {
        let (mut lines, mut warnings) = (Vec::new(), Vec::new());
        let input = Input::new("f", text);
        read(
            &input,
            &mut Units::default(),
            &mut warnings,
            |config, entry| {
                let config: Vec<_> = config.pairs().collect();
                lines.push(match entry {
                    Outcome::Result(line) => {
                        format!("{config:?} {} {:?}", line.name, line.values)
                    }
                    Outcome::Failure(name) => format!("failed: {name}"),
                });
            },
        );
        (lines, warnings.iter().map(Warning::to_string).collect())
    }

    #[test]
    fn broken_lines_are_warned_of_with_their_place() {
        let text = "BenchmarkA\nBenchmarkA \nBenchmarkA x\nBenchmarkA 1\nBenchmarkA 1 2\n\
                    BenchmarkA 1 2..3 ns/op\nBenchmarkA 99999999999999999999 1 ns/op\n\
                    BenchmarkA 1 1e999 ns/op\nBenchmarkA 1 NaN ns/op\nBenchmarkA 1 2 x 3\n\
                    Unit\nUnit x a=1 b =2 a=1 a=2\n";
        let (lines, warnings) = all(text);
        assert_eq!(lines, [""; 0]);
        assert_eq!(
            warnings,
            [
                "f:2: missing iteration count",
                "f:3: parsing iteration count: invalid syntax",
                "f:4: missing measurements",
                "f:5: missing units",
                "f:6: parsing measurement: invalid syntax",
                "f:7: parsing iteration count: value out of range",
                "f:8: parsing measurement: value out of range",
                "f:9: parsing measurement: not a finite number",
                "f:10: missing units",
                "f:11: missing unit",
                "f:12: expected key=value",
                "f:12: expected key=value",
                "f:12: metadata a of unit x already set to 1",
            ]
        );
    }

    #[test]
    fn configuration_holds_until_it_is_changed() {
        let text = "a: 1\nb:\t 2 \nnot:this\nNor: this\nno r: that\n: x\nok  \tpkg\t1s\n\
                    BenchmarkA/x=1-8\t1 +2e3 x\u{a0}3 y\r\nc: 3\na:\nBenchmarkB 1 1 x";
        let (lines, warnings) = all(text);
        assert_eq!(warnings, [""; 0]);
        assert_eq!(
            lines,
            [
                r#"[("a", "1"), ("b", "2 ")] A/x=1-8 [(2000.0, "x"), (3.0, "y")]"#,
                r#"[("c", "3"), ("b", "2 ")] B [(1.0, "x")]"#,
            ]
        );
    }

    #[test]
    fn failures_are_read_as_go_and_the_harness_print_them() {
        let text = "--- FAIL: BenchmarkA/x-2\n--- FAIL: BenchmarkB\n    b_test.go:5: no\n\
                    BenchmarkC-8   \t--- FAIL: BenchmarkC-8\r\n    --- FAIL: TestD (0.00s)\n\
                    log: --- FAIL: BenchmarkE\nFAIL\nexit status 1\nFAIL\tshop\t0.1s\n";
        let (lines, warnings) = all(text);
        assert_eq!(warnings, [""; 0]);
        assert_eq!(lines, ["failed: A/x-2", "failed: B", "failed: C-8"]);
    }

    #[test]
    fn json_documents_are_read_unrounded() {
        let report = Report {
            benchmarks: vec![Record {
                name: "Log".into(),
                iterations: 3,
                ns_per_op: 1234.5678,
                bytes_per_op: Some(72),
                allocs_per_op: None,
                metrics: [("hits/op".into(), 0.25)].into(),
            }],
            failures: vec![crate::Failure {
                name: "Cache".into(),
                reason: "its body panicked".into(),
            }],
        };
        let (lines, warnings) = all(&[report.to_json(), report.to_json()].concat());
        assert_eq!(warnings, [""; 0]);
        let seconds = 1234.5678 * 1e-9;
        let result =
            format!(r#"[] Log [({seconds:?}, "sec/op"), (0.25, "hits/op"), (72.0, "B/op")]"#);
        assert_eq!(lines, [&result, "failed: Cache", &result, "failed: Cache"]);
        assert_eq!(all("{\n\"benchmarks\": 1}\n").0, [""; 0]);
    }

    #[test]
    fn what_the_harness_prints_is_read_back() {
        let record = crate::Record {
            name: "pair/Größe=10".into(),
            iterations: 6504818,
            ns_per_op: 183.2,
            bytes_per_op: Some(72),
            allocs_per_op: Some(2),
            metrics: [("hits/op".into(), 0.25)].into(),
        };
        let machine = crate::Machine {
            goos: "linux".into(),
            goarch: "amd64".into(),
            pkg: Some("shop".into()),
            cpu: None,
            parallelism: 2,
        };
        let text = crate::format::header(&machine) + &crate::format::line(&record, 2, 30);
        let (lines, warnings) = all(&text);
        assert_eq!(warnings, [""; 0]);
        let seconds = 183.2 * 1e-9;
        assert_eq!(
            lines,
            [format!(
                "{} {} {}",
                r#"[("goos", "linux"), ("goarch", "amd64"), ("pkg", "shop")]"#,
                "pair/Größe=10-2",
                format_args!(
                    r#"[({seconds:?}, "sec/op"), (0.25, "hits/op"), (72.0, "B/op"), (2.0, "allocs/op")]"#
                ),
            )]
        );
    }
}
