//! The rules that pprof, Parca, Pyroscope and speedscope have for a profile.

use std::collections::HashSet;
use std::ops::Range;

use super::made::{Made, a_bit_of_all};
use crate::pprof::proto::{Label, Mapping, Profile, ValueType};
use crate::snapshot::Frame;

/// The string at an index of a profile's table.
pub(super) fn text(profile: &Profile, index: i64) -> &str {
    &profile.string_table[usize::try_from(index).expect("places are not negative")]
}

/// Panics unless a profile keeps all rules.
pub(super) fn check(profile: &Profile) {
    check_head(profile);
    check_tables(profile);
    check_samples(profile);
    check_lifetimes(profile);
}

fn check_head(profile: &Profile) {
    let typed = |t: &ValueType| format!("{}/{}", text(profile, t.r#type), text(profile, t.unit));
    let types: Vec<String> = profile.sample_type.iter().map(typed).collect();
    // Go's order. Pyroscope accepts no hyphen.
    assert_eq!(
        types,
        [
            "alloc_objects/count",
            "alloc_space/bytes",
            "inuse_objects/count",
            "inuse_space/bytes"
        ]
    );
    assert_eq!(
        profile.period_type.as_ref().map(typed).as_deref(),
        Some("space/bytes")
    );
    assert!(profile.period > 0);
    let default = text(profile, profile.default_sample_type);
    assert!(types.iter().any(|t| t.starts_with(default)));
    // Parca's rule.
    assert_eq!(profile.string_table[0], "");
    let different: HashSet<&String> = profile.string_table.iter().collect();
    assert_eq!(different.len(), profile.string_table.len());
}

fn check_tables(profile: &Profile) {
    let in_order = |ids: Vec<u64>| assert!(ids.iter().copied().eq(1..=ids.len() as u64), "{ids:?}");
    in_order(profile.mapping.iter().map(|m| m.id).collect());
    in_order(profile.location.iter().map(|l| l.id).collect());
    in_order(profile.function.iter().map(|f| f.id).collect());

    for mapping in &profile.mapping {
        assert!(mapping.memory_start < mapping.memory_limit);
        assert!(!text(profile, mapping.filename).is_empty());
        let build_id = text(profile, mapping.build_id);
        assert!(
            build_id
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')),
            "{build_id}"
        );
        // Without a mark pprof looks symbols up and replaces the profile's.
        let mut locations = profile.location.iter();
        let is_used = locations.any(|location| location.mapping_id == mapping.id);
        assert_eq!(marks(mapping), [is_used; 4]);
    }
    for function in &profile.function {
        let name = text(profile, function.name);
        assert!(!name.is_empty());
        assert_ne!(name, text(profile, function.system_name));
        text(profile, function.filename);
    }
    for location in &profile.location {
        match location.mapping_id {
            0 => {}
            id => {
                let mapping = &profile.mapping[id as usize - 1];
                let range = mapping.memory_start..mapping.memory_limit;
                assert!(range.contains(&location.address), "{location:?}");
            }
        }
        assert!(!location.line.is_empty(), "{location:?}");
        for line in &location.line {
            assert!((1..=profile.function.len() as u64).contains(&line.function_id));
        }
    }
}

/// The marks of a mapping: functions, files, lines, inlined functions.
fn marks(mapping: &Mapping) -> [bool; 4] {
    [
        mapping.has_functions,
        mapping.has_filenames,
        mapping.has_line_numbers,
        mapping.has_inline_frames,
    ]
}

fn check_samples(profile: &Profile) {
    let mut seen = HashSet::new();
    let mut used = HashSet::new();
    for sample in &profile.sample {
        assert_eq!(sample.value.len(), 4);
        assert_ne!(sample.value, [0; 4]);
        assert!(!sample.location_id.is_empty());
        for id in &sample.location_id {
            assert!((1..=profile.location.len() as u64).contains(id));
            used.insert(*id);
        }
        let [
            Label {
                key,
                str,
                num,
                num_unit,
            },
        ] = sample.label[..]
        else {
            panic!("{:?}", sample.label);
        };
        assert_eq!(
            (text(profile, key), str, text(profile, num_unit)),
            ("bytes", 0, "bytes")
        );
        assert!(num > 0);
        assert!(seen.insert((&sample.location_id, num)), "twice: {sample:?}");
    }
    assert_eq!(
        used.len(),
        profile.location.len(),
        "locations that nothing refers to"
    );
}

fn check_lifetimes(profile: &Profile) {
    let lifetimes = profile
        .lifetimes
        .as_ref()
        .expect("lifetimes are always written");
    assert_eq!(lifetimes.rate, profile.period as u64);
    let mut next = 0;
    for of_stack in &lifetimes.stacks {
        assert_eq!(of_stack.first_sample, next);
        next += of_stack.samples;
        let samples: Range<usize> = of_stack.first_sample as usize..next as usize;
        let samples = &profile.sample[samples];
        assert!(
            samples
                .iter()
                .all(|s| s.location_id == samples[0].location_id)
        );
        let freed = |of: fn(&[i64]) -> i64| samples.iter().map(|s| of(&s.value)).sum::<i64>();
        assert_eq!(of_stack.freed_objects, freed(|v| v[0] - v[2]));
        assert_eq!(of_stack.freed_bytes, freed(|v| v[1] - v[3]));
        assert!(of_stack.times.len() <= 40 && of_stack.bytes.len() <= 40);
        assert_eq!(
            of_stack.grown_objects,
            of_stack.grown_by_size.iter().sum::<i64>()
        );
        assert!(of_stack.grown_by_size.is_empty() || of_stack.grown_by_size.len() == samples.len());
    }
    assert_eq!(next, profile.sample.len() as u64);
    let stacks: HashSet<_> = profile.sample.iter().map(|s| &s.location_id).collect();
    assert_eq!(stacks.len(), lifetimes.stacks.len());
}

#[test]
fn every_way_to_export_keeps_the_rules() {
    let made = a_bit_of_all();
    check(&made.profile());
    check(&made.export(|export| export.keep_allocator_frames()));
    check(&made.export(|export| export.flatten_inlines()));
    check(&made.export(|export| export.flatten_inlines().keep_allocator_frames()));
    check(&made.export(|export| export.default_sample_type("inuse_space")));
}

#[test]
fn an_empty_snapshot_keeps_the_rules() {
    let profile = Made::new().profile();
    check(&profile);
    assert_eq!(profile.mapping.len(), 1);
}

#[test]
fn the_head_is_the_snapshots() {
    let made = a_bit_of_all();
    let profile = made.profile();
    assert_eq!(profile.time_nanos, 1_700_000_000_000_000_005);
    assert_eq!(profile.duration_nanos, 60_000_000_000);
    assert_eq!(profile.period, 512 * 1024);
    assert_eq!(text(&profile, profile.default_sample_type), "alloc_space");
    let readers_choice = made.export(|export| export.default_sample_type(""));
    assert_eq!(readers_choice.default_sample_type, 0);
}

#[test]
fn mappings_are_the_program_and_what_is_used() {
    let mut made = Made::new();
    let library = made.frame_of(2, 0x10, &["malloc_wrapper"]);
    made.stack(&[library], &[super::made::record(8, 1, 1)]);
    let profile = made.profile();
    let found: Vec<_> = profile
        .mapping
        .iter()
        .map(|m| (text(&profile, m.filename), text(&profile, m.build_id)))
        .collect();
    assert_eq!(found, [("/srv/app", "ab01ff"), ("/srv/lib/libc.so.6", "")]);
    assert_eq!(profile.location[0].mapping_id, 2);
    assert_eq!(profile.location[0].address, 0x7fff_0000_0010);
}

#[test]
fn mappings_are_marked_with_what_is_known() {
    let mut made = Made::new();
    let library = made.frame_of(2, 0x10, &["malloc_wrapper"]);
    let place = made.frame(0x20, &["?app+0x20"]);
    let nowhere = made.frame_of(Frame::NO_MODULE, 0x30, &["?0x30"]);
    made.stack(&[place, library, nowhere], &[super::made::record(8, 1, 1)]);
    let profile = made.profile();
    assert_eq!(profile.mapping.len(), 2);
    assert_eq!(marks(&profile.mapping[0]), [false; 4]);
    assert_eq!(marks(&profile.mapping[1]), [true; 4]);
    let nameless = profile.missing_symbols().expect("the program has no names");
    let said = nameless.to_string();
    assert!(
        said.contains("/srv/app") && said.contains("--binary"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1);

    // One name sets the mark: pprof would else look all up, and find fewer.
    made.file.clear();
    let main = made.frame(0x40, &["main"]);
    made.stack(&[main], &[super::made::record(8, 1, 1)]);
    let profile = made.profile();
    assert!(profile.mapping[0].has_functions && !profile.mapping[0].has_filenames);
    assert_eq!(profile.missing_symbols(), None);
    assert_eq!(
        Made::new().profile().missing_symbols(),
        None,
        "no stack, no names"
    );
}

#[test]
fn flat_locations_have_one_function_and_an_address_each() {
    let profile = a_bit_of_all().export(|export| export.flatten_inlines().keep_allocator_frames());
    let mut addresses = HashSet::new();
    for location in &profile.location {
        assert_eq!(location.line.len(), 1);
        assert!(
            location.address == 0 || addresses.insert(location.address),
            "{location:?}"
        );
    }
    // Two of alloc, three of push, main, start and jit; overflow and unknown have no address.
    assert_eq!(addresses.len(), 8);
}

#[test]
fn flat_addresses_avoid_those_of_other_instructions() {
    let mut made = Made::new();
    let upper = made.frame(0x101, &["c", "b", "a"]);
    let lower = made.frame(0x100, &["d"]);
    made.stack(&[upper, lower], &[super::made::record(8, 1, 1)]);
    let profile = made.export(|export| export.flatten_inlines());
    let offsets: Vec<u64> = profile
        .location
        .iter()
        .map(|l| l.address & 0xffff)
        .collect();
    // In the order c, b, a, d; a has the instruction's address.
    assert_eq!(offsets, [0xff, 0xfe, 0x101, 0x100]);
    check(&profile);
}
