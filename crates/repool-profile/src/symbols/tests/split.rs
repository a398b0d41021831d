//! Programs whose debugging information is in other files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::levels::{SOURCE, check_full};
use tempfile::TempDir;

use super::program::{compile, loaded, new_directory, stacks_in};
use crate::symbols::{Module, ResolvedLine, image};

/// Compiles the program with `-C split-debuginfo=how`.
fn compiled(directory: &TempDir, how: &str) -> Option<PathBuf> {
    let how = format!("-Csplit-debuginfo={how}");
    compile(directory, SOURCE, &["-Cdebuginfo=1", &how])
}

fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(directory).expect("the directory");
    let paths = files.map(|file| file.expect("a file").path());
    paths
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect()
}

/// Checks the result without the other files: the function, and no line that may be another
/// function's.
fn check_bare(stacks: &[Vec<ResolvedLine>]) {
    assert_eq!(stacks.len(), 1, "{stacks:?}");
    let [line] = &*stacks[0] else {
        panic!("{stacks:?}")
    };
    assert_eq!(&*line.name, "program::fill");
    assert_eq!((&*line.file, line.line, line.start_line), ("", 0, 0));
}

#[test]
fn a_package_is_beside_the_program() {
    let directory = new_directory();
    let Some(path) = compiled(&directory, "packed") else {
        return;
    };
    let packages = files(directory.path(), "dwp");
    let [package] = &*packages else {
        panic!("{packages:?}")
    };
    check_full(&stacks_in(&path, "program::fill"));
    // Ignores the package of another build.
    fs::rename(package, directory.path().join("kept")).expect("our own file");
    check_bare(&stacks_in(&path, "program::fill"));
    fs::write(package, "no package").expect("our own file");
    check_bare(&stacks_in(&path, "program::fill"));
}

#[test]
fn units_are_where_the_program_was_built() {
    let directory = new_directory();
    let Some(path) = compiled(&directory, "unpacked") else {
        return;
    };
    let units = files(directory.path(), "dwo");
    assert!(!units.is_empty(), "the compiler leaves units");
    check_full(&stacks_in(&path, "program::fill"));

    // Finds the units beside the program after both were moved.
    let moved = new_directory();
    let program = moved.path().join("program");
    fs::copy(&path, &program).expect("our own files");
    for unit in &units {
        let name = unit.file_name().expect("a name");
        fs::rename(unit, moved.path().join(name)).expect("our own files");
    }
    check_full(&stacks_in(&program, "program::fill"));
    check_bare(&stacks_in(&path, "program::fill"));
}

/// Line tables alone have lines without functions.
#[test]
fn lines_without_functions_are_not_shown() {
    let directory = new_directory();
    let flags = ["-Cdebuginfo=line-directives-only"];
    if let Some(path) = compile(&directory, SOURCE, &flags) {
        check_bare(&stacks_in(&path, "program::fill"));
    }
}

#[test]
fn a_debug_file_is_found_by_the_build_id() {
    let directory = new_directory();
    let flags = ["-Cdebuginfo=1", "-Clink-arg=-Wl,--build-id=0x0abc01"];
    let Some(path) = compile(&directory, SOURCE, &flags) else {
        return;
    };
    let below = directory.path().join("usr/.build-id/0a");
    fs::create_dir_all(&below).expect("our own directory");
    let module = |build_id: &[u8]| Module {
        build_id: build_id.to_vec(),
        ..loaded(&path)
    };
    let found = |build_id: &[u8]| {
        let root = directory.path().join("usr");
        image::find_debug_file(&root, &module(build_id), None).is_some()
    };
    assert!(!found(&[0x0a, 0xbc, 0x01]), "there is none");
    fs::copy(&path, below.join("bc01.debug")).expect("our own files");
    assert!(found(&[0x0a, 0xbc, 0x01]));
    // Ignores a file that has another build id.
    fs::copy(&path, below.join("bc02.debug")).expect("our own files");
    assert!(!found(&[0x0a, 0xbc, 0x02]));
    assert!(!found(&[]));
}

#[test]
fn a_debug_file_is_found_by_the_link_to_it() {
    let directory = new_directory();
    let Some(path) = compile(&directory, SOURCE, &["-Cdebuginfo=1"]) else {
        return;
    };
    let objcopy = |arguments: &[&str]| {
        let mut command = Command::new("objcopy");
        let output = command
            .args(arguments)
            .current_dir(directory.path())
            .output();
        let Ok(output) = output else {
            return false;
        };
        assert!(output.status.success(), "{output:?}");
        true
    };
    // Strips the program as distributions do; each address has one result.
    if !objcopy(&["--only-keep-debug", "program", "program.debug"]) {
        eprintln!("skipped: there is no objcopy");
        return;
    }
    objcopy(&[
        "--strip-debug",
        "--add-gnu-debuglink=program.debug",
        "program",
    ]);
    check_full(&stacks_in(&path, "program::fill"));
    fs::create_dir(directory.path().join(".debug")).expect("our own directory");
    let debug = directory.path().join("program.debug");
    fs::rename(debug, directory.path().join(".debug/program.debug")).expect("our own file");
    check_full(&stacks_in(&path, "program::fill"));
    fs::remove_dir_all(directory.path().join(".debug")).expect("our own directory");
    check_bare(&stacks_in(&path, "program::fill"));
}
