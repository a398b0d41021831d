//! Times: intervals, page faults, zeroed blocks, and costs that are not known.

use repool_profile::proto::{CostInterval, PairCost};

use super::actions;
use super::test_profile::{SizeSpec, TestProfile};
use crate::advise::{Action, Advice, NoAction, NsInterval};

const KIB: i64 = 1024;

fn of(low: f64, median: f64, high: f64) -> Option<CostInterval> {
    Some(CostInterval { low, median, high })
}

/// A site of one size, and the costs of that size.
fn advice(size: i64, zeroed: bool, costs: PairCost, faults: Option<u64>) -> Advice {
    let mut made = TestProfile::new();
    let blocks: [SizeSpec; 1] = [(size, 10_000, 0, 0)];
    made.stack_with_peaks(&[("main", 1), ("site", 5)], &[(2, 2, 1)], &blocks);
    let lifetimes = made.lifetimes();
    lifetimes.costs = vec![PairCost {
        size: size as u64,
        ..costs
    }];
    lifetimes.minor_faults = faults;
    lifetimes.fault_cost = of(200.0, 250.0, 400.0);
    if zeroed {
        lifetimes.stacks[0].zeroed_objects = 10_000;
        lifetimes.stacks[0].zeroed_by_size = vec![10_000];
    }
    made.advice(10_000)
}

fn saved(advice: &Advice) -> Option<NsInterval> {
    let rates = advice.sites[0].recommendations[0].saves.per_operation?;
    rates.ns
}

#[test]
fn a_saving_is_an_interval_of_measured_costs() {
    let costs = PairCost {
        pair: of(7.0, 9.0, 12.0),
        cold: of(9.0, 12.0, 18.0),
        ..PairCost::default()
    };
    let ns = saved(&advice(48, false, costs, Some(0))).expect("it is known");
    // Less a pool's 2 ns, give or take a quarter.
    assert!(
        (ns.low - 4.5).abs() < 0.01 && (ns.high - 16.5).abs() < 0.01,
        "{ns:?}"
    );
    assert!((ns.ns - 7.0).abs() < 0.01);
}

#[test]
fn the_allocator_is_as_fast_where_it_is() {
    let costs = PairCost {
        pair: of(1.5, 2.1, 3.0),
        ..PairCost::default()
    };
    let advice = advice(48, false, costs, Some(0));
    assert_eq!(advice.sites[0].no_action, Some(NoAction::AllocatorIsAsFast));
}

#[test]
fn a_cost_that_is_not_known_is_never_zero() {
    let advice = advice(16 * KIB, false, PairCost::default(), Some(0));
    assert_eq!(actions(&advice, 0), [Action::Pool]);
    assert_eq!(saved(&advice), None);
    assert!(advice.to_string().contains("time not known"));
    let json: serde_json::Value = serde_json::from_str(&advice.to_json()).expect("JSON");
    assert!(json["sites"][0]["recommendations"][0]["saves"]["ns"].is_null());
}

#[test]
fn faults_are_charged_to_blocks_whose_pages_are_given_back() {
    let costs = PairCost {
        pair: of(80.0, 100.0, 150.0),
        faults: 64.0,
        ..PairCost::default()
    };
    let with = |faults| saved(&advice(256 * KIB, false, costs, faults)).expect("it is known");
    // All 64 faults of each block happened.
    let all = with(Some(640_000));
    assert!(
        all.low > 64.0 * 200.0 && all.high < 64.0 * 400.0 + 200.0,
        "{all:?}"
    );
    // None happened: the program keeps its pages.
    let none = with(Some(0));
    assert!(none.low > 70.0 && none.high < 160.0, "{none:?}");
    // It is not known whether they did.
    let unknown = with(None);
    assert!(
        unknown.low < 100.0 && unknown.high > 25_000.0,
        "{unknown:?}"
    );
}

#[test]
fn faults_of_blocks_that_are_given_back_together_are_charged_by_their_pages() {
    // A block of 64 KiB alone keeps its pages, but the program's four at once do not.
    let costs = PairCost {
        pair: of(20.0, 30.0, 40.0),
        ..PairCost::default()
    };
    let with = |faults| saved(&advice(64 * KIB, false, costs, faults)).expect("it is known");
    let all = with(Some(160_000));
    assert!(
        all.low > 8.0 * 200.0 && all.high < 16.0 * 400.0 + 40.0,
        "{all:?}"
    );
    let none = with(Some(0));
    assert!(none.low > 17.0 && none.high < 40.0, "{none:?}");
    assert_eq!(with(None), none);
    // No block has more faults than pages.
    assert_eq!(with(Some(16_000_000)).high, all.high);
}

#[test]
fn zeroed_pages_that_are_hardly_touched_need_no_pool() {
    // A table of 1 MiB for each operation, of which two pages are touched.
    let costs = PairCost {
        pair: of(100.0, 150.0, 200.0),
        zeroed: of(900.0, 1000.0, 1200.0),
        faults: 256.0,
        ..PairCost::default()
    };
    let advice = advice(1024 * KIB, true, costs, Some(30_000));
    assert_eq!(advice.sites[0].no_action, Some(NoAction::ZeroedBySystem));
    assert_eq!(advice.sites[0].zeroed, 10_000);
}

#[test]
fn zeroed_pages_that_are_touched_are_worth_a_pool() {
    let costs = PairCost {
        pair: of(100.0, 150.0, 200.0),
        zeroed: of(900.0, 1000.0, 1200.0),
        faults: 64.0,
        ..PairCost::default()
    };
    let advice = advice(256 * KIB, true, costs, Some(1_000_000));
    assert_eq!(actions(&advice, 0), [Action::Pool]);
    let reason = &advice.sites[0].recommendations[0].reason;
    assert!(reason.contains("have to be zeroed again"), "{reason}");
}

#[test]
fn zeroed_blocks_of_the_heap_may_have_to_be_cleared_again() {
    let costs = PairCost {
        pair: of(20.0, 30.0, 40.0),
        zeroed: of(900.0, 1000.0, 1300.0),
        ..PairCost::default()
    };
    let ns = saved(&advice(64 * KIB, true, costs, Some(0))).expect("it is known");
    assert!(ns.low < 25.0 && ns.high > 1200.0, "{ns:?}");
}
