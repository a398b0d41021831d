//! Which rule applies to which site.

use super::actions;
use super::test_profile::{TestProfile, settings};
use crate::advise::{Action, Advice, Allocator, NoAction};
use repool_profile::proto;

const MANY: i64 = 10_000;

#[test]
fn objects_that_are_live_at_once_need_a_pool() {
    let mut made = TestProfile::new();
    made.stack(&[("main", 1), ("site", 5)], 1, &[(64, MANY, 0, 0)]);
    made.stack(&[("main", 2), ("site", 5)], 3, &[(64, MANY, 0, 0)]);
    let advice = made.advice(MANY as u64);
    assert_eq!(actions(&advice, 0), [Action::Pool]);
    assert_eq!(advice.sites.len(), 1);
    assert_eq!(advice.sites[0].callers.len(), 2);
}

#[test]
fn a_recursive_function_needs_a_pool() {
    let mut made = TestProfile::new();
    let calls = [("main", 1), ("site", 7), ("site", 5)];
    made.stack(&calls, 1, &[(64, MANY, 0, 0)]);
    assert_eq!(actions(&made.advice(MANY as u64), 0), [Action::Pool]);
}

#[test]
fn objects_freed_on_another_thread_need_a_pool() {
    let mut made = TestProfile::new();
    made.stack(&[("main", 1), ("site", 5)], 1, &[(64, MANY, 0, 0)]);
    made.0.lifetimes.as_mut().unwrap().stacks[0].freed_elsewhere = MANY as u64 / 2;
    let advice = made.advice(MANY as u64);
    assert_eq!(advice.sites[0].freed_elsewhere, Some(0.5));
    assert_eq!(actions(&advice, 0), [Action::Pool]);
}

#[test]
fn a_scratch_buffer_needs_samples_that_exclude_two() {
    let mut made = TestProfile::new();
    made.stack(&[("main", 1), ("site", 5)], 1, &[(64, MANY, 0, 0)]);
    made.lifetimes().rate = 4096;
    for (births, kinds) in [
        (6000, vec![Action::Scratch, Action::Pool]),
        (1000, vec![Action::Pool]),
        (50, vec![Action::Pool]),
        (15, vec![]),
    ] {
        made.lifetimes().stacks[0].allocs = births;
        let advice = made.advice(MANY as u64);
        assert_eq!(actions(&advice, 0), kinds, "{births} samples");
        let peak = advice.sites[0].peak_live.unwrap();
        assert_eq!(peak.upper == 1, births == 6000, "{peak:?}");
    }
    let advice = made.advice(MANY as u64);
    assert_eq!(advice.sites[0].no_action, Some(NoAction::TooFewSamples));
}

#[test]
fn rare_is_less_than_a_hundredth_of_all_and_of_operations() {
    let mut made = TestProfile::new();
    made.stack(&[("main", 1), ("large", 5)], 1, &[(64, 100 * MANY, 0, 0)]);
    made.stack(&[("main", 2), ("small", 5)], 1, &[(64, MANY, 0, 0)]);
    let advice = made.advice(MANY as u64);
    assert_eq!(advice.sites[1].no_action, Some(NoAction::Rare));
    let mut made = TestProfile::new();
    made.stack(&[("main", 1), ("large", 5)], 1, &[(64, 1000, 0, 0)]);
    assert_eq!(made.advice(100_000).recommended, 1);
    assert_eq!(made.advice(100_001).recommended, 0);
}

#[test]
fn a_few_large_buffers_are_worth_it_by_the_time_that_they_take() {
    let mut made = TestProfile::new();
    let twenty = [(1 << 28, 20, 0, 0)];
    made.stack(&[("main", 1), ("site", 5)], 1, &twenty);
    assert_eq!(actions(&made.advice(1), 0), [Action::Scratch, Action::Pool]);
    made.0.duration_nanos *= 1000;
    assert_eq!(made.advice(1).sites[0].no_action, Some(NoAction::Rare));
}

#[test]
fn without_times_there_are_recommendations() {
    let mut made = TestProfile::new();
    made.stack(&[("main", 1), ("site", 5)], 2, &[(64, MANY, 0, 0)]);
    let mut settings = settings(0);
    settings.costs.allocator = None;
    let advice = Advice::of(&made.profile(), &settings).unwrap();
    assert_eq!(advice.allocator, None);
    assert_eq!(advice.operations, None);
    let saving = &advice.sites[0].recommendations[0].saves;
    assert_eq!((saving.allocations, saving.ns), (MANY as u64 - 2, None));
    assert_eq!(saving.per_operation, None);
    assert_eq!(saving.per_second.unwrap().bytes, 64.0 * (MANY - 2) as f64);
}

