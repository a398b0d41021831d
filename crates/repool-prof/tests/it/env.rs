//! `REPOOL_PROFILE` for a program whose allocator is not a `ProfAlloc`.

use std::env;
use std::process::Command;

#[test]
fn without_the_allocator_one_line_says_so() {
    let output = Command::new(env::current_exe().expect("this program has a path"))
        .args(["--exact", "env::is_profiled_if_told_so", "--nocapture"])
        .env(
            "REPOOL_PROFILE",
            env::temp_dir().join("repool-never-written.pb.gz"),
        )
        .output()
        .expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let lines: Vec<_> = stderr
        .lines()
        .filter(|line| line.starts_with("repool-prof: "))
        .collect();
    assert_eq!(lines.len(), 1, "{stderr}");
    assert!(lines[0].contains("cannot be profiled"), "{stderr}");
}

#[test]
fn is_profiled_if_told_so() {
    repool_prof::from_env();
}
