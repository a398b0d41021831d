//! Small random profiles with many unusual features.

use fastrand::Rng;

use crate::test_profile::TestProfile;

const NAMES: [&str; 12] = [
    "main",
    "run",
    "app::Log::line",
    "core::fmt::write",
    "std::vec::Vec<T>::push",
    "alloc",
    "main.(*T).f",
    "a.b.C.<init>",
    "operator()(int)",
    "x::y(z)",
    "é",
    "",
];
const FILES: [&str; 6] = [
    "/srv/none/app",
    "/lib/none.so.1",
    "[vdso]",
    "",
    "none/",
    "http://none/x",
];
const UNITS: [(&str, &str); 8] = [
    ("space", "bytes"),
    ("cpu", "nanoseconds"),
    ("samples", "count"),
    ("wait", "ms"),
    ("use", "nanoGCU"),
    ("inuse_space", "kilobytes"),
    ("things", "widgets"),
    ("none", ""),
];

/// Two profiles with the same sample types and many common stacks.
pub fn pair(seed: u64) -> (TestProfile, TestProfile) {
    let rng = &mut Rng::with_seed(seed);
    let width = rng.usize(1..4);
    let from = rng.usize(..UNITS.len());
    let types: Vec<_> = (0..width)
        .map(|at| UNITS[(from + at) % UNITS.len()])
        .collect();
    let mut one = TestProfile::new(&types);
    code(&mut one, rng);
    if rng.u8(..4) == 0 {
        let default = types[rng.usize(..width)].0;
        one.profile.default_sample_type = one.text(default);
    }
    if rng.bool() {
        one.profile.time_nanos = rng.i64(1..2_000_000_000) * 1_000_000_000;
        one.profile.duration_nanos = rng.i64(..100_000_000_000);
    }
    if rng.u8(..3) == 0 {
        one.profile.drop_frames = one.text("alloc|core::.*|x::y");
        one.profile.keep_frames = one.text(if rng.bool() { "core::fmt::write" } else { "" });
    }
    if rng.u8(..3) == 0 {
        one.profile.comment = vec![
            one.text("a remark"),
            one.text("#hidden"),
            one.text("a remark"),
        ];
        one.profile.doc_url = one.text("http://none/doc");
    }
    let mut other = one.clone();
    let stacks: Vec<Vec<u64>> = (0..rng.usize(..12)).map(|_| stack(&one, rng)).collect();
    for made in [&mut one, &mut other] {
        for _ in 0..rng.usize(..30) {
            let stack = match stacks.is_empty() || rng.bool() {
                true => stack(made, rng),
                false => stacks[rng.usize(..stacks.len())].clone(),
            };
            let values: Vec<i64> = (0..width).map(|_| value(rng)).collect();
            made.sample(&stack, &values);
            if rng.u8(..3) == 0 {
                made.number(
                    "bytes",
                    16 << rng.u8(..4),
                    if rng.bool() { "bytes" } else { "" },
                );
            }
            if rng.u8(..5) == 0 {
                made.label("who", ["a", "b"][rng.usize(..2)]);
            }
        }
    }
    // The load address may differ between runs.
    if rng.bool() {
        let by = 0x10_0000 * rng.u64(1..5);
        for mapping in &mut other.profile.mapping {
            mapping.memory_start += by;
            mapping.memory_limit += by;
        }
        for location in &mut other.profile.location {
            location.address += by;
        }
    }
    (one, other)
}

fn code(made: &mut TestProfile, rng: &mut Rng) {
    let from = rng.usize(..FILES.len());
    let mappings = rng.usize(..4);
    for at in 0..mappings {
        let build_id = if rng.bool() {
            ""
        } else {
            ["ab", "cd", "ef"][at]
        };
        made.mapping(
            FILES[(from + at) % FILES.len()],
            build_id,
            at as u64 * 0x10000,
        );
    }
    let functions: Vec<u64> = (0..rng.usize(1..16))
        .map(|_| {
            let name = NAMES[rng.usize(..NAMES.len())];
            let other = NAMES[rng.usize(..NAMES.len())];
            let system_name = ["", name, other][rng.usize(..3)];
            made.named(name, system_name)
        })
        .collect();
    for _ in 0..rng.usize(1..24) {
        let lines = [0, 1, 1, 1, 2, 3][rng.usize(..6)];
        let lines: Vec<u64> = (0..lines)
            .map(|_| functions[rng.usize(..functions.len())])
            .collect();
        made.location(rng.u64(..=mappings as u64), &lines);
    }
}

fn stack(made: &TestProfile, rng: &mut Rng) -> Vec<u64> {
    let locations = made.profile.location.len() as u64;
    (0..rng.usize(..9))
        .map(|_| rng.u64(1..=locations))
        .collect()
}

/// A random value. pprof does not define the order of two calls whose values differ only in sign,
/// so small values are positive.
fn value(rng: &mut Rng) -> i64 {
    match rng.u8(..8) {
        0 => 0,
        1 => rng.i64(1..50),
        2 => -rng.i64(1_000_000..100_000_000),
        _ => {
            let bits = rng.u8(30..45);
            rng.i64(1..1 << bits)
        }
    }
}
