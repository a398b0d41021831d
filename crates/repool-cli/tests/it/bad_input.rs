//! Bad arguments and bad input: one line on standard error, nothing on standard output, and exit code 2.

use repool_testing::scratch::Scratch;

use crate::program::{Ended, repool, run, run_with_stdin};

/// The message of a command that fails with 2, without the program's name.
#[track_caller]
fn complaint(outcome: Ended) -> String {
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (Some(2), ""),
        "{outcome:?}"
    );
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
    assert!(outcome.stderr.ends_with('\n'), "{outcome:?}");
    let line = outcome.stderr.trim_end().to_string();
    line.strip_prefix("repool: ")
        .expect("the program names itself")
        .to_string()
}

#[track_caller]
fn complaint_of(args: &[&str]) -> String {
    complaint(run(repool(args)))
}

#[test]
fn a_missing_file() {
    let line = complaint_of(&["--input", "/no/such/file.log"]);
    assert!(
        line.starts_with(r#"cannot read --input "/no/such/file.log": No such file"#),
        "{line}"
    );
    assert!(
        line.ends_with("or - for standard input"),
        "says what to do: {line}"
    );
    assert_eq!(
        complaint_of(&["study", "--input", "/no/such/file.log", "--json"]),
        line
    );
}

#[test]
fn a_directory() {
    let scratch = Scratch::new("a_directory");
    let line = complaint_of(&["--input", scratch.path()]);
    assert!(line.contains("s a directory"), "{line}");
}

/// A path through a file fails for root too, which may read every file.
#[test]
fn an_unreadable_file() {
    let scratch = Scratch::new("an_unreadable_file");
    let through_a_file = scratch.file("plain", b"text") + "/below";
    let line = complaint_of(&["--input", &through_a_file]);
    assert!(line.starts_with("cannot read --input "), "{line}");
}

#[test]
fn an_empty_file() {
    let scratch = Scratch::new("an_empty_file");
    let line = complaint_of(&["--input", &scratch.file("empty.log", b"")]);
    assert!(line.contains("empty.log\" is empty"), "{line}");
}

#[test]
fn empty_standard_input() {
    let line = complaint(run_with_stdin(repool(&["--input", "-"]), b""));
    assert!(
        line.starts_with("--input standard input is empty"),
        "{line}"
    );
}

#[test]
fn a_name_with_a_newline_is_still_one_line() {
    complaint_of(&["--input", "no\nsuch\nfile"]);
    complaint_of(&["--no\nsuch\noption"]);
    complaint_of(&["--time", "no\nsuch\ntime"]);
}

#[test]
fn times_that_are_none() {
    for time in [
        "0", "-1", "nan", "NaN", "inf", "-inf", "1e-30", "1e30", "", "soon", "1s",
    ] {
        let line = complaint_of(&["study", &format!("--time={time}")]);
        assert!(line.contains("--time <SECONDS>"), "{line}");
        assert!(line.contains("must be"), "{line}");
    }
    let line = complaint_of(&["--time", "-1"]);
    assert!(line.contains("must be more than 0 seconds"), "{line}");
}

#[test]
fn counts_that_are_none() {
    for count in ["0", "-1", "1.5", "many", "99999999999"] {
        let line = complaint_of(&["--count", count]);
        assert!(
            line.contains("--count <N>") && line.contains("must be"),
            "{line}"
        );
    }
}

#[test]
fn unknown_words() {
    for args in [
        &["--tiem", "1"][..],
        &["-x"],
        &["study", "--jsn"],
        &["stduy"],
        &["study", "me"],
    ] {
        let line = complaint_of(args);
        assert!(
            line.contains(args[args.len() - 1]) || line.contains(args[0]),
            "{line}"
        );
        assert!(line.ends_with("see --help"), "{line}");
    }
}

#[test]
fn what_is_misspelt_is_recognised() {
    for (args, line) in [
        (
            &["tpo", "p.pb.gz"][..],
            "unrecognized subcommand 'tpo'; did you mean 'top'? see --help",
        ),
        (
            &["help", "comprae"],
            "unrecognized subcommand 'comprae'; did you mean 'compare'? see --help",
        ),
        (&["graph"], "unrecognized subcommand 'graph'; see --help"),
        (
            &["--workload", "zip"],
            "invalid value 'zip' for '--workload <NAME>'; did you mean 'zstd'? possible values: \
             log, json, zstd, parse, tracing; see --help",
        ),
        (
            &["study", "--workload=yaml"],
            "invalid value 'yaml' for '--workload <NAME>'; possible values: log, json, zstd, parse, \
             tracing; see --help",
        ),
        (
            &["completions", "bsh"],
            "invalid value 'bsh' for '<SHELL>'; did you mean 'bash'? possible values: bash, elvish, \
             fish, powershell, zsh; see --help",
        ),
        (
            &["top", "--difbase", "old.pb.gz", "new.pb.gz"],
            "unexpected argument '--difbase' found; did you mean '--diff-base'? see --help",
        ),
        (
            &["--tiem", "1"],
            "unexpected argument '--tiem' found; did you mean '--time'? see --help",
        ),
        (
            &["report", "--hlep"],
            "unexpected argument '--hlep' found; did you mean '--help'? see --help",
        ),
        // An option of another command.
        (
            &["report", "--time", "1", "x"],
            "unexpected argument '--time' found; see --help",
        ),
    ] {
        assert_eq!(complaint_of(args), line, "{args:?}");
    }
}

#[test]
fn numbers_that_are_none() {
    for args in [
        &["top", "-n", "0", "p.pb.gz"][..],
        &["tree", "--nodes=-1", "p.pb.gz"],
        &["advise", "-n", "many", "p.pb.gz"],
        &["advise", "--operations", "1e9", "p.pb.gz"],
    ] {
        let line = complaint_of(args);
        assert!(
            line.contains(": must be a whole number from 1 on"),
            "{line}"
        );
    }
}

#[test]
fn values_that_are_missing_or_twice() {
    assert!(complaint_of(&["--input"]).contains("--input <FILE>"));
    assert!(complaint_of(&["--json", "--json"]).contains("--json"));
    complaint_of(&["--json", "study"]);
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_not_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let mut command = repool(&["--time"]);
    command.arg(OsStr::from_bytes(b"\xff"));
    complaint(run(command));

    let mut command = repool(&["--input"]);
    command.arg(OsStr::from_bytes(b"/no/such/\xff"));
    let line = complaint(run(command));
    assert!(
        line.contains("No such file"),
        "a path need not be text: {line}"
    );
}

#[test]
fn a_workload_that_is_none() {
    let line = complaint_of(&["--workload", "yaml"]);
    assert!(line.contains("--workload <NAME>"), "{line}");
}

#[test]
fn lines_that_are_no_json() {
    let scratch = Scratch::new("lines_that_are_no_json");
    let file = scratch.file("records.ndjson", b"{\"a\":1}\n\n{\"a\":\n");
    let blank = scratch.file("blank.ndjson", b"\n \n");
    for workload in ["json", "parse"] {
        let line = complaint_of(&["--workload", workload, "--input", &file]);
        assert!(
            line.contains("records.ndjson\", line 3 is not a JSON document: "),
            "{line}"
        );
        assert!(line.ends_with("or - for standard input"), "{line}");
        let line = complaint_of(&["--workload", workload, "--input", &blank]);
        assert!(
            line.contains("blank.ndjson\" has blank lines only"),
            "{line}"
        );
    }
}

#[test]
fn every_workload_says_what_is_wrong_with_its_input() {
    for workload in ["log", "json", "zstd", "parse", "tracing"] {
        let line = complaint_of(&["--workload", workload, "--input", "/no/such/file"]);
        assert!(line.starts_with("cannot read --input "), "{line}");
        let line = complaint(run_with_stdin(
            repool(&["--workload", workload, "--input", "-"]),
            b"",
        ));
        assert!(
            line.starts_with("--input standard input is empty"),
            "{line}"
        );
    }
}

#[test]
fn a_folder_that_cannot_be_made() {
    let scratch = Scratch::new("a_folder_that_cannot_be_made");
    let file = scratch.file("plain", b"text");
    for out in [file.clone(), file + "/below"] {
        let line = complaint_of(&["--out", &out]);
        assert!(line.starts_with("cannot create --out "), "{line}");
        assert!(
            line.ends_with("name a folder that can be written to"),
            "{line}"
        );
    }
}

/// Root cannot write to this folder either.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_to() {
    let line = complaint_of(&["--out", "/proc/self/fd"]);
    assert!(line.starts_with("cannot write to --out "), "{line}");
}

