//! The reader's memory use for hostile files. Counts the bytes of all allocations, which is an
//! upper bound of the bytes in use at any time.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use repool_pprof::Profile;
use repool_prof::{Counters, ProfAlloc};
use repool_profile::extra;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

const SIZE: usize = 1 << 20;

fn varint(mut number: u64, into: &mut Vec<u8>) {
    while number >= 0x80 {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

fn field(number: u64, value: &[u8]) -> Vec<u8> {
    let mut field = Vec::new();
    varint(number << 3 | 2, &mut field);
    varint(value.len() as u64, &mut field);
    field.extend_from_slice(value);
    field
}

fn uint(number: u64, value: u64) -> Vec<u8> {
    let mut field = Vec::new();
    varint(number << 3, &mut field);
    varint(value, &mut field);
    field
}

/// A profile with a sample type, the empty string, and further fields.
fn profile(rest: &[u8]) -> Vec<u8> {
    [&field(1, b""), &field(6, b""), rest].concat()
}

/// Repeats fields up to about [`SIZE`] bytes.
fn many(mut one: impl FnMut(u64) -> Vec<u8>) -> Vec<u8> {
    let mut all = Vec::new();
    for number in 1.. {
        all.extend(one(number));
        if all.len() >= SIZE {
            break;
        }
    }
    all
}

fn location(id: u64) -> Vec<u8> {
    field(4, &uint(1, id))
}

#[test]
fn memory_is_bounded_by_the_size() {
    let sample = field(2, &uint(2, 0));
    let numbers = |field: u64| self::field(field, &vec![1; SIZE]);
    let hostile: Vec<(&str, Vec<u8>)> = vec![
        ("zeros", vec![0; SIZE]),
        ("sample types", many(|_| field(1, b""))),
        ("empty samples", many(|_| field(2, b""))),
        ("samples", many(|_| sample.clone())),
        (
            "samples and labels",
            many(|_| field(2, &[uint(2, 0), field(3, &uint(3, 1))].concat())),
        ),
        (
            "packed locations",
            [location(1), field(2, &[numbers(1), uint(2, 0)].concat())].concat(),
        ),
        ("packed values", field(2, &numbers(2))),
        (
            "packed comments",
            [field(6, b""), field(6, b""), numbers(13)].concat(),
        ),
        (
            "labels",
            field(2, &[uint(2, 0), many(|_| field(3, &uint(3, 1)))].concat()),
        ),
        (
            "labels that say nothing",
            field(2, &[uint(2, 0), many(|_| field(3, b""))].concat()),
        ),
        ("empty texts", many(|_| field(6, b""))),
        (
            "tiny texts",
            [field(6, b""), many(|n| field(6, &n.to_le_bytes()[..3]))].concat(),
        ),
        (
            "no utf-8",
            [
                field(6, b""),
                many(|n| field(6, &[0xff; 4096][..4096 - n as usize % 4096])),
            ]
            .concat(),
        ),
        ("mappings", many(|id| field(3, &uint(1, id)))),
        ("locations", many(location)),
        (
            "locations by huge ids",
            many(|id| location(id << 21 | 1 << 20)),
        ),
        ("functions", many(|id| field(5, &uint(1, id)))),
        (
            "lines",
            [
                field(5, &uint(1, 1)),
                field(4, &[uint(1, 1), many(|_| field(4, &uint(1, 1)))].concat()),
            ]
            .concat(),
        ),
        ("tiny lives", field(1000, &many(|_| field(2, b"")))),
        ("tiny costs", field(1000, &many(|_| field(3, b"")))),
        (
            "packed growth",
            field(1000, &field(2, &field(15, &vec![0; SIZE]))),
        ),
        (
            "samples and tiny lives",
            [
                many(|_| sample.clone()),
                field(1000, &many(|_| field(2, b""))[..SIZE / 2]),
            ]
            .concat(),
        ),
        ("many lifetimes", many(|_| field(1000, b""))),
        (
            "tiny lives in a text",
            [
                many(|_| sample.clone()),
                field(
                    6,
                    extra::text(&many(|_| field(2, b""))[..SIZE / 2]).as_bytes(),
                ),
            ]
            .concat(),
        ),
        (
            "one life in a text",
            [
                sample.clone(),
                field(
                    6,
                    extra::text(&field(2, &[uint(2, 1), numbers(15)].concat())).as_bytes(),
                ),
            ]
            .concat(),
        ),
        (
            "long lives",
            [sample.clone(), field(1000, &field(2, &numbers(10)))].concat(),
        ),
    ];
    let mut most = (0.0, "");
    for (name, rest) in hostile {
        let data = profile(&rest);
        let before = Counters::now();
        let outcome = Profile::parse(&data);
        let taken = Counters::now().since(before).bytes;
        let ratio = taken as f64 / data.len() as f64;
        println!(
            "{name}: {ratio:.2} times {} bytes, {}",
            data.len(),
            outcome.is_ok()
        );
        if ratio > most.0 {
            most = (ratio, name);
        }
    }
    assert!(most.0 < 11.0, "{most:?}");
}

#[test]
fn a_bomb_takes_what_it_may_and_no_more() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    for _ in 0..200 {
        encoder.write_all(&[0; SIZE]).unwrap();
    }
    let mut bomb = encoder.finish().unwrap();
    // The file claims to decompress to 4 GiB.
    let end = bomb.len() - 4;
    bomb[end..].fill(0xff);
    let before = Counters::now();
    assert!(
        Profile::parse(&bomb)
            .unwrap_err()
            .to_string()
            .contains("67108864 bytes")
    );
    let taken = Counters::now().since(before).bytes;
    // The sum of the sizes of a buffer that doubles.
    assert!(taken < 4 * (64 << 20), "{taken}");
}

#[test]
fn lengths_that_claim_gigabytes_take_nothing() {
    for number in [1, 2, 3, 4, 5, 6, 11, 13, 1000] {
        let mut data = profile(&[]);
        varint(number << 3 | 2, &mut data);
        varint(1 << 33, &mut data);
        let before = Counters::now();
        assert!(Profile::parse(&data).is_err());
        let taken = Counters::now().since(before).bytes;
        assert!(taken < 1000, "{number}: {taken}");
    }
}
