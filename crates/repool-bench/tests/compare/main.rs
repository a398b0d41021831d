//! Comparisons against what benchstat printed; see `golden/README.md`.

use std::fs;
use std::path::PathBuf;

use repool_bench::compare::{Better, Comparison, Input, Options, Verdict};

fn golden(path: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compare/golden");
    PathBuf::from(folder).join(path)
}

fn comparison_with(folder: &str, arguments: &[&str], options: Options) -> Comparison {
    let inputs: Vec<_> = arguments
        .iter()
        .map(|argument| {
            let (label, file) = argument.split_once('=').unwrap_or((argument, argument));
            let text = fs::read_to_string(golden(folder).join(file)).expect("a golden input");
            let mut input = Input::new(label, text);
            input.file = file.into();
            input
        })
        .collect();
    Comparison::read(&inputs, options).expect("inputs with results")
}

fn comparison(folder: &str) -> Comparison {
    comparison_with(folder, &["old.txt", "new.txt"], Options::default())
}

fn is_benchstat(folder: &str, comparison: &Comparison) {
    let read = |name: &str| fs::read_to_string(golden(folder).join(name));
    let expected = read("stdout").expect("a golden output");
    assert!(
        comparison.text() == expected,
        "{folder}: benchstat prints\n{expected}\nand we print\n{}",
        comparison.text()
    );
    let warnings: String = comparison
        .warnings
        .iter()
        .map(|warning| format!("{warning}\n"))
        .collect();
    assert_eq!(warnings, read("stderr").unwrap_or_default(), "{folder}");
}

macro_rules! old_and_new {
    ($($folder:ident)*) => {$(
        #[test]
        fn $folder() {
            let folder = stringify!($folder);
            is_benchstat(folder, &comparison(folder));
        }
    )*};
}

old_and_new! {
    config disjoint equal lopsided names negative noise random sizes ten ties units zeros
}

#[test]
fn one() {
    is_benchstat(
        "one",
        &comparison_with("one", &["only.txt"], Options::default()),
    );
}

#[test]
fn three() {
    let files = ["a.txt", "b.txt", "c.txt"];
    is_benchstat(
        "three",
        &comparison_with("three", &files, Options::default()),
    );
}

#[test]
fn pooled() {
    let files = ["before=a.txt", "after=b.txt", "after=c.txt"];
    is_benchstat(
        "pooled",
        &comparison_with("pooled", &files, Options::default()),
    );
}

#[test]
fn same() {
    // What `Input::open` makes of a file that is named twice.
    let files = ["old.txt#0=old.txt", "old.txt#1=old.txt"];
    is_benchstat("same", &comparison_with("same", &files, Options::default()));
}

#[test]
fn thresholds() {
    let options = Options::new(0.01, 0.99);
    let files = ["old.txt", "new.txt"];
    is_benchstat(
        "thresholds",
        &comparison_with("thresholds", &files, options),
    );
}

#[test]
fn intervals_have_the_bounds_that_benchstat_takes() {
    let orders = fs::read_to_string(golden("orders")).expect("a golden output");
    for line in orders.lines() {
        let numbers: Vec<f64> = line.split(' ').map(|n| n.parse().unwrap()).collect();
        let [confidence, n, low, high] = numbers[..] else {
            panic!("{line}")
        };
        let lines = (1..=n as u32).map(|i| format!("BenchmarkA 1 {i} x\n"));
        let mut options = Options::default();
        options.confidence = confidence;
        let comparison = Comparison::read(&[Input::new("a", lines.collect::<String>())], options);
        let table = &comparison.unwrap().tables[0];
        let cell = table.rows[0].cells[0].as_ref().unwrap();
        // The k-th of the measurements is k.
        let within = |order: f64| (1.0..=n).contains(&order).then_some(order);
        assert_eq!((cell.low, cell.high), (within(low), within(high)), "{line}");
    }
}

