//! Profiles with one unusual feature each.

use crate::test_profile::TestProfile;

const SPACE: [(&str, &str); 2] = [("objects", "count"), ("space", "bytes")];

/// All profiles, some with a base.
pub fn all() -> Vec<(&'static str, TestProfile, Option<TestProfile>)> {
    let mut all = vec![
        ("empty", TestProfile::new(&SPACE), Some(plain(1))),
        ("plain", plain(1), Some(plain(3))),
        ("same", plain(2), Some(plain(2))),
        ("of an empty one", plain(2), Some(TestProfile::new(&SPACE))),
        ("no mappings", no_mappings(), Some(plain(1))),
        (
            "several mappings",
            several_mappings(0),
            Some(several_mappings(0x7000)),
        ),
        ("no symbols", no_symbols(), None),
        ("recursion", recursion(), None),
        ("inlines", inlines(), None),
        ("many", many(), None),
        ("cpu", cpu(), None),
        ("dropped frames", dropped("alloc|rt::.*", "rt::keep"), None),
        ("bad dropped frames", dropped("(", ""), None),
        ("bad kept frames", dropped("alloc", "("), None),
        ("labels", labels(), Some(labels())),
        ("marked as a base", marked(), None),
        ("cancelled", cancelled().0, Some(cancelled().1)),
        ("largest", largest(), Some(plain(1))),
    ];
    all.extend(types());
    all
}

/// A plain profile; `times` multiplies the values of one stack.
fn plain(times: i64) -> TestProfile {
    let mut made = TestProfile::new(&SPACE);
    made.mapping("/srv/none/app", "ab01", 0x1000);
    let [leaf, main, idle] = ["app::Log<K>::line", "main", "app::idle"].map(|name| made.at(name));
    made.sample(&[leaf, main], &[3 * times, 4096 * times]);
    made.sample(&[main], &[1, 3_000_000]);
    made.sample(&[idle], &[2, 700]);
    made.sample(&[], &[5, 5000]);
    made.profile.time_nanos = 1_700_000_000_000_000_000 - times;
    made.profile.duration_nanos = 1_500_000_000;
    made.profile.period_type = Some(made.value_type(("space", "bytes")));
    made.profile.period = 512 * times;
    made
}

fn no_mappings() -> TestProfile {
    let mut made = TestProfile::new(&SPACE);
    let [leaf, main] = ["app::line", "main"].map(|name| made.at(name));
    let unknown = made.location(0, &[]);
    made.sample(&[leaf, main], &[3, 4096]);
    made.sample(&[unknown, main], &[3, 4096]);
    made
}

/// A program with several mappings, loaded at an address that is `by` bytes higher.
fn several_mappings(by: u64) -> TestProfile {
    let mut made = TestProfile::new(&SPACE);
    for (at, (file, build_id)) in [
        ("[vdso]", ""),
        ("/usr/lib/none.so.1", "cd"),
        ("/srv/none/app", "ab"),
        ("", ""),
    ]
    .into_iter()
    .enumerate()
    {
        made.mapping(file, build_id, 0x10000 * at as u64 + by);
    }
    for mapping in 1..=4 {
        let unknown = made.location(mapping, &[]);
        let function = made.function(&format!("f{mapping}"));
        let known = made.location(mapping, &[function]);
        let folded = made.location(mapping, &[function]);
        let last = made.profile.location.last_mut().expect("it was added");
        last.is_folded = true;
        last.address = known * 16 + 0x1000;
        made.sample(&[unknown, known], &[mapping as i64, 1000 * mapping as i64]);
        made.sample(&[folded], &[1, 10 + by as i64]);
    }
    for location in &mut made.profile.location {
        location.address += by;
    }
    made
}

fn no_symbols() -> TestProfile {
    let mut made = TestProfile::new(&SPACE);
    let lib = made.mapping("/usr/lib/none.so", "", 0);
    let app = made.mapping("/srv/none/app/", "", 0x10000);
    let nameless = made.function("");
    let stack = [
        made.location(lib, &[]),
        made.location(app, &[nameless]),
        made.location(0, &[]),
    ];
    made.sample(&stack, &[1, 1000]);
    made.sample(&stack[1..], &[1, 500]);
    made
}

