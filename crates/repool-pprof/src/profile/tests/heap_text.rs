//! Heap profiles as text: the samples of each form, and the errors about invalid files.

use super::*;

const GPERFTOOLS: &str = "\
heap profile:      2:     2048 [     3:     3072] @ heap_v2/524288
     2:     2048 [     3:     3072] @ 0x401000 0x402000

MAPPED_LIBRARIES:
00400000-00500000 r-xp 00000000 08:01 123 /bin/app
";

const JEMALLOC: &str = "\
heap_v2/524288
  t*: 28106: 56637512 [0: 0]
  t0: 352: 16777344 [0: 0]
@ 0x5f1a 0x60aa 0x61ef
  t*: 13: 6688 [0: 0]
  t0: 12: 6496 [0: ]

MAPPED_LIBRARIES:
00400000-00baf000 r-xp 00000000 08:01 123 /bin/app
";

fn read(text: &str) -> Result<Profile, String> {
    Profile::parse(text.as_bytes()).map_err(|error| error.to_string())
}

/// The addresses and the values of a sample.
type Expected = (Vec<u64>, Vec<i64>);

/// The sample types, and the addresses and values of each sample.
fn told(profile: &Profile) -> (Vec<&str>, Vec<Expected>) {
    let address = |at: &u32| profile.locations()[*at as usize].address;
    let samples = profile.samples().map(|sample| {
        let addresses = sample.locations.iter().map(address).collect();
        (addresses, sample.values.to_vec())
    });
    let types = profile.sample_types().map(|(kind, _)| kind).collect();
    (types, samples.collect())
}

#[test]
fn gperftools_has_figures_and_stack_on_a_line() {
    let profile = read(GPERFTOOLS).unwrap();
    let (types, samples) = told(&profile);
    assert_eq!(
        types,
        [
            "alloc_objects",
            "alloc_space",
            "inuse_objects",
            "inuse_space"
        ]
    );
    // The weight of a sampled block of 1 KiB is 512.5.
    let values = vec![1537, 1_574_400, 1025, 1_049_600];
    assert_eq!(samples, [(vec![0x40_0fff, 0x40_1fff], values)]);
    let mapping = profile.mappings()[0];
    assert_eq!(profile.string(mapping.file), "/bin/app");
    assert_eq!(
        (mapping.start, mapping.limit, mapping.has_functions),
        (0x40_0000, 0x50_0000, false)
    );
    assert!(
        profile
            .locations()
            .iter()
            .all(|location| location.mapping == Some(0))
    );
}

#[test]
fn jemalloc_has_the_stack_before_the_figures() {
    let profile = read(JEMALLOC).unwrap();
    let (types, samples) = told(&profile);
    assert_eq!(types, ["objects", "space"]);
    // The weight of a sampled block of 514 bytes is 1,019.6.
    assert_eq!(
        samples,
        [(vec![0x5f19, 0x60a9, 0x61ee], vec![13_254, 6_819_088])]
    );
    assert_eq!(
        profile.mappings().len(),
        2,
        "one for addresses that are in no file"
    );
}

#[test]
fn heap_text_may_be_compressed() {
    use std::io::Write as _;
    for text in [GPERFTOOLS, JEMALLOC] {
        let level = flate2::Compression::default();
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), level);
        packer.write_all(text.as_bytes()).unwrap();
        let packed = Profile::parse(&packer.finish().unwrap()).unwrap();
        assert_eq!(told(&packed), told(&read(text).unwrap()));
    }
}

#[test]
fn an_invalid_line_is_named() {
    for (from, to, what) in [
        (
            "2:     2048 [     3:     3072] @ 0x",
            "2 0x",
            "line 2 of the heap profile is not valid (it is not ",
        ),
        (
            "heap_v2/524288\n",
            "heap_v7\n",
            "line 1 of the heap profile is not valid (\"heap_v7\" is not a known kind",
        ),
        (
            "2:     2048 [     3:     3072] @ 0x",
            "0: 7 [3: 3072] @ 0x",
            "line 2 of the heap profile is not valid (it has bytes, but no objects)",
        ),
        (
            "0x402000",
            "0x11112222333344445",
            "line 2 of the heap profile is not valid (an address has more",
        ),
    ] {
        let error = read(&GPERFTOOLS.replace(from, to)).unwrap_err();
        assert!(error.contains(what), "{error}");
    }
    for (from, to, what) in [
        (
            "  t*: 28106: 56637512 [0: 0]\n  t0: 352: 16777344 [0: 0]\n",
            "",
            "line 3 of the heap profile is not valid (it is neither",
        ),
        (
            "@ 0x5f1a 0x60aa 0x61ef\n",
            "",
            "line 4 of the heap profile is not valid (its values have no stack before them)",
        ),
        (
            "t*: 13: 6688 [0: 0]",
            "t*: 13: 6688",
            "line 5 of the heap profile is not valid (it is not \"t*:",
        ),
        (
            "t*: 13:",
            "t*: 99999999999999999999:",
            "line 5 of the heap profile is not valid (a number has",
        ),
    ] {
        let text = JEMALLOC.replace(from, to);
        let result = read(&text);
        match result {
            Err(error) => assert!(error.contains(what), "{error}"),
            // Without the program's values, those of the first stack are taken for them.
            Ok(profile) => assert!(from.starts_with("  t*") && profile.samples().len() == 0),
        }
    }
    let empty = read("heap_v2/524288\n").unwrap_err();
    assert!(empty.contains("line 2"), "{empty}");
}

