//! `--all-frames`: where stacks end at the root.

use repool_testing::scratch::Scratch;

use crate::program::{repool, run};

/// The output of a command that succeeds without a warning.
#[track_caller]
fn printed(args: &[&str]) -> String {
    let outcome = run(repool(args));
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (Some(0), ""),
        "{args:?}"
    );
    outcome.stdout
}

/// The study's profiles are of spawned threads: below a thread's function are a dozen frames of std.
#[test]
fn stacks_end_at_the_function_of_the_thread() {
    let scratch = Scratch::new("all_frames");
    let folder = scratch.path();
    printed(&["study", "--time", "0.001", "--count", "1", "--out", folder]);
    let profile = format!("{folder}/LogNoPool.pb.gz");
    let with = |args: &[&str], more: &[&str]| printed(&[args, more].concat());

    let top = ["top", "--sample", "alloc_space", &profile];
    let (short, whole) = (with(&top, &[]), with(&top, &["--all-frames"]));
    let head = |line: &&str| !line.contains("flat%");
    let rows = |top: &str| top.lines().skip_while(head).count() - 1;
    // Without optimisation, calls within the study are not inlined.
    assert!(rows(&short) <= 5, "{short}");
    assert!(rows(&whole) >= rows(&short) + 8, "{whole}");
    assert!(whole.contains("__rust_begin_short_backtrace"), "{whole}");
    assert!(!short.contains(" std::"), "{short}");

    let folded = ["flame", "--folded", "-o", "-", &profile];
    let (short, whole) = (with(&folded, &[]), with(&folded, &["--all-frames"]));
    assert!(whole.contains("__rust_begin_short_backtrace"), "{whole}");
    assert!(!short.contains("std::thread"), "{short}");

    let advise = ["advise", &profile];
    let short = with(&advise, &[]);
    assert!(!short.contains("start_thread"), "{short}");
    // The figures are the same: they rest on the innermost frames.
    let saving = |text: &str| text.split(", ").take(3).collect::<String>();
    assert_eq!(saving(&short), saving(&with(&advise, &["--all-frames"])));
}
