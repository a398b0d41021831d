//! The output of the study.

use std::io::{BufRead, BufReader};

use repool_testing::scratch::Scratch;
use serde_json::Value;

use crate::program::{Ended, outcome, repool, run, run_with_stdin};

/// A short run that still logs thousands of lines, even unoptimised.
const QUICK: [&str; 4] = ["--time", "0.02", "--count", "1"];

#[track_caller]
fn succeeded(outcome: Ended) -> String {
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (Some(0), ""),
        "{outcome:?}"
    );
    outcome.stdout
}

/// The names in `benchmarks`. Checks the keys and the exact counts of each.
#[track_caller]
fn names_in_json(text: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(text).expect("one JSON document");
    let benchmarks = document["benchmarks"].as_array().expect("a list");
    let mut names = Vec::new();
    for benchmark in benchmarks {
        let mut keys: Vec<_> = benchmark.as_object().expect("an object").keys().collect();
        keys.sort();
        assert_eq!(
            keys,
            [
                "allocs_per_op",
                "bytes_per_op",
                "iterations",
                "name",
                "ns_per_op"
            ]
        );
        assert!(benchmark["iterations"].as_u64().expect("a whole number") >= 1);
        assert!(benchmark["ns_per_op"].as_f64().expect("a number") > 0.0);
        let bytes = benchmark["bytes_per_op"].as_u64().expect("counted");
        let allocs = benchmark["allocs_per_op"].as_u64().expect("counted");
        let name = benchmark["name"].as_str().expect("text");
        match name {
            "LogNoPool" => assert!(bytes > 8 && allocs > 1, "{bytes} B, {allocs} allocs"),
            "LogWithPool" => assert!(bytes <= 8 && allocs == 1, "{bytes} B, {allocs} allocs"),
            "LogNoAlloc" => assert_eq!((bytes, allocs), (0, 0)),
            other => panic!("no such logger: {other}"),
        }
        names.push(name.to_string());
    }
    names
}

const NAMES: [&str; 3] = ["LogNoPool", "LogWithPool", "LogNoAlloc"];

#[test]
fn json_has_exact_counts_and_nothing_beside_it() {
    let text = succeeded(run(repool(&[&QUICK[..], &["--json"]].concat())));
    assert_eq!(names_in_json(&text), NAMES);
}

#[test]
fn rounds_take_turns() {
    let text = succeeded(run(repool(&[
        "study", "--time", "0.005", "--count", "3", "--json",
    ])));
    assert_eq!(names_in_json(&text), [NAMES; 3].concat());
}

#[test]
fn counts_are_the_same_on_the_other_engine() {
    let mut command = repool(&[&QUICK[..], &["--json"]].concat());
    command.env("REPOOL_BACKEND", "slots");
    assert_eq!(names_in_json(&succeeded(run(command))), NAMES);
}

/// The sections of the output are in order.
#[test]
fn text_is_benchmarks_tops_advice_and_takeaways() {
    let text = succeeded(run(repool(&QUICK)));
    let (figures, _) = text.split_once("\n\n").expect("a blank line");
    let figures: Vec<&str> = figures.lines().collect();
    assert!(
        figures[0].starts_with("goos: ") && figures[1].starts_with("goarch: "),
        "{text}"
    );
    assert_eq!(figures[2], "pkg: repool");
    for (line, name) in figures[figures.len() - 3..].iter().zip(NAMES) {
        let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
        let [full_name, iterations, ns, bytes, allocs] = fields[..] else {
            panic!("{line}")
        };
        assert!(full_name.starts_with(&format!("Benchmark{name}")), "{line}");
        assert!(iterations.parse::<u64>().is_ok(), "{line}");
        assert!(ns.ends_with(" ns/op") && bytes.ends_with(" B/op"), "{line}");
        assert!(allocs.ends_with(" allocs/op"), "{line}");
    }
    let sections = [
        "\nWhat LogNoPool allocates, in ",
        "\n  Type: alloc_space\n",
        "\nAdvice\n",
        "\nWhat LogWithPool allocates, in ",
        "\nWhat LogNoAlloc allocates, in ",
        "\nAdvice, predicted and measured",
        "\n- LogNoPool to LogWithPool: ",
        "\nTakeaways\n- The pool: ",
        "LogNoAlloc makes 0 B/op, 0 allocs/op.",
        "\nFiles in ",
        "\n- report.html\n",
    ];
    let places = sections.map(|section| text.find(section).unwrap_or_else(|| panic!("{text}")));
    assert!(places.is_sorted(), "{text}");
}

/// A reader of Go's format takes a line for a result if it begins with `Benchmark`, for a unit's
/// settings if it begins with `Unit`, and for a key if its first letter is a small one and a colon
/// comes before any blank and any capital.
fn is_read(line: &str) -> bool {
    let key = line.split(':').next().unwrap_or_default();
    let is_key = line.contains(':')
        && key.starts_with(char::is_lowercase)
        && !key.contains(|letter: char| letter.is_whitespace() || letter.is_uppercase());
    line.starts_with("Benchmark") || line.starts_with("Unit ") || is_key
}

