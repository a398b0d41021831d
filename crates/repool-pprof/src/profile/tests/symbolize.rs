//! Symbolization with the program of this test, at the addresses that it is loaded to.

use std::fs;
use std::hint::black_box;

use super::{Message, proto};
use crate::Binary;
use crate::profile::{Profile, SymbolizeWarning};

#[inline(never)]
fn landmark(n: u64) -> u64 {
    black_box(n) + 1
}

const LANDMARK: &str = "repool_pprof::profile::tests::symbolize::landmark";

/// The start, the limit, the file offset and the path of this program's mapped code.
fn code() -> (u64, u64, u64, String) {
    let address = landmark as *const () as u64;
    let maps = fs::read_to_string("/proc/self/maps").expect("a memory map");
    let found = maps.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let (start, limit) = words.next()?.split_once('-')?;
        let hex = |text| u64::from_str_radix(text, 16).ok();
        let (start, limit) = (hex(start)?, hex(limit)?);
        let offset = hex(words.nth(1)?)?;
        let path = words.nth(2)?.to_owned();
        (start..limit)
            .contains(&address)
            .then_some((start, limit, offset, path))
    });
    found.expect("this program is mapped")
}

fn this_program() -> Binary {
    Binary::open(std::env::current_exe().expect("a path")).expect("a program")
}

/// A profile with one stack, `Vec::push` called by `landmark`, whose locations have no functions.
fn nameless() -> proto::Profile {
    let (memory_start, memory_limit, file_offset, path) = code();
    let id = this_program().build_id().to_owned();
    let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let place = |function_id| proto::Line {
        function_id,
        ..Default::default()
    };
    let location = |id, address: *const ()| proto::Location {
        id,
        mapping_id: 1,
        address: address as u64,
        line: vec![place(id)],
        ..Default::default()
    };
    let function = |id| proto::Function {
        id,
        name: id as i64 + 4,
        ..Default::default()
    };
    let texts = ["", "alloc_space", "bytes", &path, &id, "app+0x1", "app+0x2"];
    let push = Vec::push as fn(&mut Vec<u64>, u64);
    proto::Profile {
        sample_type: vec![proto::ValueType { r#type: 1, unit: 2 }],
        sample: vec![proto::Sample {
            location_id: vec![1, 2],
            value: vec![64],
            label: vec![],
        }],
        mapping: vec![proto::Mapping {
            id: 1,
            memory_start,
            memory_limit,
            file_offset,
            filename: 3,
            build_id: 4,
            ..Default::default()
        }],
        location: vec![
            location(1, push as *const ()),
            location(2, landmark as *const ()),
        ],
        function: vec![function(1), function(2)],
        string_table: texts.map(String::from).into(),
        ..Default::default()
    }
}

/// The function names of the stack, the innermost first.
fn stack(profile: &Profile) -> Vec<String> {
    let sample = profile.samples().next().expect("one sample");
    let lines = sample
        .locations
        .iter()
        .flat_map(|place| profile.lines(*place));
    let name = |line: &crate::profile::Line| profile.function(line.function).name;
    lines
        .map(|line| profile.string(name(line)).to_owned())
        .collect()
}

fn parsed(profile: &proto::Profile) -> Profile {
    Profile::parse(&profile.encode_to_vec()).expect("it is sound")
}

#[test]
fn the_file_of_a_mapping_without_functions_is_used() {
    let mut profile = parsed(&nameless());
    assert_eq!(stack(&profile), ["app+0x1", "app+0x2"]);
    assert_eq!(profile.symbolize(&[]), []);
    let names = stack(&profile);
    assert_eq!(names.last().map(String::as_str), Some(LANDMARK));
    assert!(
        names.iter().any(|name| name.ends_with("::push")),
        "{names:?}"
    );
    let mapping = profile.mappings()[0];
    assert!(mapping.has_functions && mapping.has_filenames && mapping.has_line_numbers);
    let location = profile.samples().next().expect("one").locations[1];
    let line = profile.lines(location).last().expect("it has a function");
    assert_ne!(line.line, 0);
    let file = profile.string(profile.function(line.function).file);
    assert!(file.ends_with("tests/symbolize.rs"), "{file}");
}

#[test]
fn folded_innermost_frames_are_removed_from_profiles_of_repool_prof() {
    let mut profile = parsed(&nameless());
    profile.lifetimes = Some(repool_profile::Lifetimes::default());
    assert_eq!(profile.symbolize(&[]), []);
    assert_eq!(stack(&profile), [LANDMARK]);
    let sample = profile.samples().next().expect("one sample");
    assert_eq!(sample.values, [64]);

    // A frame is kept if no other would remain.
    let mut alone = nameless();
    alone.sample[0].location_id.pop();
    let mut profile = parsed(&alone);
    profile.lifetimes = Some(repool_profile::Lifetimes::default());
    profile.symbolize(&[]);
    assert!(stack(&profile).iter().any(|name| name.ends_with("::push")));
}

#[test]
fn existing_functions_are_kept() {
    let mut named = nameless();
    named.mapping[0].has_functions = true;
    let mut profile = parsed(&named);
    assert_eq!(profile.symbolize(&[]), []);
    assert_eq!(stack(&profile), ["app+0x1", "app+0x2"]);
    // With a passed program, they are replaced.
    assert_eq!(profile.symbolize(&[this_program()]), []);
    assert_eq!(stack(&profile).last().map(String::as_str), Some(LANDMARK));
}

#[test]
fn a_file_of_another_build_is_not_used() {
    let mut other = nameless();
    other.string_table[4] = "00ff".into();
    let mut profile = parsed(&other);
    assert_eq!(profile.symbolize(&[]), []);
    assert_eq!(stack(&profile), ["app+0x1", "app+0x2"]);

    // A passed program is used, with a warning.
    let warnings = profile.symbolize(&[this_program()]);
    let [SymbolizeWarning::OtherBuild { wanted, .. }] = &*warnings else {
        panic!("{warnings:?}")
    };
    assert_eq!(wanted, "00ff");
    assert_eq!(stack(&profile).last().map(String::as_str), Some(LANDMARK));
    assert_eq!(warnings[0].to_string().lines().count(), 1);
}

#[test]
fn a_program_without_matching_functions_is_a_warning() {
    let mut elsewhere = nameless();
    for location in &mut elsewhere.location {
        location.address = elsewhere.mapping[0].memory_limit + 0x1000_0000;
    }
    let warnings = parsed(&elsewhere).symbolize(&[this_program()]);
    assert!(
        matches!(&*warnings, [SymbolizeWarning::NoNames { .. }]),
        "{warnings:?}"
    );

    let mut nowhere = nameless();
    nowhere.mapping.clear();
    nowhere
        .location
        .iter_mut()
        .for_each(|location| location.mapping_id = 0);
    let warnings = parsed(&nowhere).symbolize(&[this_program()]);
    assert!(
        matches!(&*warnings, [SymbolizeWarning::NoMappings { .. }]),
        "{warnings:?}"
    );
}

#[test]
fn a_stripped_program_that_is_gone_is_a_warning() {
    let mut gone = nameless();
    gone.string_table[3] = "/nonexistent/app".into();
    gone.string_table[4] = "00ff".into();
    let mut profile = parsed(&gone);
    assert_eq!(profile.symbolize(&[]), [], "of another tool");
    profile.lifetimes = Some(repool_profile::Lifetimes::default());
    let warnings = profile.symbolize(&[]);
    assert!(
        matches!(&*warnings, [SymbolizeWarning::Nameless { .. }]),
        "{warnings:?}"
    );
}
