//! The cases of programs that are profiled by their environment.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::thread;

use super::play::{PROGRAM, Play, assert_whole};
use super::programs::kill;

macro_rules! cases {
    ($($case:ident)*) => {
        pub const ALL: &[(&str, fn())] = &[$((stringify!($case), $case)),*];
    };
}

cases! {
    writes_at_the_end
    writes_on_exit
    writes_from_a_small_stack
    writes_without_a_thread_of_its_own
    does_nothing_unless_asked
    a_bad_rate_is_one_line
    what_is_lost_is_one_line
    a_missing_folder_is_one_line
    a_second_profiler_is_one_line
    writes_at_each_signal
    calls_the_handler_before
    its_thread_leaves_other_signals_to_the_program
    a_signal_at_the_end_leaves_nothing_half_done
    writes_on_a_panic
    leaves_the_hook_before_as_it_is
    writes_before_an_abort
    an_abort_without_a_panic_writes_nothing
    panics_write_once_a_minute
    a_path_can_have_the_number_of_the_process
    stays_where_it_started
    a_forked_process_leaves_the_file_alone
    a_forked_process_has_a_file_of_its_own
    another_program_in_its_place_writes_nothing
    what_cannot_be_written_is_one_line
    a_thread_that_holds_standard_error_is_not_waited_for
    needs_no_standard_streams
}

fn writes_at_the_end() {
    let mut play = Play::new("returns");
    play.runs_quietly();
    assert_eq!(play.profiles(), ["allocs.pb.gz"]);
}

fn writes_on_exit() {
    let mut play = Play::new("exits");
    let (status, stdout, stderr) = play.outcome();
    assert_eq!((status.code(), &*stdout, &*stderr), (Some(7), "", ""));
    assert_eq!(play.profiles(), ["allocs.pb.gz"]);
}

fn writes_from_a_small_stack() {
    let mut play = Play::new("exits-on-a-small-stack");
    let (status, _, stderr) = play.outcome();
    assert_eq!((status.code(), &*stderr), (Some(7), ""), "{status}");
    assert_eq!(play.profiles(), ["allocs.pb.gz"]);

    let mut play = Play::new("panics-on-a-small-stack");
    let (status, stdout, stderr) = play.outcome();
    assert_eq!((status.code(), &*stdout), (Some(0), "true\n"), "{stderr}");
    assert_eq!(play.profiles(), ["allocs.pb.gz"]);
}

fn writes_without_a_thread_of_its_own() {
    let mut play = Play::new("has-no-more-threads");
    let (status, stdout, stderr) = play.outcome();
    assert_eq!((status.code(), &*stderr), (Some(0), ""));
    if !stdout.is_empty() {
        println!("env: skipped, threads cannot be refused here: {stdout}");
    }
    assert_eq!(play.profiles(), ["allocs.pb.gz"]);
}

fn does_nothing_unless_asked() {
    for (name, value) in [("REPOOL_PROFILE", ""), ("REPOOL_PROFILE_RATE", "0")] {
        let mut play = Play::new("returns").env(name, value);
        play.runs_quietly();
        assert!(play.profiles().is_empty(), "{name}={value}");
    }
    let mut play = Play::new("returns");
    play.command.env_remove("REPOOL_PROFILE");
    // Without `REPOOL_PROFILE` the other variables are not read.
    play.command.env("REPOOL_PROFILE_RATE", "many");
    play.runs_quietly();
    assert!(play.profiles().is_empty());

    let mut play = Play::new("returns").env("REPOOL_PROFILE_RATE", "");
    play.runs_quietly();
    assert_eq!(play.profiles(), ["allocs.pb.gz"], "the default rate");
}

/// Checks that the program prints one line with these words, and otherwise runs as without.
fn says_one_line(play: &mut Play, words: &[&str]) {
    let (status, stdout, stderr) = play.outcome();
    assert_eq!((status.code(), &*stdout), (Some(0), ""), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("repool-prof: "), "{stderr}");
    assert!(stderr.ends_with('\n'), "{stderr}");
    for word in words {
        assert!(stderr.contains(word), "{stderr}");
    }
}

fn a_bad_rate_is_one_line() {
    for bytes in [&b"many"[..], b"-1", b"1e6", b"\xff", b"1\n"] {
        let rate = std::ffi::OsStr::from_bytes(bytes);
        let mut play = Play::new("returns").env("REPOOL_PROFILE_RATE", rate);
        let shown = format!("{rate:?}");
        says_one_line(&mut play, &["REPOOL_PROFILE_RATE", &shown, "524288"]);
        assert!(play.profiles().is_empty());
    }
}

