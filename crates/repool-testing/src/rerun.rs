//! Runs the test program again with another environment.

use std::env;
use std::process::Command;

/// The variable that names the pool's engine.
const BACKEND: &str = "REPOOL_BACKEND";

/// Whether this process runs on the engine that its environment names.
pub fn has_backend() -> bool {
    env::var_os(BACKEND).is_some()
}

/// The command that runs this program again on the pool's slots engine, without arguments.
pub fn on_slots() -> Command {
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    command.env(BACKEND, "slots");
    command
}

/// Runs all tests of this program on the slots engine too, and panics if one fails there. Returns what that
/// run printed; `None` if the environment of this process names an engine, because this is that run.
pub fn all_on_slots() -> Option<String> {
    if has_backend() {
        return None;
    }
    let output = on_slots().output().expect("this program starts");
    let text = text(&output.stdout, &output.stderr);
    assert!(output.status.success(), "on the slots engine:\n{text}");
    Some(text)
}

/// Runs the test `name` alone in a process with that variable. Returns whether it passed, and what it printed.
pub fn one_test(name: &str, variable: &str, value: &str) -> (bool, String) {
    let output = Command::new(env::current_exe().expect("this program has a path"))
        .args([name, "--exact", "--nocapture"])
        .env(variable, value)
        .output()
        .expect("this program starts");
    let text = text(&output.stdout, &output.stderr);
    assert!(text.contains("running 1 test"), "{name}: {text}");
    (output.status.success(), text)
}

fn text(stdout: &[u8], stderr: &[u8]) -> String {
    String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned()
}
