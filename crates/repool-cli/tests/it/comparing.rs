//! `compare`, and its exit codes for CI.

use std::io;
use std::process::Stdio;

use repool_testing::scratch::Scratch;

use crate::commands::printed;
use crate::program::{repool, run};

/// Eight results of `ns` to `ns + 7` nanoseconds.
fn benchmarks(ns: f64) -> String {
    (0..8)
        .map(|at| format!("BenchmarkLine-2 1000 {} ns/op 8 B/op\n", ns + f64::from(at)))
        .collect()
}

#[test]
fn comparing_says_whether_it_helped() {
    let scratch = Scratch::new("comparing_says_whether_it_helped");
    let old = scratch.file("old.txt", benchmarks(100.0).as_bytes());
    let new = scratch.file("new.txt", benchmarks(150.0).as_bytes());
    let table = printed(&["compare", &format!("old={old}"), &format!("new={new}")]);
    assert!(
        table.contains("(p=0.000 n=8)") && table.contains("sec/op"),
        "{table}"
    );
    assert!(!table.contains('\u{1b}'), "colours are for terminals");

    // The exit code is 1 for a regression, and 0 for an improvement or a regression below the limit.
    for (args, code) in [
        (vec!["compare", "--fail-on-regression", &old, &new], 1),
        (vec!["compare", "--fail-on-regression=10", &old, &new], 1),
        (vec!["compare", "--fail-on-regression=90", &old, &new], 0),
        (vec!["compare", "--fail-on-regression", &new, &old], 0),
    ] {
        let outcome = run(repool(&args));
        assert_eq!(outcome.code, Some(code), "{args:?}: {outcome:?}");
        assert!(
            outcome.stdout.contains("sec/op"),
            "the table is there all the same"
        );
        let complains = outcome
            .stderr
            .starts_with("repool: 1 result is worse: Line-2 sec/op +");
        assert_eq!(complains, code == 1, "{outcome:?}");
    }
    // A pipe closed before the first byte does not change the exit code.
    for _ in 0..20 {
        let mut gate = repool(&["compare", "--fail-on-regression", &old, &new]);
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let status = gate.stdout(writer).stderr(Stdio::null()).status();
        assert_eq!(status.expect("it starts").code(), Some(1));
    }
    // Results that are not compared fail too.
    let lost = scratch.file(
        "lost.txt",
        benchmarks(100.0).replace("Line", "Other").as_bytes(),
    );
    let elsewhere = format!("cpu: another\n{}", benchmarks(100.0));
    let elsewhere = scratch.file("elsewhere.txt", elsewhere.as_bytes());
    for (args, line) in [
        (vec![&*old], "repool: nothing was compared; "),
        (vec![&old, &lost], "repool: Line-2 is not compared: "),
        (
            vec![&old, &elsewhere],
            "repool: Line-2 is not compared: the line `cpu:` is ",
        ),
    ] {
        let outcome = run(repool(
            &[&["compare", "--fail-on-regression"], &args[..]].concat(),
        ));
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(outcome.stderr.starts_with(line), "{outcome:?}");
    }
    let both = format!(
        "{}{}",
        benchmarks(100.0),
        benchmarks(100.0).replace("Line", "Other")
    );
    let both = scratch.file("both.txt", both.as_bytes());
    for (args, code) in [
        (vec!["--fail-on-regression", &both, &old], 1),
        (
            vec!["--fail-on-regression", "--allow-missing", &both, &old],
            0,
        ),
        (vec!["--fail-on-regression", &old, &both], 0),
        (vec![&both, &old], 0),
    ] {
        let outcome = run(repool(&[&["compare"], &args[..]].concat()));
        assert_eq!(outcome.code, Some(code), "{args:?}: {outcome:?}");
        assert!(
            outcome
                .stderr
                .starts_with("repool: Other-2 is not compared: ")
        );
    }
    let json = printed(&["compare", "--json", &old, &new]);
    let document: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(document["tables"][0]["rows"][0]["name"], "Line-2");
}

#[test]
fn a_unit_that_the_new_results_lack_is_named() {
    let scratch = Scratch::new("a_unit_that_the_new_results_lack_is_named");
    let old = scratch.file("old.txt", benchmarks(100.0).as_bytes());
    let no_bytes = benchmarks(100.0).replace(" 8 B/op", "");
    let no_bytes = scratch.file("no-bytes.txt", no_bytes.as_bytes());
    let outcome = run(repool(&[
        "compare",
        "--json",
        "--fail-on-regression",
        &old,
        &no_bytes,
    ]));
    assert_eq!(
        (outcome.code, &*outcome.stderr),
        (
            Some(1),
            &*format!(
                "repool: Line-2 is not compared: {no_bytes} has no B/op of it\n\
                 repool: 1 result has no counterpart or has failed; --allow-missing accepts that\n"
            )
        )
    );
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let reason = &document["uncompared"][0]["reason"];
    assert_eq!(reason["missing_unit"]["unit"], "B/op");
}
