//! Where stacks end at the root.

use crate::program::{repool, run};
use crate::scratch::Scratch;

/// What a command prints that has nothing to complain of.
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

/// The study's profiles are of a thread: below its function are a dozen frames of std.
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
    assert!(rows(&short) <= 4, "{short}");
    assert!(rows(&whole) > 8, "{whole}");
    assert!(whole.contains("__rust_begin_short_backtrace"), "{whole}");
    assert!(!short.contains(" std::"), "{short}");

    let folded = ["flame", "--folded", "-o", "-", &profile];
    let (short, whole) = (with(&folded, &[]), with(&folded, &["--all-frames"]));
    assert!(whole.contains("__rust_begin_short_backtrace"), "{whole}");
    assert!(!short.contains("std::thread"), "{short}");

    // What is advised on rests on the innermost frames.
    let advise = ["advise", &profile];
    assert_eq!(with(&advise, &[]), with(&advise, &["--all-frames"]));
}
