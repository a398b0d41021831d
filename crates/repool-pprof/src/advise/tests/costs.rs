//! Times: intervals, page faults, zeroed blocks, and costs that are not known.

use repool_profile::proto::{CostInterval, PairCost};

use super::actions;
use super::test_profile::{SizeSpec, TestProfile};
use crate::advise::{Action, Advice, NoAction, NsInterval};

const KIB: i64 = 1024;

fn of(low: f64, median: f64, high: f64) -> Option<CostInterval> {
    Some(CostInterval { low, median, high })
}

/// A site of one size, with at most two live blocks, and the costs of that size.
fn advice(size: i64, zeroed: bool, costs: PairCost, faults: Option<u64>) -> Advice {
    advice_with_live(2, size, zeroed, costs, faults)
}

/// As [`advice`], with at most `live` live blocks.
fn advice_with_live(
    live: u64,
    size: i64,
    zeroed: bool,
    costs: PairCost,
    faults: Option<u64>,
) -> Advice {
    let mut made = TestProfile::new();
    let blocks: [SizeSpec; 1] = [(size, 10_000, 0, 0)];
    made.stack_with_peaks(&[("main", 1), ("site", 5)], &[(live, live, 1)], &blocks);
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
    // Less a pool's 2 ns. Many blocks take as long as a few at best; the upper bound rises to 64 blocks.
    for (live, high) in [(2, 10.0), (7, 10.0), (26, 12.0), (64, 16.0), (99, 16.0)] {
        let advice = advice_with_live(live, 48, false, costs, Some(0));
        let ns = saved(&advice).expect("it is known");
        let share = 1.0 - live as f64 / 10_000.0;
        let near = |ns: f64, expected: f64| (ns - expected * share).abs() < 0.02;
        assert!(near(ns.low, 5.0) && near(ns.high, high), "{live}: {ns:?}");
        assert!(near(ns.ns, 7.0), "{live}: {ns:?}");
    }
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
fn faults_are_charged_to_zeroed_blocks_whose_pages_are_exchanged() {
    // The allocator keeps the pages of a freed block, but exchanges those of a zeroed one.
    let costs = PairCost {
        pair: of(150.0, 250.0, 400.0),
        zeroed: of(800.0, 1000.0, 1500.0),
        faults: 0.0,
        zeroed_faults: Some(64.0),
        ..PairCost::default()
    };
    let zeroed = saved(&advice(256 * KIB, true, costs, Some(640_000))).expect("it is known");
    // Less the time to clear them again.
    assert!(
        zeroed.low > 0.0 && zeroed.ns > 64.0 * 120.0 && zeroed.high > 64.0 * 390.0,
        "{zeroed:?}"
    );
    let fresh = saved(&advice(256 * KIB, false, costs, Some(640_000))).expect("it is known");
    assert!(fresh.high < 401.0, "{fresh:?}");
}

#[test]
fn faults_are_charged_to_the_new_half_of_blocks_that_grow() {
    let costs = PairCost {
        grown: of(10.0, 15.0, 30.0),
        pair: of(20.0, 25.0, 40.0),
        faults: 64.0,
        ..PairCost::default()
    };
    let total = |faults| {
        let mut made = TestProfile::new();
        let blocks: [SizeSpec; 1] = [(256 * KIB, 10_000, 0, 10_000)];
        made.stack_with_peaks(&[("main", 1), ("site", 5)], &[(2, 2, 1)], &blocks);
        let lifetimes = made.lifetimes();
        lifetimes.costs = vec![PairCost {
            size: 256 * KIB as u64,
            ..costs
        }];
        lifetimes.minor_faults = Some(faults);
        lifetimes.fault_cost = of(200.0, 250.0, 400.0);
        let advice = made.advice(10_000);
        advice.allocated.per_operation.and_then(|rates| rates.ns)
    };
    let none = total(0).expect("it is known");
    // With the time that `Vec` takes to grow.
    assert!(none.low > 9.0 && none.high < 37.0, "{none:?}");
    let all = total(320_000).expect("it is known");
    assert!(
        all.low > 32.0 * 200.0 && all.high < 32.0 * 400.0 + 37.0,
        "{all:?}"
    );
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
fn pages_are_cleared_again_as_fast_as_the_allocator_clears() {
    let low = |cleared_ns: f64| {
        let mut made = TestProfile::new();
        let blocks: [SizeSpec; 1] = [(256 * KIB, 10_000, 0, 0)];
        made.stack_with_peaks(&[("main", 1), ("site", 5)], &[(2, 2, 1)], &blocks);
        let lifetimes = made.lifetimes();
        let cost = |size: i64, zeroed: f64, zeroed_faults: f64| PairCost {
            size: size as u64,
            pair: of(10.0, 10.0, 10.0),
            zeroed: of(zeroed, zeroed, zeroed),
            zeroed_faults: Some(zeroed_faults),
            ..PairCost::default()
        };
        lifetimes.costs = vec![
            cost(16 * KIB, 10.0 + cleared_ns, 0.0),
            cost(256 * KIB, 1000.0, 64.0),
        ];
        lifetimes.minor_faults = Some(640_000);
        lifetimes.fault_cost = of(500.0, 500.0, 500.0);
        lifetimes.stacks[0].zeroed_objects = 10_000;
        lifetimes.stacks[0].zeroed_by_size = vec![10_000];
        saved(&made.advice(10_000)).expect("it is known").low
    };
    // At half that speed at worst: 16 times 2 times 100 ns, or 200 ns.
    let difference = low(100.0) - low(200.0);
    assert!((difference - 3200.0).abs() < 10.0, "{difference}");
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
