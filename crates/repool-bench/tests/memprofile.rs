//! A benchmark executable that profiles itself, from outside: what is in the profile, and what is
//! said when there can be none. This program starts itself as the benchmark.

use std::fs;
use std::hint::black_box;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flate2::read::GzDecoder;
use prost::Message;
use repool_bench::{Bench, Report};
use repool_prof::ProfAlloc;
use repool_prof::pprof::proto;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

/// Set for the process that is to be the benchmark, to which.
const BENCHMARK: &str = "REPOOL_BENCH_TEST_MEMPROFILE";

fn main() {
    if let Ok(benchmark) = std::env::var(BENCHMARK) {
        run(&benchmark);
        return;
    }
    if repool_testing::listing::is_asked_for("memprofile") {
        return;
    }
    every_byte_is_of_a_loop_that_counts();
    the_rate_is_that_of_go_unless_said();
    nothing_measured_is_an_empty_profile();
    the_operations_are_those_of_a_single_benchmark();
    a_run_that_measures_nothing_writes_nothing();
    a_failed_benchmark_leaves_the_profile_of_the_others();
    the_file_is_where_it_was_meant_to_be();
    what_cannot_be_is_one_line_and_exit_2();
    what_cannot_be_written_is_one_line_and_exit_1();
    println!("memprofile: all passed");
}

/// The parts of a profile that the tests look at.
struct Profile {
    /// Bytes allocated, of all samples together.
    alloc_space: i64,
    default_sample_type: String,
    comments: Vec<String>,
    /// Bytes between samples.
    period: i64,
}