#[test]
fn the_profiles_own_costs_and_operations_are_used() {
    let mut made = TestProfile::new();
    made.stack(&[("main", 1), ("site", 5)], 2, &[(64, MANY, 0, 0)]);
    let lifetimes = made.0.lifetimes.as_mut().unwrap();
    lifetimes.operations = 500;
    lifetimes.costs = vec![proto::PairCost {
        size: 64,
        fresh_ns: 50.0,
        grown_ns: 1.0,
        ..proto::PairCost::default()
    }];
    let advice = made.advice(0);
    assert_eq!(advice.allocator, Some(Allocator::Profiled));
    assert_eq!(advice.operations, Some(500));
    let saved = advice.sites[0].recommendations[0].saves.ns.unwrap();
    assert!((saved.ns - (50.0 * (MANY - 2) as f64 - 2.0 * MANY as f64)).abs() < 1e-6);
    assert_eq!(
        made.advice(7).operations,
        Some(7),
        "what is given comes first"
    );
}

#[test]
fn without_lifetimes_there_are_no_recommendations() {
    let mut made = TestProfile::new();
    made.stack(&[("main", 1), ("freed", 5)], 1, &[(64, MANY, 10, 0)]);
    made.stack(&[("main", 2), ("kept", 5)], 1, &[(64, MANY, MANY, 0)]);
    made.0.lifetimes = None;
    let advice = made.advice(1);
    assert_eq!(advice.recommended, 0);
    let nothing = |site: usize| advice.sites[site].no_action;
    assert_eq!(nothing(0), Some(NoAction::WorthALook));
    assert_eq!(nothing(1), Some(NoAction::NoLifetimes));
    assert_eq!(advice.sites[0].churn, Some(0.999));
    assert_eq!(advice.sites[0].peak_live, None);
    assert_eq!(advice.caveats[0].code(), "lifetimes");
}

#[test]
fn allocations_without_stack_have_no_recommendation() {
    let mut made = TestProfile::new();
    made.stack(&[("[overflow]", 0)], 1, &[(64, MANY, 0, 0)]);
    let advice = made.advice(MANY as u64);
    assert_eq!(advice.sites[0].no_action, Some(NoAction::NoStack));
    assert!(
        advice
            .caveats
            .iter()
            .any(|caveat| caveat.code() == "no_stack")
    );
}

#[test]
fn estimates_of_other_profilers_have_a_caveat() {
    let mut made = TestProfile::new();
    made.0.lifetimes = None;
    made.0.period = 524_288;
    made.0.period_type = Some(repool_profile::proto::ValueType {
        r#type: made.text("space"),
        unit: made.text("bytes"),
    });
    let advice = made.advice(1);
    assert_eq!(advice.rate, Some(524_288));
    let text = advice.to_string();
    assert!(
        text.contains("estimates from samples, one for 524288 bytes"),
        "{text}"
    );
}

#[test]
fn an_empty_profile_has_no_sites() {
    let advice = TestProfile::new().advice(1);
    assert_eq!((advice.sites.len(), advice.allocated.bytes), (0, 0));
    let text = advice.to_string();
    assert!(
        text.starts_with("No site is worth a change. In total: 0 B/op, 0 allocs/op"),
        "{text}"
    );
}

#[test]
fn small_buffers_of_many_sizes_need_no_classes() {
    let sizes = |step: i64| -> Vec<_> { (1..20).map(|n| (n * step, 1000, 0, 0)).collect() };
    for (step, kind) in [(49, Action::Pool), (501, Action::BufPool)] {
        let mut made = TestProfile::new();
        made.stack(&[("main", 1), ("site", 5)], 2, &sizes(step));
        assert_eq!(actions(&made.advice(19_000), 0), [kind]);
    }
}

#[test]
fn boxes_of_three_sizes_are_no_tables() {
    let is_table = |blocks: &[(i64, i64, i64, i64)]| {
        let mut made = TestProfile::new();
        made.stack(&[("main", 1), ("site", 5)], 2, blocks);
        made.advice(100).sites[0].is_table
    };
    assert!(is_table(&[
        (52, 100, 0, 0),
        (88, 90, 0, 0),
        (160, 40, 0, 0)
    ]));
    assert!(!is_table(&[
        (52, 100, 0, 0),
        (88, 90, 0, 0),
        (160, 400, 0, 0)
    ]));
    assert!(!is_table(&[
        (24, 100, 0, 0),
        (32, 90, 0, 0),
        (48, 40, 0, 0)
    ]));
    assert!(!is_table(&[
        (64, 100, 0, 0),
        (128, 90, 0, 0),
        (256, 40, 0, 0)
    ]));
}
