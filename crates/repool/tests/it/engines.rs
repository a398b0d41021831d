//! The whole suite on the slots engine too.

use std::process::Command;

#[test]
fn the_whole_suite_runs_on_slots() {
    if std::env::var_os("REPOOL_BACKEND").is_some() {
        return; // this process is that run
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .env("REPOOL_BACKEND", "slots")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "on the slots engine:\n{text}");
    // The run had more tests than this one.
    assert!(text.contains("order::"), "{text}");
}
