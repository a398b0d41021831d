//! Programs without a site that is worth a change.

use std::collections::HashMap;
use std::hint::black_box;

use repool::Pool;
use repool_pprof::advise::NoAction;
use repool_prof::Counters;

use crate::run::{costs, profiled, profiled_with};

const OPERATIONS: u64 = 10_000;

#[inline(never)]
fn new_object(n: u64) -> Box<[u64; 8]> {
    black_box(Box::new([n; 8]))
}

pub fn all_boxes_kept(rate: u64) {
    let mut all = Vec::with_capacity(OPERATIONS as usize);
    let run = profiled(rate, OPERATIONS, || {
        all.extend((0..OPERATIONS).map(new_object));
        Counters::default()
    });
    run.has_nothing_to_do();
    let site = run.site("::new_object");
    assert_eq!(site.no_action, Some(NoAction::LongLived));
    assert_eq!(site.churn, Some(0.0));
    black_box(all);
}

#[inline(never)]
fn one_list() -> Vec<u64> {
    let mut list = Vec::new();
    for n in 0..1 << 20 {
        list.push(black_box(n));
    }
    list
}

pub fn one_list_kept(rate: u64) {
    let mut list = Vec::new();
    let run = profiled(rate, OPERATIONS, || {
        list = one_list();
        Counters::default()
    });
    run.has_nothing_to_do();
    black_box(list);
}

#[inline(never)]
fn one_table(elements: u64) -> HashMap<u64, u64> {
    let mut table = HashMap::new();
    for n in 0..elements {
        table.insert(black_box(n), n);
    }
    table
}

pub fn one_table_kept(rate: u64) {
    let mut table = HashMap::new();
    let run = profiled(rate, OPERATIONS, || {
        table = one_table(100_000);
        Counters::default()
    });
    run.has_nothing_to_do();
    black_box(table);
}

/// 50 tables are too few for a recommendation; a thousand would be worth a `with_capacity`.
pub fn many_tables_kept(rate: u64) {
    let mut tables = Vec::with_capacity(50);
    let run = profiled(rate, OPERATIONS, || {
        tables.extend((0..50).map(|n| one_table(1000 + n)));
        Counters::default()
    });
    run.has_nothing_to_do();
    black_box(tables);
}

pub fn already_pooled(rate: u64) {
    let run = profiled(rate, OPERATIONS, || {
        let lines: Pool<Vec<u8>> = Pool::new(Vec::new);
        for n in 0..OPERATIONS {
            let mut held = [lines.get(), lines.get(), lines.get()];
            for line in &mut held {
                for _ in 0..n % 100 {
                    line.extend_from_slice(black_box(b"some more bytes"));
                }
            }
        }
        Counters::default()
    });
    run.has_nothing_to_do();
}

pub fn only_at_the_start(rate: u64) {
    let run = profiled(rate, OPERATIONS, || {
        // Strings that are freed at once, and a table that is kept until the end.
        for n in 0..60 {
            drop(black_box(format!("REPOOL_{n}")));
        }
        let table = one_table(500);
        for n in 0..OPERATIONS {
            black_box(table.get(&(n % 500)));
        }
        Counters::default()
    });
    run.has_nothing_to_do();
}

pub fn a_cache_that_is_large(rate: u64) {
    let mut cache: Vec<_> = (0..4000).map(|_| None).collect();
    let run = profiled(rate, OPERATIONS, || {
        for n in 0..OPERATIONS {
            cache[(n * 7919) as usize % 4000] = Some(new_object(n));
        }
        Counters::default()
    });
    run.has_nothing_to_do();
    assert_eq!(
        run.site("::new_object").no_action,
        Some(NoAction::LongLived)
    );
    black_box(cache);
}

/// Many objects that are freed at once, of which only about ten are sampled.
pub fn too_few_samples(rate: u64) {
    let run = profiled_unchecked(rate);
    run.has_nothing_to_do();
    let site = run.site("::large_object");
    assert_eq!(site.no_action, Some(NoAction::TooFewSamples));
    let error = site.error.expect("samples are counted");
    assert_eq!(error, 1.0 / (site.samples as f64).sqrt());
    assert!(site.why.contains("samples, so ±"), "{}", site.why);
}

fn profiled_unchecked(rate: u64) -> crate::run::Run {
    crate::run::estimated(costs(), rate, OPERATIONS, || {
        for n in 0..OPERATIONS {
            drop(large_object(n));
        }
        Counters::default()
    })
}

#[inline(never)]
fn large_object(n: u64) -> Box<[u64; 128]> {
    black_box(Box::new([n; 128]))
}

pub fn slower_than_the_allocator(rate: u64) {
    let mut slow = costs();
    slow.pool_pair_ns = 19.0;
    let run = profiled_with(slow, rate, OPERATIONS, || {
        let mut ring = [const { None }; 4];
        for n in 0..OPERATIONS {
            ring[n as usize % 4] = Some(new_object(n));
        }
        Counters::default()
    });
    run.has_nothing_to_do();
    assert_eq!(
        run.site("::new_object").no_action,
        Some(NoAction::AllocatorIsAsFast)
    );
}
