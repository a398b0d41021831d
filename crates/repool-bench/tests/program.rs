//! A benchmark executable from outside: its arguments, its exit codes, and what
//! goes to which stream. This program starts itself as the benchmark.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use repool_bench::compare::{Comparison, Input, Options};
use repool_bench::{Bench, Report};
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

/// Set for the process that is to be the benchmark.
const BE_THE_BENCHMARK: &str = "REPOOL_BENCH_TEST_CHILD";

fn main() {
    if let Ok(which) = env::var(BE_THE_BENCHMARK) {
        let mut bench = Bench::new();
        bench.bench("Empty", || ());
        if which == "fails" {
            define_failures(&mut bench);
        }
        bench.bench("Boxed", || Box::new(1u64));
        return;
    }
    if repool_testing::listing::is_asked_for("program") {
        return;
    }
    bad_arguments_are_one_line_and_exit_2();
    help_exits_0();
    started_by_hand_it_measures();
    started_by_cargo_test_it_checks();
    started_by_cargo_bench_it_measures();
    json_is_all_that_is_printed();
    a_filter_that_matches_nothing_is_mentioned();
    a_closed_output_ends_quietly();
    a_failure_is_named_and_the_others_run();
    a_failure_is_in_the_json();
    a_closed_standard_error_changes_nothing();
    a_check_finds_the_same_failures();
    after_a_failure_fail_fast_runs_nothing();
    a_log_has_a_line_for_each_benchmark();
    println!("program: all passed");
}

/// One benchmark for each way to fail.
fn define_failures(bench: &mut Bench) {
    bench.run("Ratio", |run| {
        run.iter(|| ());
        let (hits, lookups) = (0.0, 0.0);
        run.report_metric(hits / lookups, "hits/op");
    });
    bench.bench_with("Sized", [1, 2], |size| {
        assert_ne!(*size, 1, "boom\nof two lines");
    });
    bench.run("Looped twice", |run| {
        run.iter(|| ());
        run.iter(|| ());
    });
    bench.run("Loopless", |_| ());
}

const FAILED: [&str; 4] = ["Ratio", "Sized/1", "Looped_twice", "Loopless"];

/// The benchmark executable, as a person's shell would start it.
fn benchmark(args: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    command.args(args).env(BE_THE_BENCHMARK, "1");
    command
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("CARGO_PKG_NAME");
    command
}

/// The same as cargo would start it.
fn by_cargo(args: &[&str]) -> Command {
    let mut command = benchmark(args);
    command
        .env("CARGO_MANIFEST_DIR", "/shop")
        .env("CARGO_PKG_NAME", "shop");
    command
}

/// Its exit code, standard output and standard error.
fn outcome(mut command: Command) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the benchmark starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (
        status.code().expect("not killed"),
        text(stdout),
        text(stderr),
    )
}

fn bad_arguments_are_one_line_and_exit_2() {
    for args in [
        &["--time", "nan"][..],
        &["--time", "0"],
        &["--count", "0"],
        &["--unknown"],
    ] {
        let (code, stdout, stderr) = outcome(benchmark(args));
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(
            stderr.starts_with("program: ") && stderr.contains(args[0]),
            "{stderr}"
        );
    }
}

fn help_exits_0() {
    let (code, stdout, stderr) = outcome(benchmark(&["--help"]));
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.contains("--time <SECONDS>"), "{stdout}");
}

fn started_by_hand_it_measures() {
    // Without arguments too, but that would take two seconds.
    let (code, stdout, stderr) = outcome(benchmark(&["--time", "0.001"]));
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.contains("pkg: program\n"), "{stdout}");
    let boxed = stdout.lines().last().expect("a line");
    assert!(
        boxed.ends_with(" ns/op\t       8 B/op\t       1 allocs/op"),
        "{stdout}"
    );
}