#[test]
fn old_formats_are_named_with_the_command_to_convert_them() {
    for text in [
        "--- contention:\n",
        "--- threadz 1\n",
        "goroutine profile: total 7\n",
        "--- CPU\n",
    ] {
        let error = read(text).unwrap_err();
        assert!(
            error.contains("; convert it: go tool pprof -proto PROGRAM FILE"),
            "{error}"
        );
        assert!(!error.contains('\n'));
    }
}

#[test]
fn allocators_are_dropped_from_tables() {
    let mut profile = read(GPERFTOOLS).unwrap();
    let names = ["operator new", "app::f"];
    for (at, name) in (0u32..).zip(names) {
        let name = profile.strings.add(name);
        profile.functions.push(Function {
            name,
            ..Function::default()
        });
        profile.lines.push(Line {
            function: at,
            ..Line::default()
        });
        let location = &mut profile.locations[at as usize];
        (location.lines_start, location.lines_end) = (at, at + 1);
    }
    let analysis = crate::Analysis::new(profile, None, &crate::Settings::default()).unwrap();
    assert_eq!(analysis.top().rows[0].function, "app::f");
    assert_eq!(analysis.top().rows.len(), 1);
}

#[test]
fn allocators_of_rust_are_removed_at_the_leaf() {
    let mut profile = read(
        "\
heap_v2/1
t*: 1: 8 [0: 0]
@ 0x10 0x20 0x30 0x40 0x50 0x60 0x70
t*: 1: 8 [0: 0]
",
    )
    .unwrap();
    let names = [
        "prof_backtrace_impl",
        "_rjem_malloc",
        "__rustc::__rust_alloc",
        "alloc::raw_vec::RawVec<T>::grow_one",
        "app::main",
        "std::sys::backtrace::__rust_begin_short_backtrace",
        "main",
    ];
    for (at, name) in (0u32..).zip(names) {
        let name = profile.strings.add(name);
        profile.functions.push(Function {
            name,
            ..Function::default()
        });
        profile.lines.push(Line {
            function: at,
            ..Line::default()
        });
        let location = &mut profile.locations[at as usize];
        (location.lines_start, location.lines_end) = (at, at + 1);
    }
    let folded = crate::flame::folded(&profile, &crate::flame::FlameSettings::default());
    assert_eq!(folded.unwrap(), "app::main 8\n");
    let analysis = |all_frames| {
        let settings = crate::Settings {
            all_frames,
            ..crate::Settings::default()
        };
        crate::Analysis::new(profile.clone(), None, &settings)
            .unwrap()
            .top()
            .rows
    };
    let names =
        |rows: Vec<crate::Row>| rows.into_iter().map(|row| row.function).collect::<Vec<_>>();
    assert_eq!(names(analysis(false)), ["app::main"]);
    let all = names(analysis(true));
    assert_eq!(
        (all.len(), &*all[0]),
        (4, "alloc::raw_vec::RawVec<T>::grow_one")
    );
}

#[test]
fn hostile_values_and_variables_are_bounded() {
    let least = "heap profile: 1: 1 [1: 1] @ heapprofile\n-1: -9223372036854775808 [1: 1] @ 0x1\n";
    assert_eq!(read(least).unwrap().samples().len(), 1);
    let mut text = GPERFTOOLS.replace("/bin/app", "$a/app");
    text = text.replace(
        "MAPPED_LIBRARIES:\n",
        &format!("MAPPED_LIBRARIES:\na={}\n", "x".repeat(4096)),
    );
    for at in 0..10_000 {
        text += &format!("{at:x}0000000-{at:x}0001000 r-xp 0 0:0 0 $a/{at}\nv{at}=$a$a$a$a\n");
    }
    let profile = read(&text).unwrap();
    let bytes: usize = profile
        .mappings()
        .iter()
        .map(|mapping| profile.string(mapping.file).len())
        .sum();
    assert!(bytes < 2 << 20, "{bytes}");
}
