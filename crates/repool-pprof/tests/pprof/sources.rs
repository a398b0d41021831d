//! The tables `traces` and `list`, with source files that exist or not.

use std::fs;
use std::path::Path;

use fastrand::Rng;
use repool_pprof::Sources;

use crate::case::{Case, OtherTable, check};
use crate::go::Go;
use crate::test_profile::TestProfile;
use crate::{random, settings};

/// The number of random profiles.
fn seeds() -> u64 {
    std::env::var("REPOOL_SEEDS").map_or(300, |seeds| seeds.parse().expect("a number"))
}

/// Cases for a random profile, some with a base.
fn cases(
    go: &Go,
    made: &(TestProfile, TestProfile),
    rng: &mut Rng,
    others: &[OtherTable],
) -> Vec<Case> {
    let (one, base) = (go.write(&made.0.bytes()), go.write(&made.1.bytes()));
    let mut cases = Vec::new();
    for other in others {
        let (has_base, diff) = [(false, false), (true, false), (true, true)][rng.usize(..3)];
        let mut case = Case {
            base: has_base.then(|| base.clone()),
            diff,
            other: Some(other.clone()),
            ..Case::of(&one)
        };
        settings(&mut case.settings, rng);
        cases.push(case);
    }
    cases
}

#[test]
fn random_traces() {
    let Some(go) = Go::new("traces") else { return };
    let mut all = Vec::new();
    for seed in 0..seeds() {
        let rng = &mut Rng::with_seed(seed);
        let (mut one, other) = random::pair(seed);
        for _ in 0..rng.usize(..8) {
            let at = rng.usize(..=one.profile.sample.len());
            if at < one.profile.sample.len() {
                one.profile.sample.swap(0, at);
            }
            labels(&mut one, rng);
        }
        all.extend(cases(
            &go,
            &(one, other),
            rng,
            &[OtherTable::Traces, OtherTable::Traces],
        ));
    }
    for profile in ["go-heap.pb.gz", "go-cpu.pb.gz"] {
        for unit in ["minimum", "kb", "ms"] {
            let case = Case {
                other: Some(OtherTable::Traces),
                ..Case::of(repool_testing::data::path(profile))
            };
            all.push(case.with(|settings| settings.unit = unit.into()));
        }
    }
    check(&go, &all, 2 * seeds() as usize);
}

/// Adds random labels to the last sample, some with equal names.
fn labels(made: &mut TestProfile, rng: &mut Rng) {
    if made.profile.sample.is_empty() {
        return;
    }
    for _ in 0..rng.usize(..4) {
        match rng.u8(..6) {
            0 => made.label("key", "a text"),
            1 => made.label("a name of many letters", "é"),
            2 => made.label("key", "other"),
            3 => made.number("request", rng.i64(..1 << 30), ""),
            4 => made.number("wait", rng.i64(1..1 << 40), "nanoseconds"),
            _ => made.number("key", rng.i64(-50..50), ""),
        }
    }
}

#[test]
fn random_lists() {
    let Some(go) = Go::new("list") else { return };
    let folder = go.folder();
    write_sources(folder);
    let name = folder.file_name().expect("a folder").to_string_lossy();
    let files = [
        "src/a.rs".to_owned(),
        "./src/../src//a.rs".into(),
        format!("{}/src/b.rs", folder.display()),
        format!("/remote/{name}/src/b.rs"),
        "/proc/self/cwd/src/a.rs".into(),
        "/proc/self/cwd/./src/long.rs".into(),
        "/trim/me/src/a.rs".into(),
        "/gone/c.rs".into(),
        "gone/c.rs".into(),
        "src".into(),
        format!("{}/src", folder.display()),
        String::new(),
    ];
    let sources = |folders: Option<&str>, trim: &str| {
        let mut sources = Sources::new().trim_prefixes(trim).current(folder);
        sources.folders = folders.map(Into::into);
        sources
    };
    let places = [
        sources(None, ""),
        sources(None, ""),
        sources(None, "/trim/me"),
        sources(None, "/trim/me/:/remote"),
        sources(Some("src"), ""),
        sources(
            Some(&format!("/nowhere/src:{}/src/deep", folder.display())),
            "",
        ),
        sources(Some("/trim:."), "/gone"),
    ];
    let regexes = [
        ".",
        "[a-zA-Z]",
        "e",
        "main",
        "Log|run|vec",
        "^alloc$|x::y",
        "[a-z]",
        "none at all",
    ];
    let mut all = Vec::new();
    for seed in 0..seeds() {
        let rng = &mut Rng::with_seed(seed);
        let mut made = random::pair(seed);
        // One first line for all: pprof's range of lines is not defined for functions of one name
        // with several first lines.
        let start_line = [0, 0, 7, 21][rng.usize(..4)];
        let lines = rng.i64(1..80);
        let from = rng.usize(..files.len());
        for made in [&mut made.0, &mut made.1] {
            let few = [2, 5, files.len()][rng.usize(..3)];
            for at in 0..made.profile.function.len() {
                let file = made.text(&files[(from + at * 7 % few) % files.len()]);
                made.profile.function[at].filename = file;
                made.profile.function[at].start_line = start_line;
            }
            for location in &mut made.profile.location {
                for line in &mut location.line {
                    line.line = rng.i64(..lines);
                }
            }
        }
        let list = |rng: &mut Rng| {
            let last = usize::from(rng.bool());
            let regex = regexes[rng.usize(..regexes.len() - last)];
            OtherTable::List(regex.into(), places[rng.usize(..places.len())].clone())
        };
        let others = [list(rng), list(rng), list(rng), list(rng)];
        let mut cases = cases(&go, &made, rng, &others);
        // With filters, few cases would have functions to list.
        for case in &mut cases[..3] {
            (case.settings.focus, case.settings.ignore) = (None, None);
            case.settings.sample = None;
            if let Some(OtherTable::List(regex, _)) = &mut case.other {
                *regex = [".", "[a-zA-Z]", "main|run|Log|vec"][rng.usize(..3)].into();
            }
        }
        all.extend(cases);
    }
    check(&go, &all, 4 * seeds() as usize);
}

fn write_sources(folder: &Path) {
    let source = folder.join("src");
    fs::create_dir_all(source.join("deep")).expect("a folder");
    let line = |number: usize| match number % 5 {
        0 => String::new(),
        1 => format!("\tlet é = {number}; // <&>"),
        2 => format!("  line {number}  \r"),
        _ => format!("line {number}"),
    };
    let text = |lines: usize| (1..=lines).map(line).collect::<Vec<_>>().join("\n");
    fs::write(source.join("a.rs"), text(40)).expect("a file");
    fs::write(source.join("b.rs"), text(90) + "\n").expect("a file");
    // A line of the most bytes that pprof reads, and a longer one.
    let long = |len| format!("{}\n", "x".repeat(len));
    let long = [
        text(4),
        "\n".into(),
        long((64 << 10) - 1),
        text(9),
        long(64 << 10),
        text(9),
    ];
    fs::write(source.join("long.rs"), long.concat()).expect("a file");
}
