//! Constructs folders for the report.

use std::fs;
use std::path::{Path, PathBuf};

use crate::profile;

const LINE: &str = "shop::log::<impl shop::log::Sink for alloc::vec::Vec<u8>>::line";
const TIME: &str = "shop::clock::to_text";
const MAIN: &str = "shop::main";

/// A constructed study in a folder of the test, which is not deleted, so that its page can be opened.
pub fn study(name: &str) -> PathBuf {
    let folder = empty(name);
    for file in ["study.json", "LogNoPool.svg", "LogWithPool.svg"] {
        fs::copy(data(&format!("study/{file}")), folder.join(file)).expect("the study is there");
    }
    put(&folder, "LogNoPool.pb.gz", &without_a_pool());
    put(&folder, "LogWithPool.pb.gz", &with_a_pool());
    put(&folder, "LogNoAlloc.pb.gz", &profile::of(&[]));
    folder
}

/// A folder with benchmarks and profiles from before and after a change.
pub fn pair(name: &str) -> PathBuf {
    let folder = empty(name);
    let text = |figures: [f64; 6], bytes: u32| {
        let line = |ns: f64| {
            format!(
                "BenchmarkLog-2 \t1000\t{ns} ns/op\t{bytes} B/op\nBenchmarkNoop-2 1000 1.5 ns/op\n"
            )
        };
        format!(
            "goos: linux\ncpu: Processor <1>\n{}",
            figures.map(line).concat()
        )
    };
    put(
        &folder,
        "before.txt",
        text([171.0, 170.0, 172.0, 170.5, 174.0, 171.0], 220).as_bytes(),
    );
    put(
        &folder,
        "after.txt",
        text([80.0, 81.0, 80.5, 79.0, 80.0, 82.0], 8).as_bytes(),
    );
    put(&folder, "before.pb.gz", &without_a_pool());
    put(&folder, "after.pb.gz", &with_a_pool());
    folder
}

fn without_a_pool() -> Vec<u8> {
    profile::of(&[
        (&[LINE, MAIN], 300_000, 21_200_000),
        (&[TIME, LINE, MAIN], 100_000, 800_000),
    ])
}

fn with_a_pool() -> Vec<u8> {
    profile::of(&[(&[TIME, LINE, MAIN], 100_000, 800_000)])
}

/// An empty folder of the test.
pub fn empty(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("report")
        .join(name);
    // Removes the files of an earlier run.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the build's own folder");
    folder
}

pub fn put(folder: &Path, name: &str, content: &[u8]) {
    fs::write(folder.join(name), content).expect("the test's own folder");
}

pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

/// Writes and reads the page of a folder.
#[track_caller]
pub fn page(folder: &Path) -> String {
    let path = repool_cli::report::write(folder).expect("there is something to report");
    assert_eq!(path, folder.join("report.html"));
    fs::read_to_string(path).expect("it was written")
}