#[test]
fn arguments_that_are_missing_are_named() {
    assert_eq!(
        complaint_of(&["top"]),
        "the following required arguments were not provided: <PROFILE>...; see --help"
    );
    assert!(complaint_of(&["list"]).contains(": <PROFILE>... <REGEX>; "));
}

#[test]
fn an_expression_that_is_none() {
    let line = complaint_of(&["top", "--focus", "(", "p.pb.gz"]);
    assert!(line.contains("unclosed group"), "{line}");
}

#[test]
fn standard_input_is_read_once_only() {
    for args in [
        &["top", "--base", "-", "-"][..],
        &["tree", "--diff-base", "-", "-"],
        &["traces", "-", "-"],
        &["list", "-", "p.pb.gz", "-", "f"],
        &["top", "--base", "-", "--base", "-", "p.pb.gz"],
        &["flame", "-", "-"],
        &["flame", "--diff", "-", "-"],
        &["compare", "-", "new=-"],
    ] {
        let line = complaint(run_with_stdin(repool(args), b"anything"));
        assert!(line.contains("can be read once only"), "{line}");
    }
}

#[test]
fn a_name_with_a_newline_is_one_line() {
    for args in [
        &["report", "no\nsuch"][..],
        &["compare", "no\nsuch"],
        &["top", "no\nsuch"],
    ] {
        let line = complaint_of(args);
        assert!(line.contains(r"no\nsuch"), "{line}");
    }
}

#[test]
fn a_report_of_a_file() {
    let scratch = Scratch::new("a_report_of_a_file");
    let file = scratch.file("plain", b"text");
    let line = complaint_of(&["report", &file]);
    assert!(line.contains("it is a file; name a folder"), "{line}");
}
