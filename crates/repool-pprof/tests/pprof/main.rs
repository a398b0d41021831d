//! Compares every table with Go's: `go tool pprof` of the same file with the same options must
//! print the same bytes.

mod case;
mod go;
mod heap_text;
mod odd;
mod random;
mod sources;
mod test_profile;

use std::path::{Path, PathBuf};

use case::{Case, OtherTable, check};
use go::Go;
use regex::Regex;
use repool_prof::{ProfAlloc, Profiler};
use repool_testing::data;
use test_profile::TestProfile;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[test]
fn random_profiles() {
    let Some(go) = Go::new("random") else { return };
    // `REPOOL_SEEDS` sets the number of random profiles.
    let seeds = std::env::var("REPOOL_SEEDS").map_or(500, |seeds| seeds.parse().expect("a number"));
    let mut cases = Vec::new();
    for seed in 0..seeds {
        let (one, other) = random::pair(seed);
        let (one, other) = (go.write(&one.bytes()), go.write(&other.bytes()));
        let rng = &mut fastrand::Rng::with_seed(seed);
        for (base, diff) in [(false, false), (true, false), (true, true)] {
            let mut case = Case {
                base: base.then(|| other.clone()),
                diff,
                tree: rng.bool(),
                ..Case::of(&one)
            };
            settings(&mut case.settings, rng);
            cases.push(case);
        }
    }
    check(&go, &cases, 3 * seeds as usize);
}

/// Merges of two or more profiles, some with a base.
#[test]
fn sums_of_profiles() {
    let Some(go) = Go::new("sums") else { return };
    let seeds = std::env::var("REPOOL_SEEDS").map_or(300, |seeds| seeds.parse().expect("a number"));
    let mut cases = Vec::new();
    for seed in 0..seeds {
        let rng = &mut fastrand::Rng::with_seed(seed);
        let (one, other) = random::pair(seed);
        // Mostly of the same sample types and units.
        let (next, _) = random::pair(seed + u64::from(rng.u8(..12) == 0));
        let [one, other, next] = [one, other, next].map(|made| go.write(&made.bytes()));
        let mut more = vec![other.clone()];
        more.extend((0..rng.usize(..3)).map(|_| next.clone()));
        let mut case = Case {
            more,
            base: (rng.u8(..4) == 0).then_some(other),
            tree: rng.bool(),
            other: (rng.u8(..4) == 0).then_some(OtherTable::Traces),
            ..Case::of(&one)
        };
        settings(&mut case.settings, rng);
        cases.push(case);
    }
    for (_, one, other) in odd::all() {
        let other = other.unwrap_or_else(|| one.clone());
        let [one, other] = [one, other].map(|made| go.write(&made.bytes()));
        for sample in [None, Some("0")] {
            let case = Case {
                more: vec![other.clone(), one.clone()],
                ..Case::of(&one)
            };
            cases.push(case.with(|settings| settings.sample = sample.map(String::from)));
        }
    }
    check(&go, &cases, 300);
    // pprof merges 300 profiles in several steps.
    let (made, _) = random::pair(1);
    let path = go.write(&made.bytes());
    let many = Case {
        more: vec![path.clone(); 299],
        ..Case::of(&path)
    };
    check(&go, &[many], 1);
}

/// Random settings, most of them defaults.
fn settings(settings: &mut repool_pprof::Settings, rng: &mut fastrand::Rng) {
    let mut sometimes = |one_of: u8| rng.u8(..one_of) == 0;
    settings.cum = sometimes(3);
    settings.no_inlines = sometimes(5);
    let (count, sample, focus, ignore, unit) = (
        sometimes(3),
        sometimes(2),
        sometimes(4),
        sometimes(4),
        sometimes(3),
    );
    settings.node_count = count.then(|| rng.usize(..6));
    settings.sample = sample.then(|| rng.usize(..3).to_string());
    let regexes = [
        "main",
        "Log",
        "main.rs",
        "none",
        "^run$|vec",
        "nothing",
        "[(<]",
    ];
    let mut regex = || Regex::new(regexes[rng.usize(..regexes.len())]).expect("it is one");
    settings.focus = focus.then(&mut regex);
    settings.ignore = ignore.then(&mut regex);
    if unit {
        let units = [
            "auto",
            "MB",
            "ms",
            "count",
            "kilobytes",
            "s",
            "hrs",
            "GCU",
            "other",
        ];
        settings.unit = units[rng.usize(..units.len())].into();
    }
}

