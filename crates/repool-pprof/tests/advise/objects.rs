//! Programs that allocate objects and buffers that do not grow.

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::mpsc::sync_channel;
use std::thread;

use repool::{BufPool, Pool};
use repool_pprof::Profile;
use repool_pprof::advise::{Action, Advice, AdviseSettings, Allocator};
use repool_prof::{Counters, Profiler, measure_allocator_costs};

use crate::run::{actions, costs, own, profiled, saves, within_a_tenth};

type Object = [u64; 8];

const OPERATIONS: u64 = 20_000;

#[inline(never)]
fn new_object(n: u64) -> Box<Object> {
    black_box(Box::new([n; 8]))
}

/// Calls `make` for each operation.
fn four_at_a_time(mut make: impl FnMut(u64)) {
    for n in 0..OPERATIONS {
        make(n);
    }
}

pub fn boxes_of_one_size(rate: u64) {
    let run = profiled(rate, OPERATIONS, || {
        let mut ring = [const { None }; 4];
        four_at_a_time(|n| ring[n as usize % 4] = Some(new_object(n)));
        Counters::default()
    });
    let site = run.site("::new_object");
    run.is_all(site);
    assert_eq!(actions(site), [Action::Pool]);
    assert_eq!((site.sizes.least, site.sizes.greatest), (64, 64));
    assert!(site.churn.is_some_and(|share| share > 0.99));
    assert_eq!(site.freed_elsewhere, Some(0.0));
    // The fifth object is allocated before the first is dropped.
    let peak_live = site.peak_live.expect("there are lifetimes").value;
    assert!(if rate == 1 {
        peak_live == 5
    } else {
        (3..=9).contains(&peak_live)
    });
    assert!(site.callers[0].calls[0].function.contains("objects::"));

    let pooled = own(|| {
        let pool = Pool::with(|| Box::new([0_u64; 8]), |_| true);
        let mut ring = [const { None }; 4];
        four_at_a_time(|n| {
            let mut object = pool.get();
            **object = [n; 8];
            ring[n as usize % 4] = Some(object);
        });
    });
    saves(&site.recommendations[0], run.spent, pooled);
    // The allocator takes 20 ns for 16 bytes to 200 ns for 65,536 bytes; the pool takes 2 ns.
    let ns = 20.0 + 180.0 * 48.0 / 65520.0 - 2.0;
    let told = site.recommendations[0]
        .saves
        .per_operation
        .and_then(|rates| rates.ns);
    assert!(
        told.is_some_and(|told| (told.ns - ns).abs() < 0.1 * ns && told.low < ns && ns < told.high),
        "{told:?}"
    );
}

pub fn boxes_of_several_threads(rate: u64) {
    const THREADS: usize = 3;
    let run = profiled(rate, OPERATIONS * THREADS as u64, || {
        let together = Barrier::new(THREADS);
        let mut spent = Counters::default();
        thread::scope(|scope| {
            let threads = [(); THREADS].map(|()| {
                scope.spawn(|| {
                    own(|| {
                        for n in 0..OPERATIONS {
                            let object = new_object(n);
                            if n == 0 {
                                together.wait();
                            }
                            drop(object);
                        }
                    })
                })
            });
            for thread in threads {
                let own = thread.join().expect("it ends well");
                spent.allocations += own.allocations;
                spent.bytes += own.bytes;
                spent.frees += own.frees;
            }
        });
        spent
    });
    let site = run.site("::new_object");
    assert_eq!(site.allocated.allocations, OPERATIONS * THREADS as u64);
    assert_eq!(actions(site), [Action::ThreadLocal, Action::Pool]);
    assert_eq!(site.peak_live.map(|peak| peak.value), Some(THREADS as u64));
    assert_eq!(
        site.recommendations[0].saves.allocations,
        (OPERATIONS - 1) * THREADS as u64
    );
}

pub fn boxes_freed_elsewhere(rate: u64) {
    let run = profiled(rate, OPERATIONS, || {
        let (sender, receiver) = sync_channel::<Box<Object>>(8);
        thread::scope(|scope| {
            let consumer = scope.spawn(move || own(|| receiver.iter().for_each(drop)));
            for n in 0..OPERATIONS {
                sender.send(new_object(n)).expect("there is a consumer");
            }
            drop(sender);
            consumer.join().expect("it ends well")
        })
    });
    let site = run.site("::new_object");
    run.near(site.allocated.allocations, OPERATIONS);
    assert_eq!(actions(site), [Action::Pool]);
    assert_eq!(site.freed_elsewhere, Some(1.0));
    within_a_tenth(site.recommendations[0].saves.bytes, OPERATIONS * 64);
}

