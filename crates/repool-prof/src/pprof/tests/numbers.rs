//! The values, labels and lifetimes of an export.

use std::io::Read;

use flate2::read::GzDecoder;
use prost::Message;

use super::made::{Made, a_bit_of_all, record};
use super::rules::{check, text};
use crate::measure_allocator_costs;
use crate::pprof::extra;
use crate::pprof::proto::{Lifetimes, Profile};
use crate::snapshot::{Record, StackLifetimes};

/// The labels and values of all samples.
fn values(profile: &Profile) -> Vec<(i64, [i64; 4])> {
    let value = |v: &[i64]| v.try_into().expect("four values");
    profile
        .sample
        .iter()
        .map(|s| (s.label[0].num, value(&s.value)))
        .collect()
}

/// Decodes a gzipped profile.
pub(super) fn decode(from: impl Read) -> Profile {
    let mut plain = Vec::new();
    GzDecoder::new(from)
        .read_to_end(&mut plain)
        .expect("it is gzip");
    let mut profile = Profile::decode(&*plain).expect("it is a profile");
    profile.unpack_lifetimes();
    profile
}

#[test]
fn each_size_of_a_stack_is_a_sample() {
    let mut made = Made::new();
    let main = made.frame(0x10, &["main"]);
    made.stack(
        &[main],
        &[record(64, 3, 1), record(8, 5, 0), record(16, 0, 0)],
    );
    let profile = made.profile();
    check(&profile);
    assert_eq!(
        values(&profile),
        [(8, [5, 40, 0, 0]), (64, [3, 192, 1, 64])]
    );
}

#[test]
fn what_folding_made_equal_is_one_sample() {
    let mut made = Made::new();
    let grow = made.frame(0x10, &["~grow"]);
    let reserve = made.frame(0x20, &["~reserve"]);
    let main = made.frame(0x30, &["main"]);
    let other = made.frame(0x40, &["main"]);
    made.stack(&[grow, main], &[record(64, 3, 1), record(8, 1, 1)]);
    made.stack(&[other], &[record(64, 1, 1)]);
    made.stack(&[reserve, main], &[record(64, 4, 2), record(32, 1, 0)]);
    let profile = made.profile();
    check(&profile);
    let merged = [
        (8, [1, 8, 1, 8]),
        (32, [1, 32, 0, 0]),
        (64, [7, 448, 3, 192]),
        // The same function at another instruction.
        (64, [1, 64, 1, 64]),
    ];
    assert_eq!(values(&profile), merged);
    let whole = made.export(|export| export.keep_allocator_frames());
    check(&whole);
    assert_eq!(whole.sample.len(), 5);
}

#[test]
fn many_sizes_together_have_their_mean() {
    let mixed = |alloc, inuse| Record {
        size: 0,
        ..record(100, alloc, inuse)
    };
    let mut made = Made::new();
    let main = made.frame(0x10, &["main"]);
    made.stack(&[main], &[mixed(5, 1)]);
    // A record of exactly the mean size.
    made.stack(&[main], &[record(100, 2, 2), mixed(1, 0)]);
    // A record with frees and no allocations.
    let other = made.frame(0x20, &["other"]);
    made.stack(&[other], &[mixed(0, -3)]);
    let profile = made.profile();
    check(&profile);
    assert_eq!(
        values(&profile),
        [(100, [8, 800, 3, 300]), (100, [0, 0, -3, -300])]
    );
}

#[test]
fn lifetimes_refer_to_their_samples() {
    let mut made = Made::new();
    let grow = made.frame(0x10, &["~grow"]);
    let main = made.frame(0x30, &["main"]);
    let nothing = made.frame(0x40, &["nothing"]);
    let lifetimes = |peak_live, bucket: usize| {
        let mut lifetimes = StackLifetimes {
            allocs: 4,
            frees: 3,
            freed_elsewhere: 1,
            peak_live,
            live_at_allocs: 6,
            ..StackLifetimes::default()
        };
        lifetimes.times.buckets[bucket] = 3;
        lifetimes.bytes.buckets[0] = 3;
        lifetimes
    };
    made.stack(&[nothing], &[]).lifetimes = lifetimes(1, 1);
    made.stack(&[main], &[record(64, 400, 100), record(8, 8, 0)])
        .lifetimes = lifetimes(20, 2);
    made.overflow(&[record(8, 4, 1)]);
    made.stack(&[grow, main], &[record(64, 4, 1)]).lifetimes = lifetimes(5, 4);
    let profile = made.profile();
    check(&profile);
    let found = profile.lifetimes.expect("lifetimes").stacks;
    assert_eq!(found.len(), 2);
    let of_main = &found[0];
    assert_eq!((of_main.first_sample, of_main.samples), (0, 2));
    assert_eq!(
        (of_main.allocs, of_main.frees, of_main.freed_elsewhere),
        (8, 6, 2)
    );
    // The weight is 102 in one stack, and 1 in the other.
    assert_eq!(
        (of_main.peak_live, of_main.live_at_allocs),
        (20 * 102 + 5, 12)
    );
    assert_eq!(
        (of_main.freed_objects, of_main.freed_bytes),
        (311, 300 * 64 + 64 + 3 * 64)
    );
    assert_eq!(of_main.times, [0, 0, 3, 0, 3]);
    assert_eq!(of_main.bytes, [6]);
    assert_eq!((found[1].first_sample, found[1].allocs), (2, 0));
    assert!(found[1].times.is_empty());
}

