//! The whole suite on the slots engine too.

use repool_testing::rerun;

#[test]
fn the_whole_suite_runs_on_slots() {
    if let Some(text) = rerun::all_on_slots() {
        // The run had more tests than this one.
        assert!(text.contains("order::"), "{text}");
    }
}
