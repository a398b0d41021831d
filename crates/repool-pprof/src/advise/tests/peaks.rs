//! Peaks of live objects: over call paths, over threads, and from samples.

use super::test_profile::TestProfile;
use super::{actions, unwrapped};
use crate::advise::{Action, PeakLive, Site};

const MANY: i64 = 10_000;

fn peak(site: &Site) -> (u64, u64, bool) {
    let PeakLive {
        value,
        upper,
        exact,
    } = site.peak_live.expect("there are lifetimes");
    (value, upper, exact)
}

/// Text never says that one is enough beside a larger number.
fn is_consistent(site: &Site) -> bool {
    let one = site.recommendations.iter();
    let mut one = one.filter(|one| matches!(one.action, Action::Scratch));
    one.next().is_none() || peak(site).1 == 1
}

#[test]
fn objects_of_eight_call_sites_that_are_live_together_need_a_pool() {
    let mut made = TestProfile::new();
    for line in 1..=8 {
        let calls = [("main", line), ("make", 5)];
        made.stack_with_peaks(&calls, &[(8, 8, 1), (1, 1, 1)], &[(200, MANY, 0, 0)]);
    }
    let advice = made.advice(MANY as u64);
    let site = &advice.sites[0];
    assert_eq!(peak(site), (8, 8, true));
    assert_eq!(actions(&advice, 0), [Action::Pool]);
    let text = unwrapped(&advice);
    assert!(text.contains("at most 8 live at once"), "{text}");
    let each = "each of the 8 call sites has at most one live";
    assert!(site.recommendations[0].reason.contains(each), "{text}");
}

#[test]
fn without_peaks_of_the_site_the_sum_of_its_call_paths_is_the_upper_bound() {
    let mut made = TestProfile::new();
    for line in 1..=8 {
        made.stack(&[("main", line), ("make", 5)], 1, &[(200, MANY, 0, 0)]);
    }
    let advice = made.advice(MANY as u64);
    let (_, upper, exact) = peak(&advice.sites[0]);
    assert_eq!((upper, exact), (8, false));
    assert_eq!(actions(&advice, 0), [Action::Pool]);
}

#[test]
fn one_object_of_several_call_paths_may_be_kept_if_never_two_are_live() {
    let mut made = TestProfile::new();
    for line in 1..100 {
        let calls = [("main", line), ("site", 5)];
        made.stack_with_peaks(&calls, &[(1, 1, 1), (1, 1, 1)], &[(64, 100, 0, 0)]);
    }
    let advice = made.advice(9900);
    assert_eq!(peak(&advice.sites[0]), (1, 1, true));
    assert_eq!(actions(&advice, 0), [Action::Scratch, Action::Pool]);
}

#[test]
fn a_buffer_that_is_live_across_recursion_needs_a_pool() {
    // As a tree that is printed: each level makes a label while the outer levels hold theirs.
    let mut made = TestProfile::new();
    for depth in 1..=4 {
        let mut calls = vec![("main", 1)];
        calls.extend(std::iter::repeat_n(("walk", 7), depth));
        calls.push(("label", 3));
        let peaks = [(4, 4, 1), (4, 4, 1), (1, 1, 1)];
        made.stack_with_peaks(&calls, &peaks, &[(64, MANY, 0, 0)]);
    }
    let advice = made.advice(MANY as u64);
    assert_eq!(advice.sites.len(), 1);
    assert_eq!(peak(&advice.sites[0]), (4, 4, true));
    assert_eq!(actions(&advice, 0), [Action::Pool]);
}

#[test]
fn a_line_at_several_addresses_has_the_sum_of_their_peaks() {
    // Two instances of a generic function, as two locations with the same line.
    let mut made = TestProfile::new();
    made.stack_with_peaks(
        &[("main", 1), ("make", 5)],
        &[(1, 1, 1)],
        &[(64, MANY, 0, 0)],
    );
    made.stack_with_peaks(
        &[("main", 2), ("make", 6)],
        &[(1, 1, 1)],
        &[(64, MANY, 0, 0)],
    );
    made.0.location[2].line[0].line = 5;
    let advice = made.advice(MANY as u64);
    assert_eq!(advice.sites.len(), 1);
    let (value, upper, exact) = peak(&advice.sites[0]);
    assert!((1..=2).contains(&value) && upper == 2 && !exact);
    assert_eq!(actions(&advice, 0), [Action::Pool]);
}

