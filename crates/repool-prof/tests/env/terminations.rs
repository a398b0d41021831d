//! The effect of SIGTERM and SIGINT on a program that is profiled.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use libc::{SIGINT, SIGTERM, c_int};

use super::play::{PROGRAM, Play, assert_whole};

pub const ALL: &[(&str, fn())] = &[
    (
        "writes_and_ends_by_the_signal",
        writes_and_ends_by_the_signal,
    ),
    (
        "a_signal_before_the_end_ends_it",
        a_signal_before_the_end_ends_it,
    ),
    ("a_loop_without_end_is_ended", a_loop_without_end_is_ended),
    ("a_second_signal_ends_at_once", a_second_signal_ends_at_once),
    ("can_be_turned_off", can_be_turned_off),
    (
        "what_cannot_be_written_ends_too",
        what_cannot_be_written_ends_too,
    ),
    ("a_handler_is_the_programs", a_handler_is_the_programs),
    ("ignored_signals_stay_ignored", ignored_signals_stay_ignored),
    (
        "blocked_signals_are_the_programs",
        blocked_signals_are_the_programs,
    ),
    (
        "a_forked_process_ends_at_once",
        a_forked_process_ends_at_once,
    ),
    (
        "the_first_process_of_a_namespace_goes_on",
        the_first_process_of_a_namespace_goes_on,
    ),
];

/// Starts a program that waits, and sends it the signal once it is ready.
fn sent(play: &mut Play, signal: c_int) -> (Option<i32>, Option<c_int>, String) {
    play.command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = play.command.spawn().expect("the program starts");
    let mut line = String::new();
    let stdout = child.stdout.as_mut().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    assert_eq!(line, "ready\n");
    let number = child.id().try_into().expect("a number");
    // SAFETY: the child was not waited for, so its number is still its own.
    assert_eq!(unsafe { libc::kill(number, signal) }, 0);
    // Its standard input stays open, so that only the signal can end it.
    let _stdin = child.stdin.take();
    let status = child.wait().expect("the program ends");
    let mut stderr = String::new();
    let mut errors = BufReader::new(child.stderr.take().expect("piped"));
    errors.read_line(&mut stderr).expect("text");
    (status.code(), status.signal(), stderr)
}

fn writes_and_ends_by_the_signal() {
    for signal in [SIGTERM, SIGINT] {
        let mut play = Play::new("waits");
        let ended = (None, Some(signal), String::new());
        assert_eq!(sent(&mut play, signal), ended);
        assert_eq!(play.profiles(), ["allocs.pb.gz"]);
    }
}

/// `main` returns while the profile is written, or before that.
fn a_signal_before_the_end_ends_it() {
    for _ in 0..10 {
        let mut play = Play::new("is-terminated-and-returns");
        let (status, _, stderr) = play.outcome();
        assert_eq!((status.signal(), &*stderr), (Some(SIGTERM), ""));
        assert_eq!(play.profiles(), ["allocs.pb.gz"]);
    }
}

fn a_loop_without_end_is_ended() {
    let mut play = Play::new("loops");
    let (status, _, stderr) = play.outcome();
    assert_eq!((status.signal(), &*stderr), (Some(SIGTERM), ""));
    assert_eq!(play.profiles(), ["allocs.pb.gz"]);
}

/// Writing to a pipe without a reader blocks, and a second signal ends the program.
fn a_second_signal_ends_at_once() {
    let mut play = Play::new("signalled-twice");
    let pipe = play.folder.join("allocs.pb.gz");
    let name = std::ffi::CString::new(pipe.as_os_str().as_bytes()).expect("no zeros");
    // SAFETY: the name is a string with an end.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    let (status, stdout, stderr) = play.outcome();
    assert_eq!(
        (status.signal(), &*stdout, &*stderr),
        (Some(SIGINT), "once\n", "")
    );
}