fn started_by_cargo_test_it_checks() {
    let (code, stdout, stderr) = outcome(by_cargo(&[]));
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(stdout, "checked Empty\nchecked Boxed\n");
}

fn started_by_cargo_bench_it_measures() {
    let (code, stdout, _) = outcome(by_cargo(&["--time", "0.001", "--bench", "Empty"]));
    assert_eq!(code, 0);
    assert!(stdout.contains("pkg: shop\n"), "{stdout}");
    assert!(
        stdout.ends_with(" ns/op\t       0 B/op\t       0 allocs/op\n"),
        "{stdout}"
    );
}

fn json_is_all_that_is_printed() {
    let (code, stdout, stderr) = outcome(benchmark(&["--time", "0.001", "--json"]));
    assert_eq!((code, stderr.as_str()), (0, ""));
    let report: Report = serde_json::from_str(&stdout).expect("one document");
    let counts: Vec<_> = report
        .benchmarks
        .iter()
        .map(|record| {
            (
                record.name.as_str(),
                record.bytes_per_op,
                record.allocs_per_op,
            )
        })
        .collect();
    assert_eq!(
        counts,
        [("Empty", Some(0), Some(0)), ("Boxed", Some(8), Some(1))]
    );
}

fn a_filter_that_matches_nothing_is_mentioned() {
    let (code, stdout, stderr) = outcome(benchmark(&["--time", "0.001", "Absent"]));
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert_eq!(stderr, "repool-bench: no benchmark matches Absent\n");
    for args in [&["--skip", "Boxed"][..], &["--ignored"]] {
        let silent = (0, String::new(), String::new());
        assert_eq!(outcome(benchmark(&[&["Boxed"], args].concat())), silent);
    }
}

fn a_closed_standard_error_changes_nothing() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = benchmark(&["--test"]);
    command.env(BE_THE_BENCHMARK, "fails").stderr(writer);
    let (code, stdout, _) = outcome(command);
    assert_eq!((code, stdout.lines().count()), (1, 7), "{stdout}");
}

