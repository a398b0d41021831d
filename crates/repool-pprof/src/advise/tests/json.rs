//! The names of the JSON form, version 2, and that its sums are of disjoint sites.

use proptest::prelude::*;
use serde_json::Value;

use super::test_profile::TestProfile;

fn json(made: &TestProfile, operations: u64) -> Value {
    serde_json::from_str(&made.advice(operations).to_json()).expect("JSON")
}

fn has_keys(value: &Value, keys: &[&str]) {
    for key in keys {
        assert!(value.get(key).is_some(), "{key} in {value}");
    }
}

#[test]
fn every_name_is_there() {
    let mut made = TestProfile::new();
    made.stack_with_peaks(
        &[("main", 1), ("site", 5)],
        &[(4, 4, 1)],
        &[(64, 1000, 0, 0)],
    );
    made.stack(&[("main", 2), ("kept", 6)], 1000, &[(64, 1000, 1000, 0)]);
    let json = json(&made, 1000);
    assert_eq!(json["version"], 2);
    has_keys(
        &json,
        &[
            "exact",
            "lost_samples",
            "groups",
            "sites",
            "caveats",
            "per",
            "divisor",
        ],
    );
    assert_eq!(
        (&json["per"], &json["divisor"]),
        (&"operation".into(), &1000.0.into())
    );
    for group in json["groups"].as_array().unwrap() {
        has_keys(group, &["function", "file", "line", "sites", "saves"]);
    }
    for site in json["sites"].as_array().unwrap() {
        let names = [
            "function",
            "file",
            "line",
            "crate",
            "own_code",
            "via",
            "allocations",
        ];
        has_keys(site, &names);
        has_keys(site, &["bytes", "peak_live", "recommendations", "caveats"]);
        has_keys(&site["via"], &["function", "file", "line"]);
        has_keys(&site["peak_live"], &["value", "upper", "exact"]);
        for recommendation in site["recommendations"].as_array().unwrap() {
            has_keys(recommendation, &["action", "saves", "reason"]);
            has_keys(
                &recommendation["saves"],
                &["allocations", "bytes", "ns", "ns_low", "ns_high"],
            );
        }
    }
    let site = &json["sites"][0];
    // Figures are for each operation.
    assert_eq!(site["allocations"], 1.0);
    assert_eq!(site["recommendations"][0]["action"], "pool");
    assert_eq!(json["sites"][1]["recommendations"][0]["action"], "none");
}

#[test]
fn without_operations_figures_are_for_each_second_or_in_total() {
    let mut made = TestProfile::new();
    made.stack(&[("main", 1), ("site", 5)], 2, &[(64, 1000, 0, 0)]);
    made.0.duration_nanos = 2_000_000_000;
    let seconds = json(&made, 0);
    assert_eq!(
        (&seconds["per"], &seconds["sites"][0]["allocations"]),
        (&"second".into(), &500.0.into())
    );
    made.0.duration_nanos = 0;
    let total = json(&made, 0);
    assert_eq!(
        (&total["per"], &total["sites"][0]["allocations"]),
        (&"total".into(), &1000.0.into())
    );
}

proptest! {
    /// Each site is in one group; a group saves the sum of its sites' first recommendations, without
    /// those of dependencies' authors; and the advice saves the sum of its groups.
    #[test]
    fn savings_are_sums_over_disjoint_sites(
        stacks in prop::collection::vec((0..4_i64, 0..4_i64, 0..4_i64, 1..2000_i64), 1..20)
    ) {
        let mut made = TestProfile::new();
        made.file("dep", "/c/registry/src/index-1/dep-1.2.3/src/lib.rs");
        for (line, call, size, count) in stacks {
            let calls = [("main", line), ("app::own", 1 + call), ("dep::make", size)];
            let calls = &calls[..if size == 0 { 2 } else { 3 }];
            made.stack(calls, 2, &[(16 << size, count, 0, 0)]);
        }
        let json = json(&made, 10);
        let sites = json["sites"].as_array().unwrap();
        let mut seen = vec![0; sites.len()];
        let mut all = 0.0;
        for group in json["groups"].as_array().unwrap() {
            let mut sum = 0.0;
            for index in group["sites"].as_array().unwrap() {
                let index = index.as_u64().unwrap() as usize;
                seen[index] += 1;
                if sites[index]["author_only"] == false {
                    let best = &sites[index]["recommendations"][0]["saves"]["bytes"];
                    sum += best.as_f64().unwrap();
                }
            }
            let saves = group["saves"]["bytes"].as_f64().unwrap();
            prop_assert!((sum - saves).abs() <= 1e-6 * sum, "{} {}", sum, saves);
            all += saves;
        }
        prop_assert!(seen.iter().all(|times| *times == 1));
        let saves = json["saves"]["bytes"].as_f64().unwrap();
        prop_assert!((all - saves).abs() <= 1e-6 * all);
        prop_assert!(saves <= json["allocated"]["bytes"].as_f64().unwrap());
    }
}
