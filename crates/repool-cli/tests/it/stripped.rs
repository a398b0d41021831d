//! `--binary`: names for the profile of a stripped program.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{Ended, repool, run};

/// The program with symbols.
const WHOLE: &str = env!("CARGO_BIN_EXE_repool");

/// A folder with the profiles that a stripped copy of this program recorded of itself; `None` if there is
/// no `strip`.
fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stripped");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for the test");
    let stripped = folder.join("stripped");
    tool("strip", &[&"-o", &stripped, &WHOLE]).then_some(())?;
    let study = ["study", "--time", "0.001", "--count", "6", "--out", "study"];
    let output = Command::new(stripped)
        .args(study)
        .current_dir(&folder)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    Some(folder)
}

fn tool(name: &str, arguments: &[&dyn AsRef<OsStr>]) -> bool {
    let arguments = arguments.iter().map(|argument| argument.as_ref());
    match Command::new(name).args(arguments).output() {
        Ok(output) => {
            assert!(output.status.success(), "{name}: {output:?}");
            true
        }
        Err(_) => {
            eprintln!("skipped: there is no {name}");
            false
        }
    }
}

/// A successful command's standard output and standard error.
#[track_caller]
fn said(arguments: &[&str]) -> (String, String) {
    let Ended {
        code,
        stdout,
        stderr,
    } = run(repool(arguments));
    assert_eq!(code, Some(0), "{arguments:?}: {stderr}");
    (stdout, stderr)
}

#[test]
fn every_command_names_functions_by_the_program_that_was_not_stripped() {
    let Some(folder) = folder() else { return };
    let text = |path: &Path| path.to_str().expect("text").to_owned();
    let profile = text(&folder.join("study/LogNoPool.pb.gz"));
    let commands: [&[&str]; 6] = [
        &["top", "--sample", "alloc_space", &profile],
        &["tree", "--sample", "alloc_space", &profile],
        &["traces", "--sample", "alloc_space", &profile],
        &[
            "list",
            "--sample",
            "alloc_space",
            &profile,
            "log_no_pool|stripped",
        ],
        &[
            "flame",
            "--sample",
            "alloc_space",
            "--folded",
            "-o",
            "-",
            &profile,
        ],
        &["advise", &profile],
    ];
    for command in commands {
        if command[0] != "list" {
            let (nameless, warning) = said(command);
            assert!(!nameless.contains("log_no_pool"), "{nameless}");
            assert!(warning.contains("--binary"), "{warning}");
            assert_eq!(warning.lines().count(), 1, "{warning}");
        }
        let named = [command, &["--binary", WHOLE][..]].concat();
        let (named, warning) = said(&named);
        assert!(named.contains("log_no_pool"), "{command:?}: {named}");
        assert_eq!(warning, "", "{command:?}");
    }

    // A file with the debugging information alone, as distributions provide it.
    let debug = text(&folder.join("repool.debug"));
    if tool("objcopy", &[&"--only-keep-debug", &WHOLE, &debug]) {
        let (named, warning) = said(&[commands[0], &["--binary", &debug]].concat());
        assert!(named.contains("log_no_pool"), "{named}");
        assert_eq!(warning, "");
    }

    // Another program.
    let (_, warning) = said(&[commands[0], &["--binary", "/bin/sh"]].concat());
    let warnings: Vec<&str> = warning.lines().collect();
    assert!(
        warnings[0].contains("/bin/sh: its build id is "),
        "{warning}"
    );
}

#[test]
fn what_is_no_program_is_refused() {
    for (file, problem) in [
        ("/nonexistent", "No such file"),
        ("/dev/null", "name a program"),
        (file!(), "name a program"),
    ] {
        let outcome = run(repool(&["top", "--binary", file, "x.pb.gz"]));
        assert_eq!(outcome.code, Some(2));
        assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(file), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(problem), "{}", outcome.stderr);
    }
}