fn what_is_lost_is_one_line() {
    let mut play = Play::new("keeps-many");
    play.runs_quietly();
    let mut play = Play::new("keeps-many").env("REPOOL_PROFILE_MEMORY", "");
    play.runs_quietly();
    let mut play = Play::new("keeps-many").env("REPOOL_PROFILE_MEMORY", "1000000");
    let words = ["allocs.pb.gz", "sampled blocks", "REPOOL_PROFILE_MEMORY"];
    says_one_line(&mut play, &words);
    assert_eq!(play.profiles(), ["allocs.pb.gz"]);
    let mut play = Play::new("keeps-many").env("REPOOL_PROFILE_MEMORY", "1M");
    says_one_line(&mut play, &["REPOOL_PROFILE_MEMORY", "1M", "digits"]);
    assert!(play.profiles().is_empty());
}

fn a_missing_folder_is_one_line() {
    let mut play = Play::new("returns").profile_to("none/allocs.pb.gz");
    says_one_line(&mut play, &["REPOOL_PROFILE", "no folder", "none"]);
    assert!(play.profiles().is_empty());
    let mut play = Play::new("returns").profile_to("");
    says_one_line(&mut play, &["REPOOL_PROFILE", "not a file"]);
}

fn a_second_profiler_is_one_line() {
    let mut play = Play::new("running");
    says_one_line(&mut play, &["REPOOL_PROFILE", "cannot be profiled"]);
    assert!(play.profiles().is_empty());
}

