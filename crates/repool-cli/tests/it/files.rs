//! The files that a study writes.

use std::fs;
use std::path::Path;

use repool_cli::study::{Outcome, Workload};
use repool_pprof::Profile;
use repool_testing::scratch::Scratch;
use serde_json::Value;

use crate::program::{repool, run};

/// Runs a short study into a folder, and returns its output.
#[track_caller]
fn studied(args: &[&str], out: &str) -> String {
    let quick = ["study", "--time", "0.002", "--count", "2", "--out", out];
    let end = run(repool(&[&quick[..], args].concat()));
    assert_eq!((end.code, end.stderr.as_str()), (Some(0), ""), "{end:?}");
    end.stdout
}

/// Whether the profiler supports this platform.
const PROFILES: bool = cfg!(all(
    target_os = "linux",
    target_arch = "x86_64",
    target_env = "gnu"
));

/// The sums of allocated blocks and bytes.
fn allocated(profile: &Profile) -> (i64, i64) {
    profile.samples().fold((0, 0), |(blocks, bytes), sample| {
        (blocks + sample.values[0], bytes + sample.values[1])
    })
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn every_workload_leaves_all_its_files() {
    let scratch = Scratch::new("every_workload_leaves_all_its_files");
    for workload in Workload::ALL {
        let folder = Path::new(scratch.path()).join(workload.name()).join("new");
        let text = studied(&["--workload", workload.name()], folder.to_str().unwrap());
        let outcome = Outcome::read(&folder).unwrap();
        assert_eq!(outcome.workload, workload.name());
        assert_eq!(outcome.benchmarks.len(), outcome.variants.len() * 2);
        assert!(outcome.takeaways.len() >= 4, "{:?}", outcome.takeaways);
        assert_eq!(outcome.retained.len(), 3);

        let mut expected: Vec<String> = [
            "benchmarks.txt",
            "report.html",
            "study.json",
            "with-pool.txt",
            "without-pool.txt",
        ]
        .map(String::from)
        .into();
        for variant in outcome.variants.iter().filter(|_| PROFILES) {
            expected.push(format!("{}.pb.gz", variant.name));
            let profile = Profile::open(folder.join(&variant.profile)).unwrap();
            assert_eq!(profile.lifetimes().unwrap().operations, variant.operations);
            let (blocks, bytes) = allocated(&profile);
            let own = outcome
                .benchmarks
                .iter()
                .find(|record| record.name == variant.name);
            let own = own.unwrap();
            let each = |sum: i64| sum as f64 / variant.operations as f64;
            // How many buffers of 32 KiB wait for the writer thread of the tracing workload depends on the
            // machine's load, in a benchmark of few lines too.
            let waits = workload == Workload::Tracing;
            let slack = if waits { 16.0 } else { 1.0 };
            // B/op, a whole number, is 0 where the pool has created no more than a few objects.
            assert!(
                waits || (each(bytes) < slack) == (own.bytes_per_op == Some(0)),
                "{variant:?}: {bytes} B in the profile, {:?} B/op",
                own.bytes_per_op
            );
            let (most_blocks, most_bytes) = (
                own.allocs_per_op.unwrap() as f64 + 1.0,
                own.bytes_per_op.unwrap() as f64 * 1.02 + slack,
            );
            // With more iterations than records, the figures are means over all records.
            let is_mean = own.iterations > 1000;
            assert!(
                !is_mean || each(blocks) < most_blocks,
                "{variant:?}: {blocks}"
            );
            assert!(!is_mean || each(bytes) < most_bytes, "{variant:?}: {bytes}");
            assert!(!is_mean || each(bytes) > own.bytes_per_op.unwrap() as f64 * 0.98 - slack);
            if bytes > 0 {
                expected.push(format!("{}.svg", variant.name));
                let svg = fs::read_to_string(folder.join(&variant.flame)).unwrap();
                assert!(svg.contains("<svg") && svg.contains(&variant.name));
            }
        }
        expected.sort();
        assert_eq!(names_in(&folder), expected, "{text}");
        let (_, listed) = text
            .rsplit_once("\nFiles in ")
            .expect("the files are listed");
        assert!(
            expected
                .iter()
                .all(|name| listed.contains(&format!("- {name}\n"))),
            "{listed}"
        );
    }
}

#[test]
fn json_is_the_document_in_the_folder() {
    let scratch = Scratch::new("json_is_the_document_in_the_folder");
    for workload in Workload::ALL {
        let text = studied(&["--json", "--workload", workload.name()], scratch.path());
        let document: Value = serde_json::from_str(&text).expect("one document");
        assert_eq!(document["workload"], workload.name());
        let file = fs::read_to_string(Path::new(scratch.path()).join(Outcome::FILE)).unwrap();
        assert_eq!(text, file);
    }
}

#[test]
fn the_two_to_compare_have_one_name() {
    let scratch = Scratch::new("the_two_to_compare_have_one_name");
    studied(&["--workload", "json"], scratch.path());
    for file in ["without-pool.txt", "with-pool.txt"] {
        let text = fs::read_to_string(Path::new(scratch.path()).join(file)).unwrap();
        let results: Vec<&str> = text
            .lines()
            .filter(|l| l.starts_with("Benchmark"))
            .collect();
        assert_eq!(results.len(), 2, "{text}");
        for line in results {
            let name = line.split([' ', '-']).next().unwrap();
            assert_eq!(name, "BenchmarkJson");
        }
        assert!(text.starts_with("goos: "), "{text}");
    }
}

/// The predictions of allocations are exact, because the profile has every allocation.
#[test]
fn advice_on_allocations_comes_true() {
    let scratch = Scratch::new("advice_on_allocations_comes_true");
    for workload in Workload::ALL.into_iter().filter(|_| PROFILES) {
        studied(&["--workload", workload.name()], scratch.path());
        let outcome = Outcome::read(scratch.path().as_ref()).unwrap();
        assert_eq!(
            outcome.verdicts.len(),
            outcome.variants.len() - 1,
            "{outcome:?}"
        );
        for verdict in &outcome.verdicts {
            for (predicted, measured) in [
                (
                    verdict.predicted.allocs_per_op,
                    verdict.measured.allocs_per_op,
                ),
                (
                    verdict.predicted.bytes_per_op,
                    verdict.measured.bytes_per_op,
                ),
            ] {
                assert!(measured > 0.0, "{verdict:?}");
                assert!((predicted / measured - 1.0).abs() < 0.1, "{verdict:?}");
            }
        }
    }
}

#[test]
fn the_work_is_done_on_ones_own_input() {
    let scratch = Scratch::new("the_work_is_done_on_ones_own_input");
    let file = scratch.file("own.ndjson", b"{\"text\":\"short\"}\n[1, 2.5, null]\n");
    for workload in ["json", "zstd", "parse", "tracing"] {
        let bytes = |args: &[&str]| {
            let args = [args, &["--workload", workload]].concat();
            studied(&args, scratch.path());
            let outcome = Outcome::read(scratch.path().as_ref()).unwrap();
            outcome.benchmarks[0].bytes_per_op.unwrap()
        };
        let (own, sample) = (bytes(&["--input", &file]), bytes(&[]));
        assert!(own < sample, "{workload}: {own} B, {sample} B");
    }
}
