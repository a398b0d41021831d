//! Heap profiles in text formats, and messages for other old formats.

use std::fs;

use repool_testing::scratch::Scratch;

use crate::program::{Ended, repool, run, run_with_stdin};

/// What gperftools and jemalloc wrote.
fn data(name: &str) -> String {
    let path = repool_testing::data::path("heap-text").join(name);
    path.into_os_string().into_string().expect("text")
}

#[track_caller]
fn printed(outcome: Ended) -> String {
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    outcome.stdout
}

#[test]
fn a_top_is_made_of_what_allocators_write() {
    for name in [
        "jemalloc.heap",
        "gperftools-sample.heap",
        "gperftools-heapprofile.heap",
    ] {
        let top = printed(run(repool(&["top", &data(name)])));
        assert!(top.starts_with("File: app\nType: space\n"), "{top}");
        let text = fs::read(data(name)).expect("a file of this repository");
        let piped = run_with_stdin(repool(&["top", "-"]), &text);
        assert_eq!(printed(piped), top);
    }
    let top = printed(run(repool(&[
        "top",
        "--sample",
        "alloc_objects",
        &data("jemalloc-accum.heap"),
    ])));
    assert!(top.contains("Type: alloc_objects\n"), "{top}");
    for command in ["tree", "traces"] {
        printed(run(repool(&[command, &data("jemalloc.heap")])));
    }
    let folded = printed(run(repool(&[
        "flame",
        "--folded",
        "-o",
        "-",
        &data("jemalloc.heap"),
    ])));
    assert!(folded.lines().count() > 3, "{folded}");
}

#[test]
fn what_is_not_read_is_named_with_the_way_out() {
    let scratch = Scratch::new("old_formats");
    for (text, what) in [
        (
            "--- contention:\ncycles/second=1\n",
            "it is a contention profile as text, which is not read; convert it",
        ),
        (
            "goroutine profile: total 1\n1 @ 0x1\n",
            "it is a profile of counts as text",
        ),
        (
            "heap_v2/524288\n  t*: 1: 2 [0: 0]\nnonsense\n",
            "line 3 of the heap profile is not valid",
        ),
    ] {
        let path = scratch.file("old.prof", text.as_bytes());
        let outcome = run(repool(&["top", &path]));
        assert_eq!(
            (outcome.code, &*outcome.stdout),
            (Some(2), ""),
            "{outcome:?}"
        );
        assert!(outcome.stderr.contains(what), "{outcome:?}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
    }
}

#[test]
fn results_that_are_no_text_are_named() {
    let scratch = Scratch::new("no_text");
    let good = scratch.file("old.txt", b"BenchmarkA 1 2 ns/op\n");
    for (bytes, what) in [
        (
            &b"BenchmarkA 1 2 ns/op\nBenchmarkGr\xf6\xdfe 1 2 ns/op\n"[..],
            "new.txt: line 2 is not UTF-8 (byte 0xf6; Latin-1?)",
        ),
        (
            b"\xff\xfeB\0\0\xd8e\0",
            "new.txt: line 1 is not sound UTF-16",
        ),
        (
            b"\xff\xfeB\0e",
            "new.txt: is UTF-16 that ends in the middle of a character",
        ),
    ] {
        let path = scratch.file("new.txt", bytes);
        let outcome = run(repool(&["compare", &good, &path]));
        assert_eq!(
            (outcome.code, &*outcome.stdout),
            (Some(2), ""),
            "{outcome:?}"
        );
        assert!(outcome.stderr.contains(what), "{outcome:?}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
    }
}
