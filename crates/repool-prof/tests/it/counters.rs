//! Counters as plain values.

use std::hint::black_box;

use repool_prof::{Counters, is_installed};

#[test]
fn without_the_allocator_nothing_is_counted() {
    assert!(!is_installed());
    drop(black_box(vec![1u8; 1000]));
    assert_eq!(Counters::now(), Counters::default());
}

#[test]
fn difference_is_by_figure() {
    let earlier = Counters {
        allocations: 1,
        bytes: 20,
        frees: 300,
    };
    let later = Counters {
        allocations: 5,
        bytes: 50,
        frees: 900,
    };
    let between = Counters {
        allocations: 4,
        bytes: 30,
        frees: 600,
    };
    assert_eq!(later.since(earlier), between);
    assert_eq!(later - earlier, between);
}

#[test]
fn a_figure_never_goes_below_zero() {
    let one = Counters {
        allocations: 1,
        bytes: 90,
        frees: 3,
    };
    let other = Counters {
        allocations: 2,
        bytes: 20,
        frees: 5,
    };
    assert_eq!(
        one - other,
        Counters {
            allocations: 0,
            bytes: 70,
            frees: 0
        }
    );
}

#[test]
fn reads_as_a_sentence() {
    let counters = Counters {
        allocations: 3,
        bytes: 80,
        frees: 2,
    };
    assert_eq!(counters.to_string(), "3 allocations, 80 bytes, 2 frees");
}
