//! A benchmark executable from outside: its arguments, its exit codes, and what
//! goes to which stream. This program starts itself as the benchmark.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use repool_bench::{Bench, Report};
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

/// Set for the process that is to be the benchmark.
const BE_THE_BENCHMARK: &str = "REPOOL_BENCH_TEST_CHILD";

fn main() {
    if env::var_os(BE_THE_BENCHMARK).is_some() {
        let mut bench = Bench::new();
        bench.bench("Empty", || ());
        bench.bench("Boxed", || Box::new(1u64));
        return;
    }
    // A runner that asks what there is (cargo nextest does) is told of one test.
    if env::args().any(|arg| arg == "--list") {
        if !env::args().any(|arg| arg == "--ignored") {
            println!("program: test");
        }
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
    println!("program: all passed");
}

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
    let (code, stdout, stderr) = outcome(benchmark(&["--time", "0.001", "Nobody"]));
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert_eq!(stderr, "repool-bench: no benchmark matches Nobody\n");
}

fn a_closed_output_ends_quietly() {
    let mut command = benchmark(&["--time", "0.001", "--count", "1000000"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the benchmark starts");
    let mut first = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    stdout.read_line(&mut first).expect("a line");
    drop(stdout);
    // It would measure for half an hour, if nobody told it to stop.
    let Output { status, stderr, .. } = child.wait_with_output().expect("the benchmark ends");
    assert!(first.starts_with("goos: "), "{first}");
    assert_eq!(
        (status.code(), String::from_utf8_lossy(&stderr).as_ref()),
        (Some(0), "")
    );
}