/// A length of 100 bytes to 64 kB; small ones are more frequent.
fn length(n: u64) -> usize {
    let random = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    100 + (random % 0xffff) as usize / (1 + n as usize % 7)
}

#[inline(never)]
fn new_buffer(n: u64) -> Vec<u8> {
    black_box(Vec::with_capacity(length(n)))
}

pub fn buffers_of_many_sizes(rate: u64) {
    let run = profiled(rate, OPERATIONS, || {
        let mut ring = [const { None }; 4];
        four_at_a_time(|n| ring[n as usize % 4] = Some(new_buffer(n)));
        Counters::default()
    });
    let site = run.site("::new_buffer");
    run.is_all(site);
    assert_eq!(actions(site), [Action::BufPool]);
    assert!(site.sizes.least < site.sizes.median && site.sizes.median < site.sizes.greatest);

    let pooled = own(|| {
        let pool = BufPool::new();
        let mut ring = [const { None }; 4];
        four_at_a_time(|n| ring[n as usize % 4] = Some(pool.get(length(n))));
    });
    saves(&site.recommendations[0], run.spent, pooled);
}

pub fn one_small_object(rate: u64) {
    let run = profiled(rate, OPERATIONS, || {
        for n in 0..OPERATIONS {
            drop(new_object(n));
        }
        Counters::default()
    });
    let site = run.site("::new_object");
    assert_eq!(actions(site), [Action::Scratch, Action::Pool]);
    assert_eq!(site.peak_live.map(|peak| peak.value), Some(1));
    let [scratch, pool] = &site.recommendations[..] else {
        panic!("two recommendations")
    };
    assert_eq!(scratch.saves.allocations, OPERATIONS - 1);
    assert_eq!(scratch.saves.bytes, (OPERATIONS - 1) * 64);
    assert_eq!(pool.saves.bytes, scratch.saves.bytes);
    assert_eq!(run.advice.saves, scratch.saves, "not both");
}

/// A cache whose entries are replaced often: a new object is allocated before the old one is freed.
pub fn a_cache_that_turns_over(rate: u64) {
    let run = profiled(rate, OPERATIONS, || {
        let mut cache = [const { None }; 64];
        for n in 0..OPERATIONS {
            cache[n as usize % 64] = Some(new_object(n));
        }
        Counters::default()
    });
    let site = run.site("::new_object");
    assert_eq!(actions(site), [Action::Pool]);
    assert_eq!(site.peak_live.map(|peak| peak.value), Some(65));
    assert_eq!(site.recommendations[0].saves.allocations, OPERATIONS - 65);
}

/// The costs of the profiled program's allocator take precedence over those of the settings.
pub fn costs_of_its_own(rate: u64) {
    let profiler = Profiler::builder().rate(rate).start().expect("it starts");
    let mut ring = [const { None }; 4];
    four_at_a_time(|n| ring[n as usize % 4] = Some(new_object(n)));
    let mut file = Vec::new();
    profiler
        .snapshot()
        .write_to(&mut file)
        .expect("memory takes it");
    let profile = Profile::parse(&file).expect("it is sound");
    let settings = AdviseSettings::new().costs(costs());
    let advice = Advice::of(&profile, &settings).expect("these are allocations");
    assert_eq!(advice.allocator, Some(Allocator::Profiled));
    assert_eq!((advice.operations, advice.rate), (None, Some(rate)));
    let measured = measure_allocator_costs().expect("there is memory");
    let site = advice
        .sites
        .iter()
        .find(|site| site.location.function.ends_with("::new_object"))
        .expect("there is such a site");
    let ns = site.allocated.ns.expect("it was measured").ns;
    let truth = measured.fresh_ns(64) * site.allocated.allocations as f64;
    assert!((ns - truth).abs() <= 1e-6 * truth, "{ns} {truth}");
    let seconds = advice.duration_ns.expect("it took time") as f64 / 1e9;
    let rates = site.allocated.per_second.expect("for want of operations");
    assert!((rates.bytes * seconds - site.allocated.bytes as f64).abs() < 1.0);
}