fn can_be_turned_off() {
    let mut play = Play::new("waits").env("REPOOL_PROFILE_TERMINATION", "0");
    let ended = (None, Some(SIGTERM), String::new());
    assert_eq!(sent(&mut play, SIGTERM), ended);
    assert!(play.profiles().is_empty());
    for whether in ["", "1"] {
        let mut play = Play::new("waits").env("REPOOL_PROFILE_TERMINATION", whether);
        assert_eq!(sent(&mut play, SIGTERM), ended);
        assert_eq!(play.profiles(), ["allocs.pb.gz"]);
    }
    let mut play = Play::new("returns").env("REPOOL_PROFILE_TERMINATION", "no");
    let (status, _, stderr) = play.outcome();
    assert_eq!((status.code(), stderr.lines().count()), (Some(0), 1));
    assert!(
        stderr.contains("REPOOL_PROFILE_TERMINATION is \"no\""),
        "{stderr}"
    );
    assert!(play.profiles().is_empty());
}

fn what_cannot_be_written_ends_too() {
    let mut play = Play::new("waits").env("REPOOL_PROFILE", "/proc/allocs.pb.gz");
    let (code, signal, stderr) = sent(&mut play, SIGTERM);
    assert_eq!((code, signal), (None, Some(SIGTERM)));
    assert!(
        stderr.starts_with("repool-prof: cannot write \"/proc/allocs.pb.gz\""),
        "{stderr}"
    );
}

/// A handler of the program, set before or after the profiler starts, by libc or by `signal-hook`,
/// which calls the previous one.
fn a_handler_is_the_programs() {
    for program in [
        "handles-before",
        "handles-later",
        "hooks-before",
        "hooks-later",
    ] {
        let mut play = Play::new(program);
        let (status, stdout, stderr) = play.outcome();
        assert_eq!(
            (status.code(), status.signal(), &*stdout, &*stderr),
            (Some(0), None, "handled\n[]\n", ""),
            "{program}"
        );
        assert_eq!(play.profiles(), ["allocs.pb.gz"], "at the end");
    }
}

fn ignored_signals_stay_ignored() {
    let mut play = Play::new("ignores-later");
    play.runs_quietly();
    assert_eq!(play.profiles(), ["allocs.pb.gz"], "at the end");

    // Ignored, as by nohup, and by a shell that starts a program in the background.
    let play = Play::new("raises");
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' INT TERM; exec \"$0\""]);
    shell.arg(std::env::current_exe().expect("this program has a path"));
    shell.env(PROGRAM, "raises");
    shell.env("REPOOL_PROFILE", play.folder.join("allocs.pb.gz"));
    let output = shell.output().expect("a shell");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "[]\n");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(play.profiles(), ["allocs.pb.gz"], "at the end");
}

/// A program may wait for its signals with `sigwait`, blocked in all of its threads.
fn blocked_signals_are_the_programs() {
    let mut play = Play::new("waits-for-its-signal");
    let (status, stdout, stderr) = play.outcome();
    assert_eq!(
        (status.code(), &*stdout, &*stderr),
        (Some(0), "15\n[]\n", "")
    );
    assert_eq!(play.profiles(), ["allocs.pb.gz"], "at the end");
}

fn a_forked_process_ends_at_once() {
    for path in ["allocs.pb.gz", "%p.pb.gz"] {
        let mut play = Play::new("signals-its-child").profile_to(path);
        let (status, stdout, stderr) = play.outcome();
        assert_eq!((status.code(), &*stderr), (Some(0), ""));
        assert_eq!(stdout, format!("{SIGTERM}\n[]\n"));
        assert_eq!(play.profiles().len(), 1, "the parent's, at its end");
    }
}

/// Default actions do not end an init process, so each signal writes a profile.
fn the_first_process_of_a_namespace_goes_on() {
    let mut play = Play::new("is-signalled-as-the-first");
    let (status, stdout, stderr) = play.outcome();
    assert_eq!((status.code(), &*stderr), (Some(0), ""), "{stdout}");
    if stdout.starts_with("skipped") {
        print!("env: {stdout}");
        return;
    }
    assert_eq!(stdout, "goes on\n");
    let files = fs::read_dir(&play.folder).expect("the folder").count();
    assert_eq!(files, 1);
    assert_whole(&play.folder.join("allocs.pb.gz"));
}
