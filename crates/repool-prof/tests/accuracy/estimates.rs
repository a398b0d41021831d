//! Estimates are as near to the truth as sampling can be.
//!
//! At the default rate a run of a few hundred samples varies by 4 to 6 %, whatever the profiler
//! does, so a limit of 5 % does not hold for each run. The mean of five runs must be within 5 % or
//! 3.5 of its standard deviations. At 1/32 of that rate the same blocks vary by about 1 %, and each
//! run must be within 5 %.

use crate::theory::figures;
use crate::workload::Workload::{self, Blocks, Growing, Mixed};

const SEEDS: u64 = 5;
const MOST: f64 = 0.05;

fn check(workload: Workload, rate: u64) {
    let runs: Vec<_> = (1..=SEEDS)
        .map(|seed| workload.measure(rate, seed))
        .collect();
    for figure in figures(&workload.groups(), rate) {
        let ratios: Vec<f64> = runs
            .iter()
            .map(|run| (figure.get)(*run) as f64 / figure.truth)
            .collect();
        let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
        let (name, deviation) = (figure.name, figure.deviation);
        println!("{name}: mean {mean:.4} of {ratios:.3?}, theory ±{deviation:.4}");
        if 3.0 * deviation < MOST {
            for ratio in ratios {
                assert!((ratio - 1.0).abs() <= MOST, "{name}: {ratio}");
            }
        }
        let margin = MOST.max(3.5 * deviation / (SEEDS as f64).sqrt());
        assert!(
            (mean - 1.0).abs() <= margin,
            "{name}: {mean}, not 1 ± {margin}"
        );
    }
}

pub fn small(rate: u64) {
    check(
        Blocks {
            size: 64,
            count: 5_000_000,
        },
        rate,
    );
}

pub fn kibibyte(rate: u64) {
    check(
        Blocks {
            size: 1 << 10,
            count: 200_000,
        },
        rate,
    );
}

pub fn hundred_kibibytes(rate: u64) {
    check(
        Blocks {
            size: 100 << 10,
            count: 2000,
        },
        rate,
    );
}

pub fn four_mebibytes(rate: u64) {
    check(
        Blocks {
            size: 4 << 20,
            count: 50,
        },
        rate,
    );
}

/// A stack with blocks of very different sizes: a weight for each stack would be wrong, a weight for
/// each size is right.
pub fn mixed(rate: u64) {
    let (small, large) = ((32, 50_000), 1 << 20);
    check(
        Mixed {
            small,
            large,
            times: 100,
        },
        rate,
    );
}

pub fn growing(rate: u64) {
    check(
        Growing {
            from: 1 << 10,
            doublings: 10,
            times: 2000,
        },
        rate,
    );
}

// Workloads that are small enough to run many times.
const SHORT: Workload = Blocks {
    size: 64,
    count: 20_000,
};
const UNEQUAL: Workload = Mixed {
    small: (32, 200),
    large: 8 << 10,
    times: 200,
};
const GROWN: Workload = Growing {
    from: 64,
    doublings: 10,
    times: 300,
};

/// The mean and the standard deviation of runs with many seeds.
///
/// The standard deviation of 200 runs has an error of 5 %. So the limits, 1.3 times theory and
/// 1/1.3, which gaps that are too regular would exceed, are 5 such errors away.
pub fn spread(rate: u64) {
    const RUNS: u64 = 200;
    for workload in [
        SHORT,
        Blocks {
            size: 1000,
            count: 2000,
        },
        Blocks {
            size: 4096,
            count: 1000,
        },
        Blocks {
            size: 10_000,
            count: 1000,
        },
        UNEQUAL,
        GROWN,
    ] {
        let runs: Vec<_> = (1..=RUNS)
            .map(|seed| workload.measure(rate, seed))
            .collect();
        for figure in figures(&workload.groups(), rate) {
            let (name, theory) = (figure.name, figure.deviation);
            if theory < 1e-3 {
                continue; // hardly left to chance
            }
            let ratios = runs
                .iter()
                .map(|run| (figure.get)(*run) as f64 / figure.truth);
            let mean = ratios.clone().sum::<f64>() / RUNS as f64;
            let squares = ratios.map(|ratio| (ratio - mean).powi(2)).sum::<f64>();
            let deviation = (squares / (RUNS - 1) as f64).sqrt();
            let relative = deviation / theory;
            println!("{workload:?} {name}: mean {mean:.4} ±{deviation:.4}, theory ±{theory:.4}");
            let margin = 4.5 * theory / (RUNS as f64).sqrt();
            assert!(
                (mean - 1.0).abs() <= margin,
                "{name} {workload:?}: mean {mean}"
            );
            assert!(
                (1.0 / 1.3..=1.3).contains(&relative),
                "{name} {workload:?}: varies {relative} times as much as it should"
            );
        }
    }
}

/// Runs with one seed are equal; runs with different seeds are not.
pub fn same_seed(rate: u64) {
    for workload in [SHORT, UNEQUAL, GROWN] {
        let first = workload.measure(rate, 1);
        let other = workload.measure(rate, 2);
        assert_eq!(workload.measure(rate, 1), first);
        assert_ne!(first, other);
    }
}
