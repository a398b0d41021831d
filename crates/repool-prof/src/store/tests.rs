//! Tests of the store's tables and counts.

use std::thread;

use super::*;

/// A different stack for each number.
fn stack(number: u64) -> [Frame; 3] {
    [
        Frame::new(0, number),
        Frame::new(1, number * 7),
        Frame::new(0, 99),
    ]
}

fn totals(store: &Store) -> (i64, i64, i64) {
    let records = store.stacks().into_iter().flat_map(|stack| stack.records);
    records.fold((0, 0, 0), |(objects, bytes, inuse), record| {
        let in_use = inuse + record.inuse_bytes;
        (
            objects + record.alloc_objects,
            bytes + record.alloc_bytes,
            in_use,
        )
    })
}

#[test]
fn a_stack_and_size_is_one_record() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    let first = store.record_alloc(&stack(1), 8, false, 0);
    assert_eq!(store.record_alloc(&stack(1), 8, false, 0), first);
    let other_size = store.record_alloc(&stack(1), 9, false, 0);
    assert_eq!(other_size.stack, first.stack);
    assert_ne!(other_size.record, first.record);
    assert_ne!(
        store.record_alloc(&stack(2), 8, false, 0).stack,
        first.stack
    );
    store.record_free(first, 8, false, 100, 1000);

    let mut stacks = store.stacks();
    stacks.sort_by_key(|stack| stack.key);
    assert_eq!(stacks.len(), 2);
    assert_eq!(stacks[0].frames[..], stack(1));
    assert_eq!(stacks[1].frames[..], stack(2));
    let record = |size, alloc: i64, inuse: i64| crate::Record {
        size,
        alloc_objects: alloc,
        alloc_bytes: alloc * size as i64,
        inuse_objects: inuse,
        inuse_bytes: inuse * size as i64,
        ..crate::Record::default()
    };
    assert_eq!(stacks[0].records, [record(8, 2, 1), record(9, 1, 1)]);
    assert_eq!(stacks[1].records, [record(8, 1, 1)]);
}

#[test]
fn an_empty_stack_is_not_the_overflow() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    store.record_alloc(&[], 8, false, 0);
    let stacks = store.stacks();
    assert_eq!(stacks.len(), 1);
    assert!(stacks[0].frames.is_empty() && !stacks[0].is_overflow());
}

#[test]
fn sizes_beyond_the_first_share_a_record() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    for size in 1..=100 {
        store.record_alloc(&stack(1), size, false, 0);
    }
    let records = &store.stacks()[0].records;
    assert_eq!(records.len(), SIZES as usize + 1);
    assert_eq!(records[0].size, 0);
    assert_eq!(records[0].alloc_objects, 100 - i64::from(SIZES));
    assert_eq!(totals(&store), (100, 5050, 5050));
}

#[test]
fn what_has_no_room_is_counted_as_overflow() {
    let limit = 256 << 10;
    let store = Store::new(1, Some(limit), u64::MAX).unwrap();
    for number in 0..10_000 {
        store.record_alloc(&stack(number), 16, false, 0);
    }
    assert!(store.memory() <= limit);
    let overflow: Vec<_> = store
        .stacks()
        .into_iter()
        .filter(Stack::is_overflow)
        .collect();
    assert_eq!(overflow.len(), 1);
    assert!(overflow[0].records[0].alloc_objects > 5_000);
    assert_eq!(totals(&store), (10_000, 160_000, 160_000));
}

#[test]
fn the_limit_grows_with_what_is_in_use_and_stays() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    assert_eq!(store.limit(), BASE);
    let site = store.record_alloc(&stack(1), 1 << 30, false, 0);
    assert_eq!(store.limit(), BASE + (1 << 30) / SHARE as usize);
    store.record_free(site, 1 << 30, false, 0, 0);
    assert_eq!(store.limit(), BASE + (1 << 30) / SHARE as usize);
}

