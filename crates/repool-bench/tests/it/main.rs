//! `Bench` as a library, in a program whose allocator does not count.

mod output;

use std::cell::RefCell;
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::Duration;

use output::{Page, TornPipe};
use repool_bench::{Bench, Config, Machine, Mode, Report, Run};

fn quick() -> Config {
    Config::new(Duration::from_nanos(1))
}

fn machine() -> Machine {
    let mut machine = Machine::new("linux", "amd64");
    machine.pkg = Some("shop".into());
    machine.parallelism = 2;
    machine
}

/// What a `Bench` prints about the benchmarks that `define` gives it.
fn printed(config: Config, define: impl FnOnce(&mut Bench)) -> String {
    let page = Page::default();
    let mut bench = Bench::with_output(config, machine(), page.clone());
    define(&mut bench);
    drop(bench);
    page.text()
}

/// The first words of the lines.
fn first_words(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect()
}

#[test]
fn a_header_comes_once_and_then_a_line_a_result() {
    let text = printed(quick(), |bench| {
        bench.bench("A", || 1).bench("B", || 2);
    });
    assert_eq!(
        first_words(&text),
        ["goos:", "goarch:", "pkg:", "BenchmarkA-2", "BenchmarkB-2"]
    );
}

#[test]
fn nothing_measured_prints_nothing() {
    assert_eq!(printed(quick(), |_| ()), "");
}

#[test]
fn without_counts_a_line_has_the_time_only() {
    let text = printed(quick(), |bench| {
        bench.bench("A", || std::hint::black_box(vec![0u8; 1000]));
    });
    let fields: Vec<_> = text.lines().last().unwrap().split_whitespace().collect();
    assert!(matches!(fields[..], [_, _, _, "ns/op"]), "{fields:?}");
}

#[test]
fn groups_and_parameters_make_names() {
    let text = printed(quick(), |bench| {
        let mut pair = bench.group("pair");
        pair.bench("Vec", || ());
        pair.bench_with("Sizes", [64, 1024], |n| n + 1);
        pair.group("deep").run("Run", |run| run.iter(|| ()));
    });
    assert_eq!(
        first_words(&text)[3..],
        [
            "Benchmarkpair/Vec-2",
            "Benchmarkpair/Sizes/64-2",
            "Benchmarkpair/Sizes/1024-2",
            "Benchmarkpair/deep/Run-2",
        ],
    );
}

#[test]
fn a_count_repeats_each_measurement() {
    let mut config = quick();
    config.count = NonZeroU32::new(3).unwrap();
    let text = printed(config, |bench| {
        bench.bench("A", || ()).bench("B", || ());
    });
    let names = ["BenchmarkA-2"; 3].into_iter().chain(["BenchmarkB-2"; 3]);
    assert_eq!(first_words(&text)[3..], names.collect::<Vec<_>>());
}

#[test]
fn a_filtered_body_never_runs() {
    let mut config = quick();
    config.filters = vec!["Vec".into()];
    let text = printed(config, |bench| {
        bench.bench("String", || panic!("not asked for"));
        bench.bench("SmallVec", || ());
    });
    assert_eq!(first_words(&text)[3..], ["BenchmarkSmallVec-2"]);
}

#[test]
fn a_list_has_the_names_and_runs_nothing() {
    let mut config = quick();
    config.mode = Mode::List;
    let text = printed(config, |bench| {
        bench
            .bench("two words", || panic!("only listed"))
            .bench("B", || panic!("only listed"));
    });
    assert_eq!(text, "two_words: benchmark\nB: benchmark\n");
}

#[test]
fn a_check_runs_each_body_once_and_shows_no_figures() {
    let mut calls = 0;
    let mut config = quick();
    config.mode = Mode::Check;
    config.count = NonZeroU32::new(5).unwrap();
    let text = printed(config, |bench| {
        bench.bench("A", || calls += 1);
    });
    assert_eq!((calls, text.as_str()), (1, "checked A\n"));
}

#[test]
fn json_is_one_document_with_every_result() {
    let mut config = quick();
    config.json = true;
    config.count = NonZeroU32::new(2).unwrap();
    let text = printed(config, |bench| {
        bench.bench("A", || ());
        bench.run("B", |run: &mut Run| {
            run.iter(|| ());
            run.report_metric(0.5, "hits/op");
        });
    });
    let report: Report = serde_json::from_str(&text).unwrap();
    let names: Vec<_> = report
        .benchmarks
        .iter()
        .map(|record| record.name.as_str())
        .collect();
    assert_eq!(names, ["A", "A", "B", "B"]);
    assert_eq!(report.benchmarks[0].bytes_per_op, None);
    assert_eq!(report.benchmarks[2].metrics["hits/op"], 0.5);
}

#[test]
fn a_panic_outside_of_a_body_prints_no_json() {
    let page = Page::default();
    let mut config = quick();
    config.json = true;
    let mut bench = Bench::with_output(config, machine(), page.clone());
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        bench.bench("A", || ());
        panic!("of the program");
    }));
    assert!(panic.is_err());
    assert_eq!(page.text(), "");
}

#[test]
fn a_quiet_check_prints_a_character_for_each_benchmark() {
    let mut config = quick();
    config.mode = Mode::Check;
    config.quiet = true;
    config.report_time = true;
    let text = printed(config, |bench| {
        bench.bench("A", || ()).bench("B", || ());
    });
    assert_eq!(text, "..\n");
}

#[test]
fn a_check_that_reports_times_shows_seconds() {
    let mut config = quick();
    config.mode = Mode::Check;
    config.report_time = true;
    let text = printed(config, |bench| {
        bench.bench("A", || ());
    });
    let seconds = text.strip_prefix("checked A <").unwrap();
    let seconds: f64 = seconds.strip_suffix("s>\n").unwrap().parse().unwrap();
    assert!(seconds >= 0.0);
}

#[test]
fn once_the_reader_is_gone_nothing_is_measured() {
    let calls = RefCell::new(Vec::new());
    let mut bench = Bench::with_output(quick(), machine(), TornPipe);
    bench.bench("A", || calls.borrow_mut().push("A"));
    bench.bench("B", || calls.borrow_mut().push("B"));
    assert_eq!(calls.borrow().first(), Some(&"A"));
    assert!(!calls.borrow().contains(&"B"));
}

#[test]
fn each_result_is_shown_at_once() {
    /// Notes how much was written at each flush.
    struct Flushes(Rc<RefCell<Vec<usize>>>, usize);
    impl Write for Flushes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            self.0.borrow_mut().push(self.1);
            Ok(())
        }
    }
    let flushes = Rc::default();
    let mut bench = Bench::with_output(quick(), machine(), Flushes(Rc::clone(&flushes), 0));
    bench.bench("A", || ());
    let after_first = *flushes.borrow().last().unwrap();
    bench.bench("B", || ());
    assert!(*flushes.borrow().last().unwrap() > after_first && after_first > 0);
}

#[test]
fn a_profile_needs_the_allocator() {
    let file = std::env::temp_dir().join("repool-never-written.pb.gz");
    let file = file.to_str().expect("text");
    let error = Bench::from_args(["--memprofile", file]).err();
    let error = error.expect("this program has another allocator");
    assert_eq!((error.is_help(), error.exit_code()), (false, 2));
    assert!(error.to_string().starts_with("--memprofile "), "{error}");
    // A run that measures nothing needs no counting allocator.
    assert!(Bench::from_args(["--memprofile", file, "--list"]).is_ok());
}