fn a_closed_output_ends_quietly() {
    let mut command = benchmark(&["--time", "0.001", "--count", "1000000"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the benchmark starts");
    let mut first = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    stdout.read_line(&mut first).expect("a line");
    drop(stdout);
    // It would measure for half an hour if it did not notice.
    let Output { status, stderr, .. } = child.wait_with_output().expect("the benchmark ends");
    assert!(first.starts_with("goos: "), "{first}");
    assert_eq!(
        (status.code(), String::from_utf8_lossy(&stderr).as_ref()),
        (Some(0), "")
    );
}

fn failing(args: &[&str]) -> (i32, String, String) {
    let mut command = benchmark(args);
    command
        .env(BE_THE_BENCHMARK, "fails")
        .env("RUST_BACKTRACE", "0");
    outcome(command)
}

/// The lines of the harness on standard error, one for each benchmark that failed.
fn assert_each_failure_is_said_once(stderr: &str) {
    let said: Vec<_> = stderr
        .lines()
        .filter_map(|line| line.strip_prefix("repool-bench: benchmark "))
        .collect();
    let reasons = [
        "its metric hits/op is NaN; report a finite number (is a divisor 0?)",
        "its body panicked",
        "its body panicked",
        "it did not call Run::iter, so there is nothing to measure",
    ];
    let expected = FAILED.iter().zip(reasons);
    let expected: Vec<_> = expected
        .map(|(name, reason)| format!("{name} failed: {reason}"))
        .collect();
    assert_eq!(said, expected, "{stderr}");
    assert_eq!(stderr.matches("boom").count(), 1, "{stderr}");
    assert_eq!(stderr.matches("called twice").count(), 1, "{stderr}");
}

fn a_failure_is_named_and_the_others_run() {
    let (code, stdout, stderr) = failing(&["--time", "0.000001", "--count", "2"]);
    assert_eq!(code, 1, "{stderr}");
    assert_each_failure_is_said_once(&stderr);
    let names = |prefix| {
        let names = stdout
            .lines()
            .filter_map(move |line| line.strip_prefix(prefix));
        names.map(|rest| {
            let name = rest.split_whitespace().next().expect("a name");
            name.rsplit_once('-').map_or(name, |(bare, _)| bare)
        })
    };
    assert!(names("--- FAIL: Benchmark").eq(FAILED), "{stdout}");
    let measured = ["Empty", "Empty", "Sized/2", "Sized/2", "Boxed", "Boxed"];
    assert!(names("Benchmark").eq(measured), "{stdout}");
    assert_comparing_says_what_failed(&stdout);
}

/// A comparison names each failure of results, in text or in JSON.
fn assert_comparing_says_what_failed(results: &str) {
    let inputs = [Input::new("old", results), Input::new("new", results)];
    let comparison = Comparison::read(&inputs, Options::default()).expect("results");
    assert_eq!(comparison.warnings, []);
    let said: Vec<_> = comparison
        .uncompared()
        .iter()
        .map(ToString::to_string)
        .collect();
    for name in FAILED {
        let is_said = |said: &String| said.starts_with(name) && said.ends_with(" failed in new");
        assert!(said.iter().any(is_said), "{said:?}");
    }
}

fn a_failure_is_in_the_json() {
    let (code, stdout, stderr) = failing(&["--time", "0.000001", "--json"]);
    assert_eq!(code, 1, "{stderr}");
    assert_each_failure_is_said_once(&stderr);
    let report: Report = serde_json::from_str(&stdout).expect("one document");
    let failed = report.failures.iter().map(|failure| failure.name.as_str());
    assert!(failed.eq(FAILED), "{stdout}");
    let reason = &report.failures[1].reason;
    assert!(reason.starts_with("its body panicked: "), "{reason}");
    assert!(reason.contains("boom\nof two lines"), "{reason}");
    let measured = report.benchmarks.iter().map(|record| record.name.as_str());
    assert!(measured.eq(["Empty", "Sized/2", "Boxed"]), "{stdout}");
    assert_comparing_says_what_failed(&stdout);
}

fn a_check_finds_the_same_failures() {
    let (code, stdout, stderr) = failing(&["--test"]);
    assert_eq!(code, 1, "{stderr}");
    assert_each_failure_is_said_once(&stderr);
    assert_eq!(
        stdout,
        "checked Empty\nfailed Ratio\nfailed Sized/1\nchecked Sized/2\nfailed Looped_twice\n\
         failed Loopless\nchecked Boxed\n"
    );
    let (code, stdout, _) = failing(&["--test", "--quiet"]);
    assert_eq!((code, stdout.as_str()), (1, ".FF.FF.\n"));
}

fn after_a_failure_fail_fast_runs_nothing() {
    let (code, stdout, _) = failing(&["--test", "--fail-fast"]);
    assert_eq!(
        (code, stdout.as_str()),
        (1, "checked Empty\nfailed Ratio\n")
    );
}

fn a_log_has_a_line_for_each_benchmark() {
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/program.log");
    let log = |args: &[&str], expected_code| {
        let (code, ..) = failing(&[&["--logfile", file], args].concat());
        assert_eq!(code, expected_code);
        std::fs::read_to_string(file).expect("the log")
    };
    let filters = ["Empty", "Sized"];
    let measure = [&["--time", "0.000001", "--count", "2"][..], &filters].concat();
    for args in [measure, [&["--test"][..], &filters].concat()] {
        assert_eq!(log(&args, 1), "ok Empty\nfailed Sized/1\nok Sized/2\n");
    }
    assert_eq!(log(&["--list", "Empty"], 0), "benchmark Empty\n");
    let (code, stdout, stderr) = outcome(benchmark(&["--logfile", "/no/folder/log"]));
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(
        stderr.starts_with("program: --logfile \"/no/folder/log\": "),
        "{stderr}"
    );
}
