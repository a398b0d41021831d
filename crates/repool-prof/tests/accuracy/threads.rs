//! Sampling on several threads: each has a countdown of its own.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;

use repool_prof::Profiler;
use repool_testing::totals::Totals;

use crate::theory::{Group, figures};

/// A size that no other allocation of this program has.
const SIZE: usize = 72;

fn allocate(count: usize) {
    for n in 0..count {
        drop(black_box(Box::new([n as u8; SIZE])));
    }
}

fn deviation(count: usize, rate: u64) -> f64 {
    let group = Group {
        size: SIZE,
        count,
        alive: 0,
    };
    figures(&[group], rate)[0].deviation
}

/// If threads drew the same gaps, their errors would add up to twice as much.
pub fn differ(rate: u64) {
    const RUNS: u64 = 100;
    const COUNT: usize = 5000;
    let truth = (4 * COUNT) as f64;
    let ratios: Vec<f64> = (1..=RUNS)
        .map(|seed| {
            let profiler = Profiler::builder().rate(rate).seed(seed).start();
            let profiler = profiler.expect("the profiler starts");
            let together = Barrier::new(4);
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        together.wait();
                        allocate(COUNT);
                    });
                }
            });
            let totals = Totals::of_size(&profiler.snapshot(), SIZE as u64);
            assert_eq!(totals.inuse_objects, 0);
            totals.alloc_objects as f64 / truth
        })
        .collect();
    let mean = ratios.iter().sum::<f64>() / RUNS as f64;
    let squares = ratios
        .iter()
        .map(|ratio| (ratio - mean).powi(2))
        .sum::<f64>();
    let theory = deviation(4 * COUNT, rate);
    let relative = (squares / (RUNS - 1) as f64).sqrt() / theory;
    println!("mean {mean:.4}, varies {relative:.2} times theory");
    assert!(
        (mean - 1.0).abs() <= 5.0 * theory / (RUNS as f64).sqrt(),
        "{mean}"
    );
    // Six standard deviations of this figure.
    assert!((0.58..1.42).contains(&relative), "{relative}");
}

/// Threads that end long before they have allocated as much as one gap: the first gap of a thread
/// must be as random as any other.
pub fn short(rate: u64) {
    const THREADS: usize = 3000;
    const COUNT: usize = 20;
    let profiler = Profiler::builder().rate(rate).seed(1).start();
    let profiler = profiler.expect("the profiler starts");
    for _ in 0..THREADS {
        thread::spawn(|| allocate(COUNT)).join().expect("ends well");
    }
    let totals = Totals::of_size(&profiler.snapshot(), SIZE as u64);
    let ratio = totals.alloc_objects as f64 / (THREADS * COUNT) as f64;
    let margin = 5.0 * deviation(THREADS * COUNT, rate);
    assert!((ratio - 1.0).abs() <= margin, "{ratio}, not 1 ± {margin}");
}
