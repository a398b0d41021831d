//! Profiles with arbitrary values: there is an advice, and its numbers are finite.

use proptest::prelude::*;
use repool_profile::proto::{CostInterval, LivePeak, PairCost, StackLifetimes};

use super::test_profile::{TestProfile, settings};
use crate::advise::{Advice, Amount, Costs, NsInterval};

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        Just(1),
        Just(u64::MAX),
        Just(1 << 63),
        any::<u64>(),
        0..100_u64
    ]
}

fn signed() -> impl Strategy<Value = i64> {
    number().prop_map(u64::cast_signed)
}

fn time() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::MAX),
        Just(-1.0),
        any::<f64>()
    ]
}

fn lives() -> impl Strategy<Value = StackLifetimes> {
    let counts = || prop::collection::vec(any::<u64>(), 0..60);
    let numbers = prop::array::uniform8(number());
    let grown = prop::collection::vec(signed(), 0..5);
    (numbers, counts(), counts(), grown, signed()).prop_map(
        |(numbers, times, bytes, grown_by_size, objects)| StackLifetimes {
            first_sample: numbers[0] % 4,
            samples: numbers[1] % 4,
            allocs: numbers[2],
            frees: numbers[3],
            freed_elsewhere: numbers[4],
            peak_live: numbers[5],
            live_at_allocs: numbers[6],
            freed_objects: objects,
            freed_bytes: objects,
            times,
            bytes,
            grown: numbers[7],
            grown_objects: objects,
            grown_bytes: objects,
            zeroed_by_size: grown_by_size.clone(),
            grown_by_size,
            lost: numbers[7] % 3,
            origins: vec![numbers[0], numbers[6], 0, 1],
            peak_live_samples: numbers[6],
            prefix_peaks: (0..numbers[5] % 4)
                .map(|index| LivePeak {
                    objects: numbers[index as usize],
                    objects_of_thread: numbers[4],
                    threads: numbers[3] as u32,
                })
                .collect(),
            ..StackLifetimes::default()
        },
    )
}

fn is_finite(amount: &Amount) -> bool {
    let rates = [amount.per_operation, amount.per_second];
    let all = rates
        .iter()
        .flatten()
        .flat_map(|rates| [rates.allocations, rates.bytes])
        .chain(rates.iter().flatten().flat_map(|rates| ends(rates.ns)));
    all.chain(ends(amount.ns)).all(f64::is_finite)
}

fn ends(ns: Option<NsInterval>) -> [f64; 3] {
    ns.map_or([0.0; 3], |ns| [ns.low, ns.ns, ns.high])
}

proptest! {
    #[test]
    fn whatever_is_claimed_there_is_an_answer(
        values in prop::collection::vec(prop::array::uniform5(signed()), 1..8),
        lives in prop::collection::vec(lives(), 0..8),
        costs in prop::collection::vec((number(), time(), time()), 0..4),
        pool in time(),
        (rate, operations, duration) in (number(), number(), signed()),
        max_sites in 0..3_usize,
    ) {
        let mut made = TestProfile::new();
        for (n, _) in values.iter().enumerate() {
            let line = (n / 2) as i64;
            made.stack(&[("main", 1), ("site", line), ("leaf", 3)], 1, &[(1, 1, 0, 0)]);
        }
        for (sample, [a, b, c, d, size]) in made.0.sample.iter_mut().zip(&values) {
            sample.value = vec![*a, *b, *c, *d];
            sample.label[0].num = *size;
        }
        made.0.duration_nanos = duration;
        let lifetimes = made.0.lifetimes.as_mut().unwrap();
        lifetimes.stacks = lives;
        lifetimes.stacks.truncate(values.len());
        lifetimes.rate = rate;
        lifetimes.operations = operations;
        lifetimes.costs = costs
            .iter()
            .map(|(size, fresh_ns, grown_ns)| PairCost {
                size: *size,
                fresh_ns: *fresh_ns,
                grown_ns: *grown_ns,
                pair: (size % 2 == 0).then_some(CostInterval {
                    low: *fresh_ns,
                    median: *grown_ns,
                    high: *fresh_ns,
                }),
                faults: *grown_ns,
                ..PairCost::default()
            })
            .collect();
        lifetimes.minor_faults = (rate % 2 == 0).then_some(operations);
        lifetimes.fault_cost = Some(CostInterval { low: pool, median: pool, high: pool });
        let mut settings = settings(0);
        settings.max_sites = max_sites;
        settings.costs = Costs { pool_pair_ns: pool, ..settings.costs };
        let advice = Advice::of(&made.profile(), &settings).unwrap();
        prop_assert!(advice.groups.len() <= max_sites);
        let listed: usize = advice.groups.iter().map(|group| group.sites.len()).sum();
        prop_assert_eq!(listed, advice.sites.len());
        prop_assert!(is_finite(&advice.allocated) && is_finite(&advice.saves));
        for site in &advice.sites {
            prop_assert!(is_finite(&site.allocated));
            prop_assert!(site.recommendations.is_empty() == site.no_action.is_some());
            let shares = [site.churn, site.freed_elsewhere, Some(site.share_of_bytes)];
            prop_assert!(shares.iter().flatten().all(|share| (0.0..=1.0).contains(share)));
            for recommendation in &site.recommendations {
                prop_assert!(is_finite(&recommendation.saves));
                prop_assert!(recommendation.saves.bytes <= site.allocated.bytes);
                prop_assert!(recommendation.saves.allocations <= site.allocated.allocations);
            }
        }
        prop_assert!(!advice.to_string().is_empty());
        prop_assert!(serde_json::from_str::<serde_json::Value>(&advice.to_json()).is_ok());
    }
}
