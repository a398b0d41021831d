//! Output on terminals, where control characters are escaped; files and pipes get unchanged bytes.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::process::{Command, Stdio};

use repool_bench::compare::{Comparison, Input, Options};
use repool_pprof::{Analysis, Profile, Settings};
use repool_testing::scratch::Scratch;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::profile;
use crate::program::{repool, run};

/// Control characters that would clear the screen (ESC and C1), ring, reorder and overwrite text.
const HOSTILE: &str = "\u{1b}[2J\u{9b}2J\u{7}\u{202e}evil\u{2066}\u{8}\r";
const VISIBLE: &str = "\\u{1b}[2J\\u{9b}2J\\u{7}\\u{202e}evil\\u{2066}\\u{8}\\r";

/// Runs the program on a pseudo-terminal: returns its exit code and output.
fn run_on_terminal(mut command: Command) -> (Option<i32>, String) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&terminal).expect("it is this user's");
    unlockpt(&terminal).expect("it is new");
    let name = ptsname(&terminal, Vec::new()).expect("it has a name");
    let name = OsString::from_vec(name.into_bytes());
    let programs_end = File::options()
        .read(true)
        .write(true)
        .open(name)
        .expect("unlocked");
    let stdio = || Stdio::from(programs_end.try_clone().expect("another handle"));
    command.stdout(stdio()).stderr(stdio());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        if command.get_envs().all(|(own, _)| own != name) {
            command.env_remove(name);
        }
    }
    command.env("TERM", "xterm");
    let mut child = command.spawn().expect("the program starts");
    drop((command, programs_end));
    let mut got = Vec::new();
    // On Linux the read ends with an error when the program has ended.
    let _ = File::from(terminal).read_to_end(&mut got);
    let status = child.wait().expect("it ends");
    let text = String::from_utf8(got).expect("text");
    (status.code(), text.replace("\r\n", "\n"))
}

/// Checks that a terminal acts on nothing in `text` but colours.
#[track_caller]
fn assert_harmless(text: &str) {
    for sequence in text.split('\u{1b}').skip(1) {
        let end = sequence.find(|c: char| !c.is_ascii_digit() && c != ';' && c != '[');
        let end = end.expect("a sequence ends");
        assert!(sequence[end..].starts_with('m'), "{text:?}");
    }
    let acts =
        |c: char| (c.is_control() && !"\n\t\u{1b}".contains(c)) || "\u{202e}\u{2066}".contains(c);
    assert!(!text.contains(acts), "{text:?}");
}

#[test]
fn names_in_profiles_cannot_act_on_a_terminal() {
    let scratch = Scratch::new("names_in_profiles_cannot_act_on_a_terminal");
    let main = format!("main{HOSTILE}");
    let stacks: [(&[&str], i64, i64); 2] = [(&[HOSTILE, &main], 3, 4096), (&[&main], 1, 512)];
    let file = scratch.file("p.pb.gz", profile::of(&stacks));
    let report = Analysis::new(Profile::open(&file).unwrap(), None, &Settings::default()).unwrap();
    for (args, exact) in [
        (vec!["top", &file], report.top().to_string()),
        (vec!["tree", &file], report.tree().to_string()),
        (vec!["traces", &file], report.traces().to_string()),
    ] {
        let piped = run(repool(&args));
        assert_eq!((piped.code, &*piped.stdout), (Some(0), &*exact), "{args:?}");
        assert!(exact.contains(HOSTILE));
        for colours in [true, false] {
            let mut command = repool(&args);
            if !colours {
                command.env("NO_COLOR", "1");
            }
            let (code, shown) = run_on_terminal(command);
            assert_eq!((code, shown), (Some(0), exact.replace(HOSTILE, VISIBLE)));
        }
    }
    for args in [
        vec!["top", "--json", &file],
        vec!["list", &file, "evil"],
        vec!["flame", "--folded", &file, "-o", "-"],
        vec!["flame", &file, "-o", "-"],
        vec!["advise", &file],
        vec!["list", &file, HOSTILE],
    ] {
        let (_, shown) = run_on_terminal(repool(&args));
        assert!(shown.contains("evil") || args[0] == "advise", "{shown}");
        assert_harmless(&shown);
    }
}

