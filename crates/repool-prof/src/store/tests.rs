//! Tests of the store's tables and counts.

use std::thread;

use super::limits::{BASE, SHARE};
use super::*;

/// A different stack for each number.
fn stack(number: u64) -> [Frame; 3] {
    [
        Frame::new(0, number),
        Frame::new(1, number * 7),
        Frame::new(0, 99),
    ]
}

const FREE: Free = Free {
    is_other_thread: false,
    time: 0,
    bytes: 0,
};

/// Records the allocation of a block by thread 1, whose object begins with it.
fn alloc(store: &Store, frames: &[Frame], size: u64, call: AllocCall) -> (Site, Object) {
    let site = store.site(frames, size, 0);
    let object = Object {
        origin: site.stack,
        thread: 1,
    };
    store.record_alloc(site, &request(size, call), object, 0);
    (site, object)
}

fn request(size: u64, call: AllocCall) -> Request {
    Request {
        size,
        alignment: 4,
        call,
    }
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
    let (first, object) = alloc(&store, &stack(1), 8, AllocCall::Alloc);
    let (again, _) = alloc(&store, &stack(1), 8, AllocCall::Alloc);
    assert_eq!(again, first);
    let (other_size, _) = alloc(&store, &stack(1), 9, AllocCall::Alloc);
    assert_eq!(other_size.stack, first.stack);
    assert_ne!(other_size.record, first.record);
    let (other_stack, _) = alloc(&store, &stack(2), 8, AllocCall::Alloc);
    assert_ne!(other_stack.stack, first.stack);
    store.record_free(first, 8, object, &FREE, 0);

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
    alloc(&store, &[], 8, AllocCall::Alloc);
    let stacks = store.stacks();
    assert_eq!(stacks.len(), 1);
    assert!(stacks[0].frames.is_empty() && !stacks[0].is_overflow());
}

#[test]
fn sizes_beyond_the_first_share_a_record() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    for size in 1..=100 {
        alloc(&store, &stack(1), size, AllocCall::Alloc);
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
        alloc(&store, &stack(number), 16, AllocCall::Alloc);
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
    let grown = BASE + (1 << 30) / SHARE as usize;
    assert_eq!(store.limit(0), BASE);
    let (site, object) = alloc(&store, &stack(1), 1 << 30, AllocCall::Alloc);
    assert_eq!(store.limit(0), grown);
    store.record_free(site, 1 << 30, object, &FREE, 0);
    assert_eq!(store.limit(0), grown);
}

#[test]
fn lifetimes_count_live_blocks() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    let sites: Vec<_> = (0..3)
        .map(|_| alloc(&store, &stack(1), 8, AllocCall::Alloc))
        .collect();
    let free = Free {
        is_other_thread: true,
        time: 1000,
        bytes: 64,
    };
    for (site, object) in sites {
        store.record_free(site, 8, object, &free, 0);
    }
    alloc(&store, &stack(1), 8, AllocCall::Alloc);
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
    let alloc = |size, call| alloc(&store, &stack(1), size, call);
    let grown_if = |grown| {
        if grown {
            AllocCall::Realloc
        } else {
            AllocCall::Alloc
        }
    };
    for size in 1..=u64::from(SIZES) {
        alloc(size, grown_if(size == 7));
        alloc(size, grown_if(size == 7 || size == 9));
    }
    // These sizes share a record, and each has its own weight.
    alloc(500, AllocCall::Realloc);
    alloc(600, AllocCall::Alloc);
    alloc(700, AllocCall::Realloc);
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
fn a_stack_has_the_greatest_alignment_of_its_blocks() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    let (site, object) = alloc(&store, &stack(1), 8, AllocCall::Alloc);
    for alignment in [16, 2] {
        let aligned = Request {
            alignment,
            ..request(8, AllocCall::Alloc)
        };
        store.record_alloc(site, &aligned, object, 0);
        assert_eq!(store.stacks()[0].lifetimes.alignment, 16);
    }
}

#[test]
fn a_stack_has_the_origins_of_what_grew_there() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    let grown_at = |at: u64, object: Object| {
        let site = store.site(&stack(at), 16, 0);
        store.record_alloc(site, &request(16, AllocCall::Realloc), object, 0);
    };
    let origins = |at: u64| {
        let stacks = store.stacks();
        let found = stacks
            .iter()
            .find(|found| found.frames[..] == stack(at)[..]);
        found.expect("it allocated").origins.clone()
    };
    let first: Vec<Object> = (1..=3)
        .map(|at| alloc(&store, &stack(at), 8, AllocCall::Alloc).1)
        .collect();
    grown_at(9, first[0]);
    grown_at(9, first[0]);
    assert_eq!(origins(9), Some(vec![first[0].origin]));
    grown_at(9, first[1]);
    assert_eq!(origins(9), Some(vec![first[0].origin, first[1].origin]));
    grown_at(9, first[2]);
    assert_eq!(origins(9), None, "there are too many");
    grown_at(1, first[0]);
    assert_eq!(origins(1), Some(vec![]), "its own");
}

