//! Records as text, in the format of Go's `testing` package.

use std::fmt::Write;

use crate::machine::Machine;
use crate::record::Record;

/// The lines before the first result: `goos:`, `goarch:`, and, if they are
/// known, `pkg:` and `cpu:`. Each ends in a newline.
///
/// ```
/// use repool_bench::{Machine, format};
///
/// let mut machine = Machine::new("linux", "arm64");
/// machine.pkg = Some("shop".into());
/// assert_eq!(format::header(&machine), "goos: linux\ngoarch: arm64\npkg: shop\n");
/// ```
#[must_use]
pub fn header(machine: &Machine) -> String {
    let Machine {
        goos,
        goarch,
        pkg,
        cpu,
        parallelism: _,
    } = machine;
    let known = [("goos", Some(goos)), ("goarch", Some(goarch))];
    let lines = known
        .into_iter()
        .chain([("pkg", pkg.as_ref()), ("cpu", cpu.as_ref())]);
    lines
        .filter_map(|(key, value)| Some(format!("{key}: {}\n", value?)))
        .collect()
}

/// A benchmark's name as a line shows it: `Benchmark` in front, and behind it
/// the number of threads, unless that is 1.
///
/// ```
/// use repool_bench::format::full_name;
///
/// assert_eq!(full_name("LogNoPool", 2), "BenchmarkLogNoPool-2");
/// assert_eq!(full_name("LogNoPool", 1), "BenchmarkLogNoPool");
/// ```
#[must_use]
pub fn full_name(name: &str, parallelism: usize) -> String {
    match parallelism {
        1 => format!("Benchmark{name}"),
        threads => format!("Benchmark{name}-{threads}"),
    }
}

/// The width of the column of `names`, in characters, as in Go.
///
/// ```
/// use repool_bench::format::name_width;
///
/// let width = name_width(["Short", "LongerName"], 2);
/// assert!(width > "BenchmarkLongerName-2".len());
/// ```
#[must_use]
pub fn name_width<'a>(names: impl IntoIterator<Item = &'a str>, parallelism: usize) -> usize {
    // Go adds the length of the suffix twice, and one.
    let suffix = full_name("", parallelism).len() - full_name("", 1).len();
    let widths = names
        .into_iter()
        .map(|name| full_name(name, parallelism).chars().count());
    widths.max().unwrap_or(0) + suffix + 1
}

/// A result as one line, its name padded to `width` characters, without a
/// newline. `parallelism` is [`Machine::parallelism`].
///
/// As in Go, B/op and allocs/op are left out if the global allocator does not
/// count, and ns/op if it is 0 (a loop shorter than the clock's step).
///
/// ```
/// use repool_bench::{Record, format};
///
/// let mut record = Record::new("LogNoPool", 6504818, 183.2);
/// record.bytes_per_op = Some(72);
/// record.allocs_per_op = Some(2);
/// assert_eq!(
///     format::line(&record, 2, 23),
///     "BenchmarkLogNoPool-2   \t 6504818\t       183.2 ns/op\t      72 B/op\t       2 allocs/op",
/// );
/// ```
#[must_use]
pub fn line(record: &Record, parallelism: usize, width: usize) -> String {
    let name = full_name(&record.name, parallelism);
    let mut line = format!("{name:<width$}\t{:8}", record.iterations);
    if record.ns_per_op != 0.0 {
        push_figure(&mut line, record.ns_per_op, "ns/op");
    }
    for (unit, value) in &record.metrics {
        push_figure(&mut line, *value, unit);
    }
    for (value, unit) in [
        (record.bytes_per_op, "B/op"),
        (record.allocs_per_op, "allocs/op"),
    ] {
        if let Some(value) = value {
            let _ = write!(line, "\t{value:8} {unit}");
        }
    }
    line
}

