//! The peaks of live objects of stacks that begin with the same locations.

use repool_profile::proto;

use super::made::{Made, record};
use super::rules::check;
use crate::snapshot::{LivePeak, Prefix};

fn prefix(key: u32, objects: u64, objects_of_thread: u64, threads: u32) -> Prefix {
    let peak = LivePeak {
        objects,
        objects_of_thread,
        threads,
    };
    Prefix { key, peak }
}

fn peak(objects: u64, objects_of_thread: u64, threads: u32) -> proto::LivePeak {
    prefix(0, objects, objects_of_thread, threads).peak.into()
}

fn peaks(profile: &proto::Profile) -> Vec<Vec<proto::LivePeak>> {
    let stacks = profile.lifetimes.iter().flat_map(|all| &all.stacks);
    stacks.map(|stack| stack.prefix_peaks.clone()).collect()
}

#[test]
fn stacks_with_the_same_innermost_locations_have_one_peak() {
    let mut made = Made::new();
    let [hook, push, site] = [(0x10, "~hook"), (0x20, "~push"), (0x30, "site")]
        .map(|(offset, name)| made.frame(offset, &[name]));
    let [one, other] =
        [(0x40, "one"), (0x50, "other")].map(|(offset, name)| made.frame(offset, &[name]));
    for (outer, objects) in [(one, 3), (other, 2)] {
        let stack = made.stack(&[hook, push, site, outer], &[record(8, 9, 0)]);
        stack.hooks = 1;
        // Prefixes of `push`, of `push` and `site`, and of all.
        stack.prefixes = vec![
            prefix(1, 9, 4, 3),
            prefix(2, 4, 2, 2),
            prefix(objects, 3, 1, 1),
        ];
        stack.prefixes[2].peak.objects = u64::from(objects);
    }
    let profile = made.profile();
    check(&profile);
    let of_site = peak(4, 2, 2);
    let expected = [vec![of_site, peak(3, 1, 1)], vec![of_site, peak(2, 1, 1)]];
    assert_eq!(peaks(&profile), expected);

    // With the allocator's frames, nothing is known of the hook alone: an upper bound.
    let whole = made.export(|export| export.keep_allocator_frames());
    let first = vec![peak(9, 4, 3), peak(9, 4, 3), of_site, peak(3, 1, 1)];
    assert_eq!(peaks(&whole)[0], first);
}

#[test]
fn peaks_of_stacks_that_are_merged_are_added() {
    let mut made = Made::new();
    let [push, insert, site] = [(0x10, "~push"), (0x20, "~insert"), (0x30, "site")]
        .map(|(offset, name)| made.frame(offset, &[name]));
    made.stack(&[push, site], &[record(8, 9, 0)]).prefixes =
        vec![prefix(1, 7, 7, 2), prefix(2, 3, 2, 2)];
    made.stack(&[insert, site], &[record(8, 9, 0)]).prefixes =
        vec![prefix(3, 1, 1, 15), prefix(4, 1, 1, 15)];
    assert_eq!(peaks(&made.profile()), [[peak(4, 3, 16)]]);
}

/// Frames further out than the longest prefix have its peak, which is an upper bound.
#[test]
fn longer_prefixes_say_no_more_than_the_longest() {
    let mut made = Made::new();
    let names = [
        (0x10, "~push"),
        (0x20, "site"),
        (0x30, "outer"),
        (0x40, "main"),
    ];
    let frames = names.map(|(offset, name)| made.frame(offset, &[name]));
    made.stack(&frames, &[record(8, 9, 0)]).prefixes = vec![prefix(1, 7, 7, 2)];
    let profile = made.profile();
    assert_eq!(peaks(&profile), [[peak(7, 7, 2)]]);
    assert_eq!(
        profile.lifetimes.expect("lifetimes").version,
        proto::Lifetimes::VERSION
    );
}

#[test]
fn a_stack_whose_peak_is_unknown_makes_those_it_is_merged_with_unknown() {
    let mut made = Made::new();
    let [push, site] =
        [(0x10, "~push"), (0x20, "site")].map(|(offset, name)| made.frame(offset, &[name]));
    made.stack(&[push, site], &[record(8, 9, 0)]).prefixes = vec![prefix(1, 7, 7, 2)];
    made.stack(&[site], &[record(8, 9, 0)]);
    let none: [Vec<proto::LivePeak>; 1] = [Vec::new()];
    assert_eq!(peaks(&made.profile()), none);
}

#[test]
fn what_grew_has_the_stacks_of_its_first_blocks_as_they_are_written() {
    let mut made = Made::new();
    let [push, old, one, other] = [
        (0x20, "~push"),
        (0x30, "old"),
        (0x40, "one"),
        (0x50, "other"),
    ]
    .map(|(offset, name)| made.frame(offset, &[name]));
    // A stack without samples is not written.
    made.stack(&[push, old], &[record(8, 0, 0)]);
    made.stack(&[push, one], &[record(8, 9, 0)]);
    made.stack(&[one], &[record(8, 9, 0)]);
    let grown = made.stack(&[push, other], &[record(16, 9, 0)]);
    // The second of the origins is merged with the third; the last was not sampled.
    grown.origins = Some(vec![1, 2, 0, 99]);
    made.stack(&[push, push, other], &[record(16, 9, 0)])
        .origins = None;
    let profile = made.profile();
    check(&profile);
    let stacks = profile.lifetimes.iter().flat_map(|all| &all.stacks);
    let origins: Vec<Vec<u64>> = stacks.map(|stack| stack.origins.clone()).collect();
    assert_eq!(origins, [vec![], vec![]], "there are many");

    made.snapshot.stacks.pop();
    let profile = made.profile();
    let stacks = profile.lifetimes.iter().flat_map(|all| &all.stacks);
    let origins: Vec<Vec<u64>> = stacks.map(|stack| stack.origins.clone()).collect();
    assert_eq!(origins, [vec![], vec![0]]);
}