impl Profile {
    fn read(file: &Path) -> Self {
        let file = fs::File::open(file).expect("the profile");
        let mut bytes = Vec::new();
        let read = GzDecoder::new(file).read_to_end(&mut bytes);
        read.expect("gzip");
        let profile = proto::Profile::decode(&*bytes).expect("a profile");
        let text = |index: i64| profile.string_table[index as usize].clone();
        let mut types = profile.sample_type.iter();
        let alloc_space = types
            .position(|kind| text(kind.r#type) == "alloc_space")
            .expect("bytes allocated");
        Self {
            alloc_space: profile.sample.iter().map(|s| s.value[alloc_space]).sum(),
            default_sample_type: text(profile.default_sample_type),
            comments: profile.comment.iter().map(|index| text(*index)).collect(),
            period: profile.period,
        }
    }
}

fn run(benchmark: &str) {
    let mut bench = Bench::new();
    match benchmark {
        "two" => drop(Bench::new()),
        "moves" => std::env::set_current_dir("/").expect("there is a root"),
        "panics" => {
            bench.bench("Panics", || -> u8 { panic!("boom") });
        }
        _ => (),
    }
    bench.bench("Empty", || ());
    bench.bench("Boxed", || Box::new(1u64));
    bench.run("Prepared", |run| {
        let mut kept = black_box(vec![vec![1u8; 1 << 20]]);
        run.iter(|| vec![1u8; 100]);
        kept.push(black_box(vec![1u8; 1 << 20]));
    });
}

/// An empty folder.
fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("memprofile");
    if let Err(error) = fs::remove_dir_all(&folder) {
        assert_eq!(error.kind(), io::ErrorKind::NotFound, "{error}");
    }
    fs::create_dir(&folder).expect("a folder for the test");
    folder
}

/// Starts the benchmark in `folder`: its exit code, standard output and standard error.
fn outcome(folder: &Path, benchmark: &str, args: &[&str]) -> (Option<i32>, String, String) {
    let program = std::env::current_exe().expect("this program has a path");
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(program)
        .args(["--time", "0.001"])
        .args(args)
        .env(BENCHMARK, benchmark)
        // As a person's shell would start it.
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("CARGO_PKG_NAME")
        .current_dir(folder)
        .output()
        .expect("the benchmark starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code(), text(stdout), text(stderr))
}

/// What it prints, and the only file that it leaves.
fn profiled(benchmark: &str, args: &[&str]) -> (String, Profile) {
    let folder = folder();
    let memprofile = ["--memprofile", "m.pb.gz"];
    let (code, stdout, stderr) = outcome(&folder, benchmark, &[&memprofile, args].concat());
    assert_eq!((code, &*stderr), (Some(0), ""));
    assert_eq!(files(&folder), ["m.pb.gz"]);
    (stdout, Profile::read(&folder.join("m.pb.gz")))
}

fn files(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).expect("the folder of the test");
    let name = |file: io::Result<fs::DirEntry>| file.expect("a file").file_name();
    files
        .map(|file| name(file).into_string().expect("text"))
        .collect()
}

fn every_byte_is_of_a_loop_that_counts() {
    let args = ["--memprofilerate", "1", "--count", "2", "--json"];
    let (stdout, profile) = profiled("some", &args);
    let Report { benchmarks, .. } = serde_json::from_str(&stdout).expect("one document");
    let figures: Vec<_> = benchmarks
        .iter()
        .map(|record| (record.bytes_per_op, record.allocs_per_op))
        .collect();
    let expected = [(0, 0), (0, 0), (8, 1), (8, 1), (100, 1), (100, 1)];
    assert_eq!(
        figures,
        expected.map(|(bytes, allocs)| (Some(bytes), Some(allocs)))
    );
    let bytes = benchmarks
        .iter()
        .map(|record| record.iterations * record.bytes_per_op.expect("counted"));
    assert_eq!(profile.alloc_space, bytes.sum::<u64>() as i64);
    assert_eq!(
        (profile.period, &*profile.default_sample_type),
        (1, "alloc_space")
    );
}

fn the_rate_is_that_of_go_unless_said() {
    let (stdout, profile) = profiled("some", &[]);
    assert_eq!(stdout.matches("ns/op").count(), 3, "{stdout}");
    assert_eq!(profile.period, 512 * 1024);
}

fn nothing_measured_is_an_empty_profile() {
    let (_, profile) = profiled("some", &["Empty", "--memprofilerate", "1"]);
    assert_eq!(profile.alloc_space, 0);
}

fn the_operations_are_those_of_a_single_benchmark() {
    let (stdout, profile) = profiled("some", &["--exact", "Boxed", "--count", "2", "--json"]);
    let Report { benchmarks, .. } = serde_json::from_str(&stdout).expect("one document");
    assert_eq!(benchmarks.len(), 2);
    let operations: u64 = benchmarks.iter().map(|record| record.iterations).sum();
    assert_eq!(profile.comments, [format!("operations: {operations}")]);
    let (_, several) = profiled("some", &[]);
    assert!(several.comments.is_empty());
}

fn a_run_that_measures_nothing_writes_nothing() {
    for mode in ["--list", "--test", "--help"] {
        let folder = folder();
        let args = ["--memprofile", "m.pb.gz", mode];
        let (code, _, stderr) = outcome(&folder, "some", &args);
        assert_eq!((code, &*stderr), (Some(0), ""));
        assert!(files(&folder).is_empty(), "{mode}");
    }
}

fn a_failed_benchmark_leaves_the_profile_of_the_others() {
    let folder = folder();
    let args = [
        "--memprofile",
        "m.pb.gz",
        "--memprofilerate",
        "1",
        "Panics",
        "Boxed",
    ];
    let (code, stdout, stderr) = outcome(&folder, "panics", &args);
    assert_eq!((code, stdout.matches("ns/op").count()), (Some(1), 1));
    assert!(
        stderr.ends_with("benchmark Panics failed: its body panicked\n"),
        "{stderr}"
    );
    let profile = Profile::read(&folder.join("m.pb.gz"));
    assert!(profile.alloc_space > 0 && profile.comments.is_empty());
}

fn the_file_is_where_it_was_meant_to_be() {
    profiled("moves", &["Empty"]);
}

fn what_cannot_be_is_one_line_and_exit_2() {
    for (benchmark, args, word) in [
        ("some", &["--memprofile", "none/m.pb.gz"][..], "no folder"),
        ("some", &["--memprofile", "."], "no file"),
        (
            "some",
            &["--memprofile", "m", "--memprofilerate", "0"],
            "--memprofilerate",
        ),
        ("some", &["--memprofilerate", "1"], "without --memprofile"),
        ("two", &["--memprofile", "m.pb.gz"], "another Bench"),
    ] {
        let folder = folder();
        let (code, stdout, stderr) = outcome(&folder, benchmark, args);
        assert_eq!((code, &*stdout), (Some(2), ""), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.starts_with("memprofile: "), "{stderr}");
        assert!(
            stderr.contains("--memprofile") && stderr.contains(word),
            "{stderr}"
        );
        assert!(files(&folder).is_empty());
    }
}

fn what_cannot_be_written_is_one_line_and_exit_1() {
    // No process can make files there, root's neither.
    let args = ["--memprofile", "/proc/m.pb.gz"];
    let (code, stdout, stderr) = outcome(&folder(), "some", &args);
    assert_eq!(code, Some(1));
    assert_eq!(stdout.matches("ns/op").count(), 3, "{stdout}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    let expected = "repool-bench: cannot write the profile \"/proc/m.pb.gz\": ";
    assert!(stderr.starts_with(expected), "{stderr}");
}
