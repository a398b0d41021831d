//! Programs in unusual environments: under Valgrind, with little address space, beside a server.

use std::io::ErrorKind;
use std::process::{Command, Stdio};

use super::play::{PROGRAM, Play};

pub const ALL: &[(&str, fn())] = &[
    ("valgrind_has_nothing_to_say", valgrind_has_nothing_to_say),
    (
        "little_address_space_is_one_line",
        little_address_space_is_one_line,
    ),
    #[cfg(feature = "http")]
    ("serves_what_it_writes", serves_what_it_writes),
];

fn this_program() -> std::path::PathBuf {
    std::env::current_exe().expect("this program has a path")
}

fn valgrind_has_nothing_to_say() {
    let mut version = Command::new("valgrind");
    if let Err(error) = version.arg("--version").stdout(Stdio::null()).status() {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        println!("env: skipped, there is no valgrind");
        return;
    }
    let play = Play::new("goes-deep");
    let mut command = Command::new("valgrind");
    // With `-q` Valgrind prints only warnings and errors.
    command
        .args(["-q", "--error-exitcode=9"])
        .arg(this_program());
    command
        .env(PROGRAM, "goes-deep")
        .env("REPOOL_PROFILE", play.folder.join("allocs.pb.gz"))
        .env("REPOOL_PROFILE_RATE", "1");
    let output = command.output().expect("valgrind starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*stderr), (Some(0), ""));
    assert_eq!(play.profiles(), ["allocs.pb.gz"]);
}

/// With each limit under which the program runs without the profiler, it runs with it too, and
/// prints a line if there is no profile.
fn little_address_space_is_one_line() {
    let mut outcomes = (0, 0);
    for mebibytes in [12, 32, 60, 160, 400, 1000, 4000] {
        let run = |profile: &str| {
            let mut shell = Command::new("sh");
            shell
                .args(["-c", &format!("ulimit -v {}; exec \"$0\"", mebibytes << 10)])
                .arg(this_program())
                .env(PROGRAM, "goes-deep")
                .env("REPOOL_PROFILE", profile)
                .env("REPOOL_PROFILE_RATE", "1");
            shell.output().expect("a shell")
        };
        if !run("").status.success() {
            continue;
        }
        let play = Play::new("goes-deep");
        let output = run(play.folder.join("allocs.pb.gz").to_str().expect("text"));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{mebibytes} MiB: {stderr}");
        if play.profiles().is_empty() {
            assert_eq!(stderr.lines().count(), 1, "{mebibytes} MiB: {stderr}");
            assert!(
                stderr.contains("cannot be profiled"),
                "{mebibytes} MiB: {stderr}"
            );
            assert!(stderr.contains("ulimit -v"), "{mebibytes} MiB: {stderr}");
            outcomes.0 += 1;
        } else {
            assert_eq!(stderr, "", "{mebibytes} MiB");
            outcomes.1 += 1;
        }
    }
    assert!(outcomes.0 > 2 && outcomes.1 > 0, "{outcomes:?}");
}

/// The environment and the server share one profiler.
#[cfg(feature = "http")]
fn serves_what_it_writes() {
    for profile in ["allocs.pb.gz", ""] {
        let mut play = Play::new("serves");
        if profile.is_empty() {
            play = play.env("REPOOL_PROFILE", "");
        }
        let (status, stdout, stderr) = play.outcome();
        assert_eq!((status.code(), &*stderr), (Some(0), ""));
        assert_eq!(stdout, "HTTP/1.0 200 OK\n");
        let expected: &[&str] = if profile.is_empty() { &[] } else { &[profile] };
        assert_eq!(play.profiles(), expected);
    }
}