/// A tab, the figure and its unit. Ten places before the decimal point and four
/// significant digits in all: with these widths the points stand in one column.
fn push_figure(line: &mut String, value: f64, unit: &str) {
    let size = value.abs();
    let (width, decimals) = match size {
        _ if size == 0.0 || size >= 999.95 => (10, 0),
        _ if size >= 99.995 => (12, 1),
        _ if size >= 9.9995 => (13, 2),
        _ if size >= 0.99995 => (14, 3),
        _ if size >= 0.099995 => (15, 4),
        _ if size >= 0.0099995 => (16, 5),
        _ if size >= 0.00099995 => (17, 6),
        _ => (18, 7),
    };
    let _ = write!(line, "\t{value:width$.decimals$} {unit}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(value: f64) -> String {
        let mut text = String::new();
        push_figure(&mut text, value, "ns/op");
        text
    }

    /// Expected texts are what Go 1.27's `BenchmarkResult.String` prints.
    #[test]
    fn figures_line_up_at_every_magnitude() {
        let cases = [
            (100000.0, "\t    100000 ns/op"),
            (12345678901.0, "\t12345678901 ns/op"),
            (1234.5, "\t      1234 ns/op"),
            (999.95, "\t      1000 ns/op"),
            (999.94, "\t       999.9 ns/op"),
            (155.2, "\t       155.2 ns/op"),
            (99.995, "\t       100.0 ns/op"),
            (12.34, "\t        12.34 ns/op"),
            (1.234, "\t         1.234 ns/op"),
            (0.1234, "\t         0.1234 ns/op"),
            (0.01234, "\t         0.01234 ns/op"),
            (0.001234, "\t         0.001234 ns/op"),
            (0.0001234, "\t         0.0001234 ns/op"),
            (0.0, "\t         0 ns/op"),
            (-155.2, "\t      -155.2 ns/op"),
        ];
        for (value, text) in cases {
            assert_eq!(figure(value), text, "{value}");
        }
    }

    fn record() -> Record {
        Record {
            name: "X".into(),
            iterations: 100,
            ns_per_op: 21.5,
            bytes_per_op: Some(64),
            allocs_per_op: Some(1),
            metrics: Default::default(),
        }
    }

    #[test]
    fn a_line_without_counts_has_the_time_only() {
        let timed = Record {
            bytes_per_op: None,
            allocs_per_op: None,
            ..record()
        };
        assert_eq!(
            line(&timed, 1, 0),
            "BenchmarkX\t     100\t        21.50 ns/op"
        );
    }

    #[test]
    fn a_time_too_short_to_see_is_left_out() {
        let instant = Record {
            ns_per_op: 0.0,
            ..record()
        };
        assert_eq!(
            line(&instant, 1, 0),
            "BenchmarkX\t     100\t      64 B/op\t       1 allocs/op"
        );
    }

    #[test]
    fn metrics_stand_between_time_and_memory_in_order_of_unit() {
        let mut reporting = record();
        reporting.metrics = [("misses/op".into(), 0.25), ("hits/op".into(), 3.0)].into();
        assert_eq!(
            line(&reporting, 4, 14),
            "BenchmarkX-4  \t     100\t        21.50 ns/op\t         3.000 hits/op\
             \t         0.2500 misses/op\t      64 B/op\t       1 allocs/op",
        );
    }

    #[test]
    fn a_header_names_all_that_is_known() {
        let machine = Machine {
            goos: "linux".into(),
            goarch: "amd64".into(),
            pkg: Some("p".into()),
            cpu: Some("Some CPU @ 2.10GHz".into()),
            parallelism: 2,
        };
        let expected = "goos: linux\ngoarch: amd64\npkg: p\ncpu: Some CPU @ 2.10GHz\n";
        assert_eq!(header(&machine), expected);
    }

    #[test]
    fn the_column_of_names_is_as_wide_as_in_go() {
        // "BenchmarkLogWithPool-2", and 2 and 1 more.
        assert_eq!(
            name_width(["LogNoPool", "LogWithPool", "LogNoAlloc"], 2),
            25
        );
        assert_eq!(name_width(["LogWithPool"], 1), 21);
    }
}