fn regressions(folder: &str, least_percent: f64) -> Vec<String> {
    let all = comparison(folder).regressions(least_percent).into_iter();
    all.map(|worse| format!("{} {}", worse.name, worse.unit))
        .collect()
}

#[test]
fn only_what_is_significant_and_worse_is_a_regression() {
    assert_eq!(regressions("ten", 0.0), ["Echo/size=64-2 B/op"]);
    assert_eq!(regressions("ten", 4700.0), ["Echo/size=64-2 B/op"]);
    assert_eq!(regressions("ten", 4701.0), [""; 0]);
    // Less of hits/op, which the files declare, less B/s, more text-bytes; not of p99-sec.
    assert_eq!(
        regressions("units", 0.0),
        ["A-4 sec/op", "A-4 B/s", "A-4 hits/op", "A-4 text-bytes"]
    );
    assert_eq!(
        regressions("units", 5.0),
        ["A-4 sec/op", "A-4 B/s", "A-4 hits/op"]
    );
    // What benchstat holds for significant in these is proved by nothing.
    assert!(
        comparison("lopsided").tables[1].rows[0].cells[1]
            .as_ref()
            .unwrap()
            .change
            .as_ref()
            .unwrap()
            .significant
    );
    assert_eq!(regressions("lopsided", 0.0), [""; 0]);
}

#[test]
fn growing_from_nothing_is_a_regression_of_any_percentage() {
    let run = |label: &str, figure: u32| {
        Input::new(label, format!("BenchmarkA 1 {figure} B/op\n").repeat(6))
    };
    let inputs = [run("old", 0), run("new", 8)];
    let comparison = Comparison::read(&inputs, Options::default()).unwrap();
    let worse = comparison.regressions(1e300);
    assert_eq!(
        (worse[0].base, worse[0].centre, worse[0].percent),
        (0.0, 8.0, None)
    );
    assert!(
        comparison.text().contains(" ? (p=0.002 n=6)"),
        "{}",
        comparison.text()
    );
}

#[test]
fn json_tells_what_the_text_tells() {
    let comparison = comparison("units");
    let json = comparison.to_json();
    let read: Comparison = serde_json::from_str(&json).unwrap();
    assert_eq!(read.alpha, 0.05);
    let names: Vec<_> = read
        .tables
        .iter()
        .map(|table| table.unit.as_str())
        .collect();
    assert_eq!(
        names,
        ["sec/op", "B/s", "hits/op", "p99-sec", "text-bytes", "tiny"]
    );
    let hits = &read.tables[2];
    assert_eq!((hits.better, hits.exact), (Better::Higher, false));
    let change = hits.rows[0].cells[1]
        .as_ref()
        .unwrap()
        .change
        .as_ref()
        .unwrap();
    assert_eq!((change.significant, change.verdict), (true, Verdict::Worse));
    assert!((change.p - 2.0 / 924.0).abs() < 1e-12);
    assert!(json.contains("\"verdict\": \"worse\""));
    // Too few measurements: no bounds.
    let json = comparison_with("noise", &["new.txt"], Options::default()).to_json();
    assert!(json.contains("\"low\": null"), "{json}");
}

#[test]
fn what_cannot_be_compared_is_said_in_one_line() {
    let fails = |inputs: &[Input], options| Comparison::read(inputs, options).unwrap_err();
    let no_line = fails(&[Input::new("a.txt", "PASS\n")], Options::default());
    assert!(
        no_line.to_string().starts_with("a.txt: no line is "),
        "{no_line}"
    );
    let broken = [Input::new("a.txt", "\nBenchmarkA 1\n")];
    assert_eq!(
        fails(&broken, Options::default()).to_string(),
        "a.txt:2: missing measurements, and no other line is a benchmark's result"
    );
    assert!(
        fails(&[], Options::default())
            .to_string()
            .starts_with("nothing to compare")
    );
    let mut options = Options::default();
    options.alpha = f64::NAN;
    assert!(
        fails(&broken, options)
            .to_string()
            .starts_with("alpha must be ")
    );
}