/// Starts a program that waits, sends it signals, each after the profile of the previous one exists,
/// and lets it end. Returns what it printed.
fn signalled(play: &mut Play, files: &[&str]) -> String {
    play.command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = play.command.spawn().expect("the program starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("a line");
    assert_eq!(line, "ready\n");
    for file in files {
        let file = play.folder.join(file);
        assert!(!file.exists());
        kill(child.id());
        while !file.exists() {
            assert_eq!(child.try_wait().expect("a child of ours"), None, "it ended");
            thread::yield_now();
        }
        assert_whole(&file);
    }
    // Closes its standard input, for which it waits.
    drop(child.stdin.take());
    line.clear();
    stdout.read_line(&mut line).expect("the end, or a line");
    let output = child.wait_with_output().expect("the program ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*stderr), (Some(0), ""));
    line
}

fn writes_at_each_signal() {
    let mut play = Play::new("waits");
    signalled(&mut play, &["allocs.1.pb.gz", "allocs.2.pb.gz"]);
    let expected = ["allocs.1.pb.gz", "allocs.2.pb.gz", "allocs.pb.gz"];
    assert_eq!(play.profiles(), expected);
}

fn calls_the_handler_before() {
    let mut play = Play::new("handled").profile_to("allocs");
    assert_eq!(signalled(&mut play, &["allocs.1"]), "true\n");
    assert_eq!(play.profiles(), ["allocs", "allocs.1"]);
}

/// A program that waits for its signals with `sigwait` blocks them in all of its own threads.
fn its_thread_leaves_other_signals_to_the_program() {
    let (_, stdout, stderr) = Play::new("tells-its-signals").outcome();
    assert_eq!(stdout.lines().count(), 1, "{stdout}{stderr}");
    let blocked = u64::from_str_radix(stdout.trim(), 16).expect("a number");
    let blocks = |signal: i32| blocked >> (signal - 1) & 1 == 1;
    assert!(
        !blocks(libc::SIGUSR2) && !blocks(libc::SIGSEGV),
        "{blocked:x}"
    );
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGUSR1] {
        assert!(blocks(signal), "{signal} of {blocked:x}");
    }
}

fn a_signal_at_the_end_leaves_nothing_half_done() {
    for _ in 0..20 {
        let mut play = Play::new("signals-and-exits");
        play.runs_quietly();
        let profiles = play.profiles();
        assert_eq!(profiles.last().expect("one"), "allocs.pb.gz");
        assert!(profiles.len() == 1 || profiles == ["allocs.1.pb.gz", "allocs.pb.gz"]);
    }
}

fn writes_on_a_panic() {
    let mut play = Play::new("panics");
    let (status, _, stderr) = play.outcome();
    assert_eq!(status.code(), Some(101), "{stderr}");
    assert!(stderr.contains("boom") && !stderr.contains("repool-prof:"));
    assert_eq!(play.profiles(), ["allocs.pb.gz"]);
}

fn leaves_the_hook_before_as_it_is() {
    let (status, _, stderr) = Play::new("hooked").outcome();
    assert_eq!(status.code(), Some(101));
    let lines: Vec<_> = stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{stderr}");
    assert!(lines[0].starts_with("hook: panicked at "), "{stderr}");
    assert_eq!(lines[1], "boom");
}

fn writes_before_an_abort() {
    let mut play = Play::new("panics-and-aborts");
    let (status, _, _) = play.outcome();
    assert_eq!(status.signal(), Some(libc::SIGABRT));
    assert_eq!(play.profiles(), ["allocs.pb.gz"]);
}

fn an_abort_without_a_panic_writes_nothing() {
    let mut play = Play::new("aborts");
    let (status, _, stderr) = play.outcome();
    assert_eq!((status.signal(), &*stderr), (Some(libc::SIGABRT), ""));
    assert!(play.profiles().is_empty());
}

fn panics_write_once_a_minute() {
    let mut play = Play::new("catches");
    let (status, stdout, stderr) = play.outcome();
    assert_eq!((status.code(), &*stdout), (Some(0), "true\nfalse\n"));
    assert_eq!(stderr.matches("boom").count(), 2, "{stderr}");
    assert_eq!(play.profiles(), ["allocs.pb.gz"], "and at the end");
}

fn a_path_can_have_the_number_of_the_process() {
    let mut play = Play::new("returns").profile_to("allocs.%p.pb.gz");
    let mut child = play.command.spawn().expect("the program starts");
    assert!(child.wait().expect("the program ends").success());
    let expected = format!("allocs.{}.pb.gz", child.id());
    assert_eq!(play.profiles(), [expected]);
}

fn stays_where_it_started() {
    let mut play = Play::new("moves").env("REPOOL_PROFILE", "./allocs.pb.gz");
    play.command.current_dir(&play.folder);
    play.runs_quietly();
    assert_eq!(play.profiles(), ["allocs.pb.gz"]);
}

fn a_forked_process_leaves_the_file_alone() {
    let mut play = Play::new("forks");
    let (status, stdout, stderr) = play.outcome();
    assert_eq!((status.code(), &*stderr), (Some(0), ""));
    assert!(
        stdout.ends_with(" []\n"),
        "before the parent's end: {stdout}"
    );
    assert_eq!(play.profiles(), ["allocs.pb.gz"]);
}

fn a_forked_process_has_a_file_of_its_own() {
    let mut play = Play::new("forks").profile_to("%p.pb.gz");
    let (status, stdout, stderr) = play.outcome();
    assert_eq!((status.code(), &*stderr), (Some(0), ""));
    let (child, files) = stdout.split_once(' ').expect("two words");
    assert_eq!(files, format!("[\"{child}.pb.gz\"]\n"));
    let profiles = play.profiles();
    assert_eq!(profiles.len(), 2, "{profiles:?}");
    assert!(profiles.contains(&format!("{child}.pb.gz")), "{profiles:?}");
}

fn another_program_in_its_place_writes_nothing() {
    let mut play = Play::new("becomes-another");
    play.runs_quietly();
    assert!(play.profiles().is_empty());
}

fn what_cannot_be_written_is_one_line() {
    // A folder in which also root cannot create files.
    let mut play = Play::new("returns").env("REPOOL_PROFILE", "/proc/allocs.pb.gz");
    says_one_line(&mut play, &["cannot write", "/proc/allocs.pb.gz"]);

    // A line break in a name does not make a second line.
    let mut play = Play::new("exits").env("REPOOL_PROFILE", "/proc/all\nocs.pb.gz");
    let (status, _, stderr) = play.outcome();
    assert_eq!((status.code(), stderr.lines().count()), (Some(7), 1));

    // The folder existed at the start.
    let mut play = Play::new("waits").profile_to("gone/allocs.pb.gz");
    let gone = play.folder.join("gone");
    fs::create_dir(&gone).expect("a folder");
    play.command.stdin(Stdio::piped()).stdout(Stdio::piped());
    play.command.stderr(Stdio::piped());
    let mut child = play.command.spawn().expect("the program starts");
    let mut line = String::new();
    let stdout = child.stdout.as_mut().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    fs::remove_dir(&gone).expect("an empty folder");
    let output = child.wait_with_output().expect("the program ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), stderr.lines().count()), (Some(0), 1));
    assert!(play.profiles().is_empty());
}

fn a_thread_that_holds_standard_error_is_not_waited_for() {
    let path = "/proc/allocs.pb.gz";
    let mut play = Play::new("panics-as-it-prints").env("REPOOL_PROFILE", path);
    let (status, _, stderr) = play.outcome();
    assert_eq!(status.code(), Some(101));
    let complaints = stderr.matches("repool-prof: cannot write").count();
    assert_eq!(complaints, 2, "of the panic and of the end: {stderr}");
}

fn needs_no_standard_streams() {
    let play = Play::new("returns");
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$0\" <&- >&- 2>&-"]);
    shell.arg(std::env::current_exe().expect("this program has a path"));
    shell.env(PROGRAM, "returns");
    shell.env("REPOOL_PROFILE", play.folder.join("allocs.pb.gz"));
    assert_eq!(shell.status().expect("a shell").code(), Some(0));
    assert_eq!(play.profiles(), ["allocs.pb.gz"]);
}