#[test]
fn what_grew_is_told_for_each_sample() {
    let grown = |record: Record, objects: i64| Record {
        grown_objects: objects,
        grown_bytes: objects * record.alloc_bytes / record.alloc_objects,
        ..record
    };
    let mut made = Made::new();
    let reserve = made.frame(0x10, &["~reserve"]);
    let main = made.frame(0x30, &["main"]);
    let other = made.frame(0x40, &["other"]);
    let mixed = Record {
        size: 0,
        ..record(100, 5, 0)
    };
    let records = [record(64, 400, 100), grown(mixed, 2), record(16, 7, 0)];
    made.stack(&[main], &records).lifetimes.grown = 1;
    made.stack(&[reserve, main], &[grown(record(64, 30, 0), 20)])
        .lifetimes
        .grown = 3;
    made.stack(&[other], &[record(64, 1, 0)]);
    let profile = made.profile();
    check(&profile);
    let found = profile.lifetimes.expect("lifetimes").stacks;
    assert_eq!(found[0].grown, 4);
    assert_eq!(found[0].grown_by_size, [0, 20, 2], "by size: 16, 64, 100");
    assert_eq!(
        (found[0].grown_objects, found[0].grown_bytes),
        (22, 20 * 64 + 200)
    );
    assert_eq!((found[1].grown, found[1].grown_objects), (0, 0));
    assert!(found[1].grown_by_size.is_empty());
}

#[test]
fn operations_are_a_number_and_a_comment() {
    let made = a_bit_of_all();
    let profile = made.export(|export| export.operations(100_000));
    check(&profile);
    let comments = |profile: &Profile| -> Vec<String> {
        let places = profile.comment.iter();
        places.map(|place| text(profile, *place).into()).collect()
    };
    assert_eq!(comments(&profile), ["operations: 100000"]);
    assert_eq!(profile.lifetimes.expect("lifetimes").operations, 100_000);
    let unsaid = made.profile();
    assert!(comments(&unsaid).is_empty());
    assert_eq!(unsaid.lifetimes.expect("lifetimes").operations, 0);
    assert_eq!(made.export(|export| export.operations(0)), made.profile());
}

#[test]
fn costs_are_in_every_profile_unless_unwanted() {
    let made = Made::new();
    let profile = made.snapshot.export().profile();
    let lifetimes = profile.lifetimes.as_ref().expect("lifetimes");
    let measured = measure_allocator_costs().expect("there is memory");
    assert_eq!(lifetimes.costs.len(), measured.pairs().len());
    assert_eq!(lifetimes.allocator_costs().as_ref(), Some(measured));
    let mut gzipped = Vec::new();
    profile.write_to(&mut gzipped).expect("a Vec takes all");
    assert_eq!(decode(&*gzipped), profile);

    let without = made.snapshot.export().without_allocator_costs().profile();
    let lifetimes = without.lifetimes.expect("lifetimes");
    assert!(lifetimes.costs.is_empty());
    assert_eq!(lifetimes.allocator_costs(), None);
}

#[test]
fn what_is_written_is_read_again() {
    let profile = a_bit_of_all().export(|export| export.operations(7));
    let mut gzipped = Vec::new();
    profile.write_to(&mut gzipped).expect("a Vec takes all");
    assert_eq!(decode(&*gzipped), profile);
    // The same snapshot gives the same bytes.
    let mut again = Vec::new();
    a_bit_of_all()
        .export(|export| export.operations(7))
        .write_to(&mut again)
        .expect("a Vec takes all");
    assert_eq!(gzipped, again);
}

#[test]
fn readers_that_do_not_know_lifetimes_lose_nothing_else() {
    let profile = a_bit_of_all().profile();
    let known = Profile {
        lifetimes: None,
        ..profile.clone()
    };
    // The additional data is one more string at the end, after all fields of the format.
    let (bytes, theirs) = (profile.to_file(), known.to_file());
    assert!(bytes.starts_with(&theirs) && bytes.len() > theirs.len());
    let mut read = Profile::decode(&*bytes).expect("it is a profile");
    let text = read.string_table.pop().expect("one more text");
    assert!(text.starts_with("repool.extra.v1:"), "{text}");
    assert_eq!(read, known);
    let message = extra::message(&text).expect("base64");
    assert_eq!(Lifetimes::decode(&*message).ok(), profile.lifetimes);
}