#[test]
fn names_of_benchmarks_cannot_act_on_a_terminal() {
    let scratch = Scratch::new("names_of_benchmarks_cannot_act_on_a_terminal");
    let hostile = HOSTILE.trim_end();
    let results = |ns: usize| -> String {
        let lines = (0..8).map(|run| format!("Benchmark{hostile}-2 1 {} ns/op\n", ns + run));
        lines.collect()
    };
    let inputs = [("old", 100), ("new", 150)].map(|(label, ns)| Input::new(label, results(ns)));
    let exact = Comparison::read(&inputs, Options::default())
        .unwrap()
        .text();
    let files = inputs.map(|input| {
        let file = scratch.file(&input.label, input.text.as_bytes());
        format!("{}={file}", input.label)
    });
    let args = ["compare", "--fail-on-regression", &files[0], &files[1]];
    let piped = run(repool(&args));
    assert_eq!((piped.code, piped.stdout), (Some(1), exact.clone()));
    assert!(exact.contains(hostile));
    assert_harmless(&piped.stderr);

    let (code, shown) = run_on_terminal(repool(&args));
    assert_eq!(code, Some(1));
    assert_harmless(&shown);
    assert!(
        shown.contains(" \u{1b}[31m+48.31%\u{1b}[0m (p=0.000 n=8)"),
        "{shown:?}"
    );
    let plain = shown.replace("\u{1b}[31m", "").replace("\u{1b}[0m", "");
    let visible = VISIBLE.trim_end_matches("\\r");
    assert!(
        plain.starts_with(&exact.replace(hostile, visible)),
        "{shown:?}"
    );
    assert!(plain.contains("repool: 1 result is worse: "), "{shown:?}");
}

#[test]
fn names_of_files_and_arguments_cannot_act_on_a_terminal() {
    let scratch = Scratch::new("names_of_files_and_arguments_cannot_act_on_a_terminal");
    let file = scratch.file("p.pb.gz", profile::of(&[(&["main"], 1, 2)]));
    let svg = format!("{}/{HOSTILE}.svg", scratch.path());
    let piped = run(repool(&["flame", &file, "-o", &svg]));
    assert_eq!(piped.stdout, format!("wrote {svg}\n"));
    let option = format!("--{HOSTILE}");
    for args in [
        &["flame", &file, "-o", &svg][..],
        &["top", HOSTILE],
        &["compare", HOSTILE],
        &["report", HOSTILE],
        &["study", "--input", HOSTILE],
        &["study", "--workload", HOSTILE],
        &["study", "--time", HOSTILE],
        &["top", "--focus", "(\u{1b}[2Jevil", &file],
        &["top", "--sample", HOSTILE, &file],
        &[&option],
        &["top", &option],
        &[HOSTILE],
        &["help", HOSTILE],
    ] {
        let (code, shown) = run_on_terminal(repool(args));
        assert!(code == Some(2) || args[0] == "flame", "{args:?}: {shown:?}");
        assert_harmless(&shown);
        assert!(!shown.contains('\u{1b}'), "{args:?}: {shown:?}");
        assert!(shown.contains("evil"), "{args:?}: {shown:?}");
        assert_eq!(shown.lines().count(), 1, "{args:?}: {shown:?}");
    }
}

#[test]
fn help_is_coloured_on_terminals_alone() {
    let (code, shown) = run_on_terminal(repool(&["--help"]));
    assert!(code == Some(0) && shown.contains("\u{1b}[1m"), "{shown:?}");
    assert_harmless(&shown);
    let mut command = repool(&["--help"]);
    command.env("NO_COLOR", "1");
    let (_, plain) = run_on_terminal(command);
    assert!(!plain.contains('\u{1b}') && plain.contains("Exit codes:"));
    let piped = run(repool(&["--help"]));
    assert!(!piped.stdout.contains('\u{1b}'));
}

/// Every command fails with 1 if its output cannot be written.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_printed_is_a_failure() {
    let scratch = Scratch::new("what_cannot_be_printed_is_a_failure");
    let file = scratch.file("p.pb.gz", profile::of(&[(&["main"], 1, 2)]));
    let results = scratch.file("old.txt", b"BenchmarkA 1 2 ns/op\n");
    for args in [
        &["--help"][..],
        &["--version"],
        &["help", "top"],
        &["top", "-h"],
        &["top", &file],
        &["flame", &file, "-o", "-"],
        &["compare", &results],
        &["completions", "bash"],
        &["man"],
    ] {
        let mut command = repool(args);
        let full = File::options().write(true).open("/dev/full");
        command.stdout(full.expect("on Linux"));
        let end = run(command);
        assert_eq!(end.code, Some(1), "{args:?}: {end:?}");
        assert!(
            end.stderr.starts_with("repool: cannot write the results: ")
                && end.stderr.lines().count() == 1,
            "{args:?}: {end:?}"
        );
    }
}