#[test]
fn what_is_told_is_not_taken_for_figures() {
    for workload in ["log", "json", "zstd", "parse", "tracing"] {
        let args = ["--workload", workload, "--time", "0.001", "--count", "2"];
        let text = succeeded(run(repool(&args)));
        assert!(
            text.contains("\nTakeaways (medians of 2 rounds)\n"),
            "{text}"
        );
        let (figures, told) = text.split_once("\n\n").expect("a blank line");
        assert!(figures.lines().all(is_read), "{figures}");
        let read: Vec<&str> = told.lines().filter(|line| is_read(line)).collect();
        assert!(read.is_empty(), "{read:?}");
    }
}

#[test]
fn the_engine_is_named() {
    let mut command = repool(&["--time", "0.001", "--count", "1"]);
    command.env("REPOOL_BACKEND", "slots");
    let text = succeeded(run(command));
    assert!(text.contains("The pool ran on its slots engine"), "{text}");
}

#[test]
fn messages_come_from_a_file() {
    let scratch = Scratch::new("messages_come_from_a_file");
    let file = scratch.file("messages.log", b"one\n\ntwo, which is longer\n");
    let args = [&QUICK[..], &["--json", "--input", &file]].concat();
    assert_eq!(names_in_json(&succeeded(run(repool(&args)))), NAMES);
}

#[test]
fn messages_come_from_standard_input() {
    let args = [&QUICK[..], &["--json", "--input", "-"]].concat();
    assert_eq!(
        names_in_json(&succeeded(run_with_stdin(repool(&args), b"hello\n"))),
        NAMES
    );
}

/// A longer message makes a longer line, which shows that the input is logged.
#[test]
fn longer_messages_cost_more_without_a_pool() {
    let bytes_without_pool = |input: &[u8]| {
        let args = [&QUICK[..], &["--json", "--input", "-"]].concat();
        let text = succeeded(run_with_stdin(repool(&args), input));
        let document: Value = serde_json::from_str(&text).expect("one JSON document");
        document["benchmarks"][0]["bytes_per_op"]
            .as_u64()
            .expect("counted")
    };
    let short = bytes_without_pool(b"hello");
    let long = bytes_without_pool(&[b'x'; 5000]);
    assert!(short < 200 && long > 5000, "{short} B, {long} B");
}

#[test]
fn messages_need_not_be_text() {
    let scratch = Scratch::new("messages_need_not_be_text");
    let file = scratch.file("bytes.log", b"\xff\xfe\x00\r\n\xc3\x28\n\n\x80");
    let args = [&QUICK[..], &["--json", "--input", &file]].concat();
    assert_eq!(names_in_json(&succeeded(run(repool(&args)))), NAMES);
}

#[test]
fn one_empty_message_is_enough() {
    let args = [&QUICK[..], &["--json", "--input", "-"]].concat();
    assert_eq!(
        names_in_json(&succeeded(run_with_stdin(repool(&args), b"\n"))),
        NAMES
    );
}

#[test]
fn help_and_version_exit_0() {
    let version = succeeded(run(repool(&["--version"])));
    assert_eq!(version, format!("repool {}\n", env!("CARGO_PKG_VERSION")));
    for args in [&["--help"][..], &["study", "--help"], &["help", "study"]] {
        let help = succeeded(run(repool(args)));
        assert!(
            help.contains("--time <SECONDS>")
                && help.contains("--input <FILE>")
                && help.contains("--out <DIR>"),
            "{help}"
        );
    }
}

/// The study would take days; the closed pipe ends it.
#[test]
fn a_reader_that_has_seen_enough_ends_it() {
    let mut child = repool(&["--time", "0.01", "--count", "9999999"])
        .spawn()
        .expect("the program starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    let mut first = String::new();
    stdout.read_line(&mut first).expect("a line");
    drop(stdout);
    assert!(first.starts_with("goos: "), "{first}");
    let end = outcome(child.wait_with_output().expect("the program ends"));
    assert_eq!((end.code, end.stderr.as_str()), (Some(0), ""), "{end:?}");
}

#[test]
fn json_into_a_closed_pipe_is_no_failure() {
    let mut child = repool(&["--time", "0.001", "--count", "1", "--json"])
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let end = outcome(child.wait_with_output().expect("the program ends"));
    assert_eq!((end.code, end.stderr.as_str()), (Some(0), ""), "{end:?}");
}

/// Without a command the program runs the study. The default time is long, so this test closes the pipe after
/// the first result.
#[test]
fn without_arguments_it_is_the_study() {
    let mut child = repool(&[]).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let names = lines.by_ref().map(|line| line.expect("text"));
    let first = names.into_iter().find(|line| line.starts_with("Benchmark"));
    assert!(
        first
            .as_deref()
            .is_some_and(|line| line.starts_with("BenchmarkLogNoPool"))
    );
    drop(lines);
    let end = outcome(child.wait_with_output().expect("the program ends"));
    assert_eq!((end.code, end.stderr.as_str()), (Some(0), ""), "{end:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    let mut command = repool(&["--time", "0.001", "--count", "1", "--json"]);
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("on Linux");
    command.stdout(full);
    let end = run(command);
    assert_eq!(end.code, Some(1), "{end:?}");
    assert_eq!(end.stderr.lines().count(), 1, "{end:?}");
    assert!(
        end.stderr.starts_with("repool: cannot write the results: "),
        "{end:?}"
    );
}
