//! Sites of which a part of the objects is kept for good.

use super::actions;
use super::test_profile::TestProfile;
use crate::advise::{Action, NoAction};

const MANY: i64 = 100_000;

#[test]
fn where_a_fifth_is_kept_the_rest_should_not_be_allocated() {
    // As an index that makes an owned key for each word, and drops it if the word is known.
    let mut made = TestProfile::new();
    let sizes: Vec<_> = (1..9).map(|size| (size, MANY, MANY / 5, 0)).collect();
    let kept = 8 * MANY as u64 / 5;
    made.stack_with_peaks(
        &[("main", 1), ("add", 5)],
        &[(kept + 1, kept + 1, 1)],
        &sizes,
    );
    let advice = made.advice(8 * MANY as u64);
    assert_eq!(actions(&advice, 0), [Action::Borrow]);
    let recommendation = &advice.sites[0].recommendations[0];
    assert_eq!(recommendation.saves.allocations, 8 * MANY as u64 * 4 / 5);
    let reason = &recommendation.reason;
    assert!(
        reason.starts_with("80 % are freed soon, half of them within 1.54 µs"),
        "{reason}"
    );
    assert!(reason.contains("the rest stays"), "{reason}");
}

#[test]
fn a_queue_that_is_full_at_the_end_keeps_nothing_for_good() {
    // 2,000 of 20,000 objects are in use at the end: those that were allocated last.
    let mut made = TestProfile::new();
    made.stack_with_peaks(
        &[("main", 1), ("add", 5)],
        &[(2000, 2000, 1)],
        &[(64, 20_000, 2000, 0)],
    );
    let stack = &mut made.lifetimes().stacks[0];
    stack.bytes = vec![0; 17];
    stack.bytes.push(18_000);
    let advice = made.advice(20_000);
    assert_eq!(actions(&advice, 0), []);
    assert_eq!(advice.sites[0].no_action, Some(NoAction::KeptForGood));
}

#[test]
fn call_paths_that_keep_are_a_site_of_their_own() {
    let mut made = TestProfile::new();
    made.stack_with_peaks(
        &[("main", 1), ("make", 5)],
        &[(MANY as u64, 1, 1), (1, 1, 1)],
        &[(64, MANY, 0, 0)],
    );
    let kept = [(MANY as u64, 1, 1), (MANY as u64, 1, 1)];
    made.stack_with_peaks(&[("main", 2), ("make", 5)], &kept, &[(64, MANY, MANY, 0)]);
    let advice = made.advice(MANY as u64);
    assert_eq!(advice.sites.len(), 2);
    assert_eq!(advice.sites[1].no_action, Some(NoAction::LongLived));
}

#[test]
fn a_pool_is_no_cure_where_more_than_a_twentieth_is_kept() {
    for (kept, has_pool) in [(MANY / 25, true), (MANY / 15, false)] {
        let mut made = TestProfile::new();
        let peaks = [(kept as u64, kept as u64, 1)];
        made.stack_with_peaks(&[("main", 1), ("add", 5)], &peaks, &[(64, MANY, kept, 0)]);
        let advice = made.advice(MANY as u64);
        assert_eq!(
            actions(&advice, 0).contains(&Action::Pool),
            has_pool,
            "{kept}"
        );
    }
}