#[test]
fn lifetimes_count_live_blocks() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    let sites: Vec<_> = (0..3)
        .map(|_| store.record_alloc(&stack(1), 8, false, 0))
        .collect();
    sites
        .iter()
        .for_each(|site| store.record_free(*site, 8, true, 1000, 64));
    store.record_alloc(&stack(1), 8, false, 0);
    let lifetimes = store.stacks()[0].lifetimes.clone();
    assert_eq!(
        (lifetimes.allocs, lifetimes.frees, lifetimes.freed_elsewhere),
        (4, 3, 3)
    );
    assert_eq!((lifetimes.peak_live, lifetimes.live_at_allocs), (3, 1 + 2));
    assert_eq!(lifetimes.times.buckets()[9], 3, "1000 is at least 512");
    assert_eq!(lifetimes.bytes.buckets()[6], 3);
}

#[test]
fn what_grew_is_told_apart_by_size() {
    let rate = 1000;
    let store = Store::new(rate, None, u64::MAX).unwrap();
    let alloc = |size, grown| store.record_alloc(&stack(1), size, grown, 0);
    for size in 1..=u64::from(SIZES) {
        alloc(size, size == 7);
        alloc(size, size == 7 || size == 9);
    }
    // These sizes share a record, and each has its own weight.
    alloc(500, true);
    alloc(600, false);
    alloc(700, true);
    let stack = &store.stacks()[0];
    assert_eq!((stack.lifetimes.allocs, stack.lifetimes.grown), (67, 5));
    let weight = |size: f64| 1.0 / (1.0 - (-size / rate as f64).exp());
    for record in &stack.records {
        let sizes: &[f64] = match record.size {
            7 => &[7.0, 7.0],
            9 => &[9.0],
            0 => &[500.0, 700.0],
            _ => &[],
        };
        let objects: f64 = sizes.iter().map(|size| weight(*size)).sum();
        let bytes: f64 = sizes.iter().map(|size| size * weight(*size)).sum();
        let off = |is: i64, truth: f64| (is as f64 - truth).abs();
        assert!(off(record.grown_objects, objects) <= 0.51, "{record:?}");
        assert!(off(record.grown_bytes, bytes) <= 1.01, "{record:?}");
    }
}

#[test]
fn a_block_that_is_lost_is_not_in_use() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    let site = store.record_alloc(&stack(1), 8, false, 0);
    store.record_lost(site, 8, false);
    let grown = store.record_alloc(&stack(1), 8, true, 0);
    store.record_lost(grown, 8, true);
    assert_eq!(store.lost(), 2);
    assert_eq!(totals(&store), (2, 16, 0));
    let stack = &store.stacks()[0];
    assert_eq!((stack.lifetimes.allocs, stack.lifetimes.grown), (0, 0));
    assert_eq!(stack.totals().grown_objects, 1, "it was allocated");
}

#[test]
fn a_full_histogram_stays_as_it_is() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    for _ in 0..70_000 {
        let site = store.record_alloc(&stack(1), 8, false, 0);
        store.record_free(site, 8, false, 4, 1 << 50);
    }
    let lifetimes = store.stacks()[0].lifetimes.clone();
    assert_eq!(lifetimes.times.buckets()[2], 0xFF00);
    assert_eq!(lifetimes.times.count(), 0xFF00);
    assert_eq!(*lifetimes.bytes.buckets().last().unwrap(), 0xFF00);
}

#[test]
fn threads_that_meet_a_stack_at_once_add_it_once() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    let (threads, stacks, sizes) = (4, 500, 8);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for number in 0..stacks {
                    for size in 1..=sizes {
                        store.record_alloc(&stack(number), size, false, 0);
                    }
                }
            });
        }
    });
    let found = store.stacks();
    assert_eq!(found.len(), stacks as usize);
    for stack in found {
        assert_eq!(stack.records.len(), sizes as usize);
        assert!(
            stack
                .records
                .iter()
                .all(|record| record.alloc_objects == threads)
        );
    }
}