#[test]
fn a_buffer_that_each_thread_has_may_be_thread_local() {
    let mut made = TestProfile::new();
    let sizes: Vec<_> = (100..1000)
        .step_by(9)
        .map(|size| (size, 800, 0, 0))
        .collect();
    made.stack_with_peaks(&[("main", 1), ("handle", 5)], &[(4, 1, 4)], &sizes);
    let advice = made.advice(80_000);
    let site = &advice.sites[0];
    assert_eq!(peak(site), (4, 4, true));
    assert_eq!(site.threads, Some(4));
    assert_eq!(actions(&advice, 0), [Action::ThreadLocal, Action::Pool]);
    // The costs of all three are named.
    let reason = &site.recommendations[0].reason;
    for cost in [
        "0.3–2 ns for each use",
        "a pool 1.5–2.5 ns",
        "the allocator ",
    ] {
        assert!(reason.contains(cost), "{reason}");
    }
}

#[test]
fn two_on_one_thread_or_a_free_on_another_exclude_a_thread_local_buffer() {
    let mut made = TestProfile::new();
    made.stack_with_peaks(
        &[("main", 1), ("handle", 5)],
        &[(5, 2, 4)],
        &[(64, MANY, 0, 0)],
    );
    assert_eq!(actions(&made.advice(MANY as u64), 0), [Action::Pool]);
    let mut made = TestProfile::new();
    made.stack_with_peaks(
        &[("main", 1), ("handle", 5)],
        &[(4, 1, 4)],
        &[(64, MANY, 0, 0)],
    );
    made.lifetimes().stacks[0].freed_elsewhere = MANY as u64 / 10;
    assert_eq!(actions(&made.advice(MANY as u64), 0), [Action::Pool]);
}

#[test]
fn a_growing_buffer_is_one_object_whatever_lines_push_to_it() {
    let mut made = TestProfile::new();
    made.stack_with_peaks(
        &[("main", 1), ("log", 2)],
        &[(1, 1, 1), (1, 1, 1)],
        &[(8, MANY, 0, 0)],
    );
    for line in 3..6 {
        let size = 8 << (line - 2);
        let blocks = [(size, MANY, 0, MANY)];
        let calls = [("main", 1), ("log", line)];
        made.stack_with_peaks(&calls, &[(0, 0, 0), (1, 1, 1)], &blocks);
    }
    let advice = made.advice(MANY as u64);
    assert_eq!(advice.sites.len(), 1);
    assert_eq!(peak(&advice.sites[0]), (1, 1, true));
    assert_eq!(actions(&advice, 0)[0], Action::Scratch);
}

#[test]
fn samples_bound_a_peak_and_offer_no_scratch_buffer_unless_they_exclude_two() {
    // 9,500 objects are live on average; 100 of a million were sampled, and none met another.
    let mut made = TestProfile::new();
    made.stack(&[("main", 1), ("site", 5)], 1, &[(52, 1_000_000, 0, 0)]);
    made.lifetimes().rate = 524_288;
    let stack = &mut made.lifetimes().stacks[0];
    (stack.allocs, stack.frees) = (100, 100);
    // Each lives for about 9.5 ms of the profile's second.
    stack.times = vec![0; 23];
    stack.times.push(100);
    let advice = made.advice(1_000_000);
    let site = &advice.sites[0];
    let (value, upper, exact) = peak(site);
    assert!(!exact && upper > 20_000, "{value} {upper}");
    assert!((9_000..20_000).contains(&value), "{value}");
    assert!(is_consistent(site));
    assert!(!actions(&advice, 0).contains(&Action::Scratch));
}

#[test]
fn sampled_blocks_of_several_threads_are_no_single_buffer() {
    let mut made = TestProfile::new();
    let blocks = [(512, 100_000, 0, 0)];
    made.stack_with_peaks(&[("main", 1), ("site", 5)], &[(1, 1, 4)], &blocks);
    made.lifetimes().rate = 524_288;
    let stack = &mut made.lifetimes().stacks[0];
    (stack.allocs, stack.frees) = (97, 97);
    let advice = made.advice(100_000);
    assert_eq!(actions(&advice, 0), [Action::Pool]);
    assert!(peak(&advice.sites[0]).1 > 4);
    // With enough samples, one for each thread is certain enough.
    let stack = &mut made.lifetimes().stacks[0];
    (stack.allocs, stack.frees) = (60_000, 60_000);
    let advice = made.advice(100_000);
    assert_eq!(actions(&advice, 0), [Action::ThreadLocal, Action::Pool]);
}