fn recursion() -> TestProfile {
    let mut made = TestProfile::new(&SPACE);
    let [walk, step, main] = ["walk", "step", "main"].map(|name| made.at(name));
    made.sample(&[walk, walk, step, walk, step, walk, main], &[1, 100]);
    made.sample(&[step, walk, main], &[1, 50]);
    made.sample(&[main, main], &[1, 25]);
    made
}

fn inlines() -> TestProfile {
    let mut made = TestProfile::new(&SPACE);
    let app = made.mapping("/srv/none/app", "", 0);
    let [push, line, main, tiny] =
        ["Vec::push", "line", "main", "tiny"].map(|name| made.function(name));
    let inlined = made.location(app, &[push, line, main]);
    let called = made.location(app, &[push]);
    let alone = made.location(app, &[main]);
    let other = made.location(app, &[tiny, line]);
    made.sample(&[inlined], &[1, 100_000]);
    made.sample(&[called, alone], &[1, 100]);
    made.sample(&[other, alone], &[1, 10]);
    made.sample(&[called, other, inlined], &[1, 70_000]);
    made
}

/// More functions than a tree shows, and some that are too small for any table.
fn many() -> TestProfile {
    let mut made = TestProfile::new(&SPACE);
    let main = made.at("main");
    let mut before = main;
    for at in 0..140 {
        let one = made.at(&format!("part{}::step{at}", at % 7));
        made.sample(
            &[one, before, main],
            &[1, (at - 20).max(1) * (at - 20).max(1)],
        );
        if at % 3 == 0 {
            before = one;
        }
    }
    made
}

fn cpu() -> TestProfile {
    let mut made = TestProfile::new(&[("samples", "count"), ("cpu", "nanoseconds")]);
    made.mapping("/srv/none/app", "ab", 0);
    let [spin, wait, main] = ["app::spin", "app::wait", "main"].map(|name| made.at(name));
    made.sample(&[spin, main], &[171, 1_710_000_000]);
    made.sample(&[wait, main], &[3, 30_000_000]);
    made.sample(&[wait, spin], &[1, 10_000_000]);
    made.profile.time_nanos = 1_700_000_000_123_456_789;
    made.profile.duration_nanos = 2_005_123_456;
    made.profile.period_type = Some(made.value_type(("cpu", "nanoseconds")));
    made.profile.period = 10_000_000;
    made
}

fn dropped(drop: &str, keep: &str) -> TestProfile {
    let mut made = TestProfile::new(&SPACE);
    let app = made.mapping("/srv/none/app", "", 0);
    let names = ["alloc(int)", ".rt::start", "rt::keep(int)", "main", "app"];
    let [alloc, start, keep_it, main, user] = names.map(|name| made.function(name));
    let alone = [alloc, start, keep_it, main, user].map(|one| made.location(app, &[one]));
    let [at_alloc, at_start, at_keep, at_main, at_user] = alone;
    let inner = made.location(app, &[alloc, user, main]);
    let outer = made.location(app, &[user, start]);
    for stack in [
        &[at_alloc, at_user, at_main, at_start][..],
        &[at_alloc, at_start],
        &[at_user, at_alloc, at_keep, at_main],
        &[inner, at_main],
        &[inner],
        &[outer, at_main],
        &[outer],
    ] {
        let value = made.profile.sample.len() as i64 + 1;
        made.sample(stack, &[value, 1000 * value]);
    }
    made.profile.drop_frames = made.text(drop);
    made.profile.keep_frames = made.text(keep);
    made
}

fn labels() -> TestProfile {
    let mut made = plain(1);
    for (at, unit) in ["bytes", "", "kb", "bytes"].into_iter().enumerate() {
        made.sample(&[1, 2], &[1, 100 * at as i64 - 100]);
        made.number("bytes", 64, unit);
        made.number("request", 64, "");
        made.label("who", "a");
    }
    made.sample(&[1, 2], &[-7, 0]);
    made.label("who", "a");
    made.number("bytes", 64, "bytes");
    made.number("request", 64, "");
    made
}

