//! B/op and allocs/op in a program whose allocator counts: they are the body's
//! alone, to the byte.

use std::hint::black_box;
use std::thread;
use std::time::Duration;

use repool_bench::{Record, Run, Runner};
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

/// Bytes and allocations of one run of the body, in loops of many lengths. A
/// fraction that the harness added would show in the short ones.
fn per_op<R>(mut body: impl FnMut() -> R) -> (u64, u64) {
    let mut figures: Vec<(u64, u64)> = [1, 10_000, 1_000_000]
        .map(|nanos| {
            let runner = Runner::new(Duration::from_nanos(nanos));
            let Record {
                bytes_per_op,
                allocs_per_op,
                ..
            } = runner.measure("Body", |run: &mut Run| run.iter(&mut body));
            (
                bytes_per_op.expect("counted"),
                allocs_per_op.expect("counted"),
            )
        })
        .into();
    figures.dedup();
    assert_eq!(
        figures.len(),
        1,
        "the same whatever the loop's length: {figures:?}"
    );
    figures[0]
}

#[test]
fn an_empty_body_allocates_nothing() {
    assert_eq!(per_op(|| ()), (0, 0));
}

#[test]
fn one_box_is_one_allocation() {
    assert_eq!(per_op(|| Box::new(1u8)), (1, 1));
    assert_eq!(per_op(|| Box::new([0u64; 8])), (64, 1));
    assert_eq!(per_op(|| drop(black_box(Box::new(1u32)))), (4, 1));
}

#[test]
fn two_boxes_are_two() {
    assert_eq!(per_op(|| (Box::new(1u8), Box::new(1u64))), (9, 2));
}

#[test]
fn growth_counts_each_size_on_the_way() {
    let grow = || {
        let mut line: Vec<u8> = Vec::with_capacity(8);
        black_box(&mut line).reserve_exact(24);
        line
    };
    assert_eq!(per_op(grow), (32, 2));
}

#[test]
fn what_is_kept_in_the_body_costs_nothing_more() {
    let mut line: Vec<u8> = Vec::with_capacity(64);
    assert_eq!(
        per_op(|| {
            line.clear();
            line.extend_from_slice(b"hello");
        }),
        (0, 0),
    );
}

#[test]
fn preparation_is_not_measured() {
    let runner = Runner::new(Duration::from_micros(10));
    let record = runner.measure("Prepared", |run| {
        let words = vec![String::from("hello"); 100];
        run.iter(|| words.len());
        run.report_metric(1.0, "words");
    });
    assert_eq!(
        (record.bytes_per_op, record.allocs_per_op),
        (Some(0), Some(0))
    );
}

#[test]
fn other_threads_do_not_show() {
    let allocate_elsewhere = || thread::scope(|s| s.spawn(|| black_box(vec![0u8; 1 << 20])).join());
    let (bytes, allocations) = per_op_once(allocate_elsewhere);
    // Starting a thread allocates a little on this one; the megabyte is not its.
    assert!(
        bytes < 1 << 16 && allocations > 0,
        "{bytes} B, {allocations} allocs"
    );
}

fn per_op_once<R>(mut body: impl FnMut() -> R) -> (u64, u64) {
    let record = Runner::new(Duration::from_nanos(1)).measure("Body", |run| run.iter(&mut body));
    (
        record.bytes_per_op.expect("counted"),
        record.allocs_per_op.expect("counted"),
    )
}
