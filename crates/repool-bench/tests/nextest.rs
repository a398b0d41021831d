//! A benchmark executable as cargo-nextest lists and runs it: by the calls that nextest makes, and by
//! nextest itself where it is installed. This program starts itself as the benchmark.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use repool_bench::Bench;

/// Set for the process that is to be the benchmark.
const BE_THE_BENCHMARK: &str = "REPOOL_BENCH_TEST_NEXTEST";

fn main() {
    if env::var_os(BE_THE_BENCHMARK).is_some() {
        let mut bench = Bench::new();
        bench.bench("Log", || 1);
        bench.bench("LogNoPool", || 2);
        bench.group("größe").bench("two words", || 3);
        bench.bench("Fails", || -> u8 { panic!("boom") });
        return;
    }
    if repool_testing::listing::is_asked_for("nextest") {
        return;
    }
    its_calls_list_and_run_each_benchmark();
    if is_installed() {
        it_lists_and_runs_each_benchmark();
        println!("nextest: all passed");
    } else {
        println!(
            "nextest: its calls passed; skipped: cargo-nextest itself, which is not installed"
        );
    }
}

const NAMES: [&str; 4] = ["Fails", "Log", "LogNoPool", "größe/two_words"];

/// What nextest 0.9 calls, in its order; it sets the variables that cargo sets.
fn its_calls_list_and_run_each_benchmark() {
    let call = |args: &[&str]| {
        let mut command = Command::new(this());
        command.args(args).env(BE_THE_BENCHMARK, "1");
        outcome(command.env("CARGO_MANIFEST_DIR", "/shop"))
    };
    let (code, listed, stderr) = call(&["--list", "--format", "terse"]);
    assert_eq!((code, &*stderr), (0, ""));
    let mut names: Vec<_> = listed
        .lines()
        .map(|line| line.strip_suffix(": benchmark").expect("a benchmark"))
        .collect();
    names.sort_unstable();
    assert_eq!(names, NAMES);
    let ignored = call(&["--list", "--format", "terse", "--ignored"]);
    assert_eq!(ignored, (0, String::new(), String::new()));
    for name in NAMES {
        let (code, stdout, stderr) = call(&["--exact", name, "--nocapture"]);
        let (expected, word) = match name {
            "Fails" => (1, "failed"),
            _ => (0, "checked"),
        };
        assert_eq!(
            (code, stdout),
            (expected, format!("{word} {name}\n")),
            "{stderr}"
        );
    }
}

fn is_installed() -> bool {
    let version = cargo(&["nextest", "--version"]).output();
    version.is_ok_and(|output| output.status.success())
}

/// Nextest is told of one benchmark target, this program, so that it builds nothing.
fn it_lists_and_runs_each_benchmark() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nextest");
    fs::create_dir_all(folder.join("target")).expect("a folder for the test");
    let file = |name: &str, document: serde_json::Value| -> String {
        let path = folder.join(name);
        fs::write(&path, document.to_string()).expect("a file for the test");
        path.to_str().expect("text").into()
    };
    let target = folder.join("target");
    let package = "path+file:///shop#0.1.0";
    let binaries = file(
        "binaries.json",
        serde_json::json!({
            "rust-build-meta": {
                "target-directory": target,
                "base-output-directories": ["debug"],
                "non-test-binaries": {},
                "build-script-out-dirs": {},
                "linked-paths": [],
                "target-platforms": [],
                "target-platform": null,
            },
            "rust-binaries": {"shop::bench/b": {
                "binary-id": "shop::bench/b",
                "binary-name": "b",
                "package-id": package,
                "kind": "bench",
                "binary-path": this(),
                "build-platform": "target",
            }},
        }),
    );
    let manifest = folder.join("Cargo.toml");
    fs::write(&manifest, "").expect("a file for the test");
    let packages = file(
        "packages.json",
        serde_json::json!({
            "packages": [{
                "name": "shop",
                "version": "0.1.0",
                "id": package,
                "dependencies": [],
                "features": {},
                "manifest_path": manifest,
                "edition": "2024",
                "targets": [{
                    "kind": ["bench"],
                    "crate_types": ["bin"],
                    "name": "b",
                    "src_path": folder.join("b.rs"),
                    "edition": "2024",
                    "doctest": false,
                    "test": true,
                    "doc": false,
                }],
            }],
            "workspace_members": [package],
            "resolve": {
                "nodes": [{"id": package, "dependencies": [], "deps": [], "features": []}],
                "root": package,
            },
            "target_directory": target,
            "version": 1,
            "workspace_root": folder,
        }),
    );
    let nextest = |args: &[&str]| {
        let mut command = cargo(&["nextest"]);
        command.args(args).current_dir(&folder);
        command.args([
            "--binaries-metadata",
            &binaries,
            "--cargo-metadata",
            &packages,
        ]);
        outcome(command.env(BE_THE_BENCHMARK, "1"))
    };
    let (code, stdout, stderr) = nextest(&["list", "--message-format", "oneline"]);
    assert_eq!(code, 0, "{stderr}");
    let expected = NAMES.map(|name| format!("shop::bench/b {name}\n")).concat();
    assert_eq!(stdout, expected);

    let (code, _, stderr) = nextest(&["run", "--no-fail-fast"]);
    // The code that nextest documents for a test that failed.
    assert_eq!(code, 100, "{stderr}");
    let summary = "4 tests run: 3 passed, 1 failed, 0 skipped";
    assert!(stderr.contains(summary), "{stderr}");
    assert!(
        stderr.contains("benchmark Fails failed: its body panicked"),
        "{stderr}"
    );
}

fn this() -> PathBuf {
    env::current_exe().expect("this program has a path")
}

fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args);
    // This test may run under nextest, whose settings are not for the one that it starts.
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("NEXTEST") {
            command.env_remove(name);
        }
    }
    command
}

/// Its exit code, standard output and standard error.
fn outcome(command: &mut Command) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (
        status.code().expect("not killed"),
        text(stdout),
        text(stderr),
    )
}