/// A profile whose samples have the base's label.
fn marked() -> TestProfile {
    let mut made = plain(1);
    made.sample(&[1, 2], &[-2, -1000]);
    made.label("pprof::base", "true");
    made.sample(&[1], &[-1, -1]);
    made.label("pprof::base", "false");
    made
}

/// A profile and a base after whose subtraction some functions have no value, but are in stacks.
fn cancelled() -> (TestProfile, TestProfile) {
    let with = |values: [i64; 4]| {
        let mut made = TestProfile::new(&SPACE);
        let [leaf, middle, other, main] =
            ["leaf", "middle", "other", "main"].map(|name| made.at(name));
        made.sample(&[leaf, middle, main], &[1, values[0]]);
        made.sample(&[other, middle, main], &[1, values[1]]);
        made.sample(&[middle, main], &[1, values[2]]);
        made.sample(&[leaf, other], &[1, values[3]]);
        made
    };
    (with([900, 100, 50, 70]), with([400, 600, 50, 3]))
}

fn largest() -> TestProfile {
    let mut made = TestProfile::new(&SPACE);
    let [one, two] = ["one", "two"].map(|name| made.at(name));
    made.sample(&[one], &[i64::MIN, i64::MAX]);
    made.sample(&[two], &[i64::MAX, i64::MIN + 1]);
    made.sample(&[two, one], &[1, 1 << 60]);
    made.sample(&[one, two], &[1, -3]);
    made
}

/// Profiles and bases with matching and other sample types.
fn types() -> Vec<(&'static str, TestProfile, Option<TestProfile>)> {
    let of = |types: &[(&str, &str)], period: Option<(&str, &str)>| {
        let mut made = TestProfile::new(types);
        made.mapping("/srv/none/app", "", 0x1000);
        let [leaf, main] = ["leaf", "main"].map(|name| made.at(name));
        for stack in [&[leaf, main][..], &[main]] {
            let values: Vec<i64> = (1..=types.len() as i64).map(|at| at * 1500).collect();
            made.sample(stack, &values);
        }
        let zeros = vec![0; types.len() - 1];
        made.sample(&[leaf], &[&[1][..], &zeros].concat());
        made.profile.period_type = period.map(|period| made.value_type(period));
        made.profile.period = 7;
        made.profile.default_sample_type = made.text(types[0].0);
        made
    };
    let (space, wait) = (("space", "bytes"), ("wait", "ns"));
    vec![
        ("one type twice", of(&[space, space, wait], None), None),
        ("one type only twice", of(&[space, space], None), None),
        (
            "other order",
            of(&[space, wait], None),
            Some(of(&[wait, space], None)),
        ),
        (
            "one in common",
            of(&[space, wait], None),
            Some(of(&[wait], None)),
        ),
        (
            "none in common",
            of(&[space], None),
            Some(of(&[wait], None)),
        ),
        (
            "finer",
            of(&[space, wait], None),
            Some(of(&[("space", "kb"), ("wait", "ms")], None)),
        ),
        (
            "coarser",
            of(&[("space", "MB"), wait], None),
            Some(of(&[space, wait], None)),
        ),
        (
            "other units",
            of(&[("space", "things")], None),
            Some(of(&[space], None)),
        ),
        (
            "a period only here",
            of(&[space], Some(space)),
            Some(of(&[space], None)),
        ),
        (
            "finer periods",
            of(&[space], Some(wait)),
            Some(of(&[space], Some(("wait", "us")))),
        ),
        (
            "periods of many",
            of(&[space], Some(("waits", "ns"))),
            Some(of(&[space], Some(wait))),
        ),
        (
            "twice in the base",
            of(&[wait, space], None),
            Some(of(&[wait, wait, space], None)),
        ),
        (
            "no name",
            of(&[("", "")], None),
            Some(of(&[("", "")], None)),
        ),
    ]
}