/// Cases for a profile with each option and some combinations, as a top and as a tree.
fn all_options(profile: &Path, base: Option<&Path>, samples: &[&str]) -> Vec<Case> {
    let regex = |text: &str| Regex::new(text).ok();
    let mut cases = vec![Case::of(profile)];
    let case = || Case::of(profile);
    for sample in samples {
        cases.push(case().with(|settings| settings.sample = Some((*sample).into())));
    }
    for unit in [
        "auto", "kb", "MB", "B", "ms", "seconds", "ns", "count", "minimum", "GCU", "none",
    ] {
        cases.push(case().with(|settings| settings.unit = unit.into()));
    }
    for count in [0, 1, 3, 100] {
        cases.push(case().with(|settings| settings.node_count = Some(count)));
        cases.push(case().with(|settings| {
            settings.cum = true;
            settings.node_count = Some(count);
        }));
    }
    for text in ["main", "nothing at all", "app|run", "[a-z]{3}", ""] {
        cases.push(case().with(|settings| settings.focus = regex(text)));
        cases.push(case().with(|settings| settings.ignore = regex(text)));
    }
    cases.push(case().with(|settings| {
        settings.focus = regex("main");
        settings.ignore = regex("none|".repeat(40).trim_end_matches('|'));
        settings.cum = true;
    }));
    cases.push(case().with(|settings| settings.cum = true));
    cases.push(case().with(|settings| settings.no_inlines = true));
    for diff in base.map_or(&[][..], |_| &[false, true]) {
        for at in 0..cases.len().min(16) {
            cases.push(Case {
                base: base.map(PathBuf::from),
                diff: *diff,
                ..cases[at].clone()
            });
        }
    }
    let trees: Vec<Case> = cases
        .iter()
        .map(|case| Case {
            tree: true,
            ..case.clone()
        })
        .collect();
    cases.extend(trees);
    cases
}

#[test]
fn profiles_of_go() {
    let Some(go) = Go::new("go") else { return };
    let [heap, cpu] = ["go-heap.pb.gz", "go-cpu.pb.gz"].map(data::path);
    let heap_types = [
        "alloc_objects",
        "alloc_space",
        "inuse_objects",
        "inuse_space",
        "0",
        "3",
        "4",
        "-1",
        "x",
    ];
    let cases = [
        all_options(&heap, Some(&heap), &heap_types),
        all_options(
            &cpu,
            None,
            &["cpu", "samples", "inuse_cpu", "+1", "01", " 1"],
        ),
        vec![Case {
            base: Some(heap.clone()),
            ..Case::of(&cpu)
        }],
    ];
    check(&go, &cases.concat(), 200);
}

#[test]
fn odd_profiles() {
    let Some(go) = Go::new("odd") else { return };
    let mut cases = Vec::new();
    for (_, made, base) in odd::all() {
        let profile = go.write(&made.bytes());
        let base = base.map(|base| go.write(&base.bytes()));
        let samples = ["0", "1", "space", "inuse_space", "cpu", "2"];
        cases.extend(all_options(&profile, base.as_deref(), &samples));
    }
    check(&go, &cases, 2000);
}

/// Mangled names, which must be demangled as by pprof.
#[test]
fn mangled_names() {
    let Some(go) = Go::new("names") else { return };
    let names: Vec<&str> = include_str!("../data/mangled.txt").lines().collect();
    let mut cases = Vec::new();
    // Few functions in each profile, so that none is omitted for its size.
    for names in names.chunks(150) {
        let mut made = TestProfile::new(&[("samples", "count")]);
        for (at, name) in names.iter().enumerate() {
            // Functions with a mangled name only, and with the same name twice.
            let function = made.named(if at % 2 == 0 { name } else { "" }, name);
            let location = made.location(0, &[function]);
            made.sample(&[location], &[10_000 - at as i64]);
        }
        cases.push(Case::of(go.write(&made.bytes())));
    }
    check(&go, &cases, 2);
}

/// Profiles that `repool-prof` writes of this program.
#[test]
fn profiles_of_ours() {
    let Some(go) = Go::new("ours") else { return };
    let [earlier, later] = ["earlier.pb.gz", "later.pb.gz"].map(|name| go.folder.join(name));
    let profiler = Profiler::builder()
        .rate(1)
        .start()
        .expect("it is the only one");
    let mut kept = Vec::new();
    for path in [&earlier, &later] {
        for size in 1..200usize {
            kept.push(vec![1u8; size * 16]);
            drop(std::hint::black_box(format!("{size:>size$}")));
        }
        let snapshot = profiler.snapshot();
        snapshot.write_pprof(path).expect("a new file");
    }
    drop((profiler, kept));
    let types = [
        "alloc_objects",
        "alloc_space",
        "inuse_objects",
        "inuse_space",
    ];
    let cases = all_options(&later, Some(&earlier), &types);
    // pprof does not remove frames of Rust's runtime.
    let all_frames = cases
        .into_iter()
        .map(|case| case.with(|settings| settings.all_frames = true));
    check(&go, &all_frames.collect::<Vec<_>>(), 100);
}