#[test]
fn a_block_that_is_lost_is_not_in_use() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    for call in [AllocCall::Alloc, AllocCall::Realloc] {
        store.record_lost(store.site(&stack(1), 8, 0), &request(8, call));
    }
    assert_eq!(store.lost(), 2);
    assert_eq!(totals(&store), (2, 16, 0));
    let stacks = store.stacks();
    let lifetimes = &stacks[0].lifetimes;
    assert_eq!((lifetimes.allocs, lifetimes.lost), (0, 2));
    assert_eq!(lifetimes.peak_live, 0);
    assert_eq!(stacks[0].totals().grown_objects, 1, "it was allocated");

    // A block that is lost after it was followed.
    let (site, object) = alloc(&store, &stack(1), 8, AllocCall::Alloc);
    store.record_lost_later(site, 8, object);
    assert_eq!(totals(&store), (3, 24, 0));
    let lifetimes = store.stacks()[0].lifetimes.clone();
    assert_eq!((lifetimes.allocs, lifetimes.lost, store.lost()), (0, 3, 3));
}

/// An hour at rate 1 frees more blocks than a counter of 32 bits holds: see `histogram` for such
/// counts.
#[test]
fn histograms_do_not_end() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    let free = Free {
        time: 4,
        bytes: 1 << 50,
        ..FREE
    };
    for _ in 0..200_000 {
        let (site, object) = alloc(&store, &stack(1), 8, AllocCall::Alloc);
        store.record_free(site, 8, object, &free, 0);
    }
    let lifetimes = store.stacks()[0].lifetimes.clone();
    assert_eq!(lifetimes.times.buckets()[2], 200_000);
    assert_eq!(lifetimes.times.count(), 200_000);
    assert_eq!(*lifetimes.bytes.buckets().last().unwrap(), 200_000);
}

/// Without room for large counters, both histograms end, and all else goes on.
#[test]
fn without_room_histograms_end() {
    let store = Store::new(1, Some(0), u64::MAX).unwrap();
    for _ in 0..70_000 {
        let (site, object) = alloc(&store, &stack(1), 8, AllocCall::Alloc);
        store.record_free(site, 8, object, &FREE, 0);
    }
    let lifetimes = store.stacks()[0].lifetimes.clone();
    assert_eq!((lifetimes.allocs, lifetimes.frees), (70_000, 70_000));
    assert_eq!(lifetimes.times.count(), 0xFF00);
}

/// Stacks that differ only in their outer frames share a prefix, in which their objects are alive
/// at different times.
#[test]
fn prefixes_count_the_objects_of_all_stacks_that_share_them() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    let frames = |outer: u64| [Frame::new(0, 1), Frame::new(0, 2), Frame::new(0, outer)];
    let free = |(site, object)| store.record_free(site, 8, object, &FREE, 0);
    for outer in 10..20 {
        free(alloc(&store, &frames(outer), 8, AllocCall::Alloc));
    }
    let both = [10, 11].map(|outer| alloc(&store, &frames(outer), 8, AllocCall::Alloc));
    both.into_iter().for_each(free);
    for stack in store.stacks() {
        let peaks: Vec<_> = stack.prefix_peaks().map(|peak| peak.objects).collect();
        assert_eq!(peaks, [2, 2, 1]);
        assert!(stack.prefix_peaks().all(|peak| peak.threads == 1));
    }
}

/// A block that grows is one object, at the stack of its first block.
#[test]
fn a_resized_block_is_the_object_of_its_first_stack() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    for _ in 0..3 {
        let (mut site, object) = alloc(&store, &stack(1), 8, AllocCall::Alloc);
        for _ in 0..5 {
            store.record_free(site, 8, object, &FREE, 0);
            site = store.site(&stack(2), 8, 0);
            store.record_alloc(site, &request(8, AllocCall::Realloc), object, 0);
        }
        store.record_free(site, 8, object, &FREE, 0);
    }
    let mut peaks: Vec<_> = store
        .stacks()
        .iter()
        .map(|stack| (stack.frames[0], stack.prefixes[0].peak.objects))
        .collect();
    peaks.sort_unstable();
    assert_eq!(peaks, [(stack(1)[0], 1), (stack(2)[0], 0)]);
}

#[test]
fn zeroed_blocks_are_told_apart_by_size() {
    let store = Store::new(1, None, u64::MAX).unwrap();
    for size in 1..=100 {
        alloc(&store, &stack(1), size, AllocCall::Alloc);
        alloc(&store, &stack(1), size, AllocCall::AllocZeroed);
    }
    let stack = &store.stacks()[0];
    for record in &stack.records {
        assert_eq!(
            2 * record.zeroed_objects,
            record.alloc_objects,
            "{record:?}"
        );
        assert_eq!(2 * record.zeroed_bytes, record.alloc_bytes, "{record:?}");
        assert_eq!(record.grown_objects, 0);
    }
    assert_eq!(stack.totals().zeroed_objects, 100);
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
                        alloc(&store, &stack(number), size, AllocCall::Alloc);
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
