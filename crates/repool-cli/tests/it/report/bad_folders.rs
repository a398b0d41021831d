//! Folders that cannot be reported: the error is one line, and no page is written.

use std::path::Path;

use repool_cli::{Failure, report};

use super::folder;

#[track_caller]
fn problem(folder: &Path) -> String {
    let Err(Failure::Input(problem)) = report::write(folder) else {
        panic!("{} should be refused", folder.display());
    };
    assert_eq!(problem.lines().count(), 1, "{problem}");
    assert!(!folder.join("report.html").exists());
    problem
}

#[test]
fn nothing_to_report() {
    let said = problem(&folder::empty("bad-empty"));
    assert!(
        said.contains("study.json") && said.contains("before.txt"),
        "{said}"
    );
    let said = problem(Path::new("/no/such/folder"));
    assert!(said.contains("no such folder"), "{said}");
}

#[test]
fn files_that_are_something_else() {
    let folder = folder::study("bad-profile");
    folder::put(&folder, "LogNoPool.pb.gz", b"GIF89a");
    assert!(problem(&folder).contains("LogNoPool.pb.gz"));

    let folder = folder::study("bad-study");
    folder::put(&folder, "study.json", b"[]");
    assert!(problem(&folder).contains("study.json"));

    let folder = folder::pair("bad-text");
    folder::put(&folder, "after.txt", b"nothing was measured\n");
    assert!(problem(&folder).contains("after.txt"));
}

#[test]
fn a_page_that_cannot_be_written() {
    let folder = folder::study("bad-place");
    std::fs::create_dir_all(folder.join("report.html/taken")).expect("the test's own folder");
    assert!(matches!(report::write(&folder), Err(Failure::Output(_))));
    let left = std::fs::read_dir(&folder).expect("it is there");
    let names = left.map(|file| file.expect("it can be listed").file_name());
    assert!(
        names
            .into_iter()
            .all(|name| !name.to_string_lossy().starts_with('.'))
    );
}
