//! Heap profiles as text: pprof reads gperftools' form; jemalloc's values are converted to it.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use fastrand::Rng;

use crate::case::{Case, OtherTable, check};
use crate::go::Go;
use crate::{all_options, settings};

fn data(name: &str) -> PathBuf {
    repool_testing::data::path("heap-text").join(name)
}

/// Converts the values of all threads of jemalloc's profile to gperftools' form.
fn converted(jemalloc: &str) -> String {
    let mut lines = jemalloc.lines();
    let sampling = lines.next().expect("a first line");
    let mut text = String::new();
    let mut stack = format!(" {sampling}");
    let mut is_map = false;
    for line in lines {
        if let Some(addresses) = line.strip_prefix('@') {
            stack = addresses.to_owned();
        } else if let Some(figures) = line.trim_start().strip_prefix("t*: ") {
            let head = if text.is_empty() {
                "heap profile: "
            } else {
                ""
            };
            writeln!(text, "{head}{figures} @{stack}").expect("memory");
        }
        is_map |= line.starts_with("MAPPED");
        if is_map {
            writeln!(text, "{line}").expect("memory");
        }
    }
    text
}

/// Tables of profiles of real programs.
#[test]
fn real_heap_text() {
    let Some(go) = Go::new("heap-text") else {
        return;
    };
    let types = ["space", "inuse_space", "alloc_objects", "0", "3", "x"];
    let mut cases = Vec::new();
    for name in ["heapprofile", "sample", "growth"] {
        let profile = data(&format!("gperftools-{name}.heap"));
        cases.extend(all_options(&profile, None, &types));
        cases.push(Case {
            other: Some(OtherTable::Traces),
            ..Case::of(&profile)
        });
    }
    for name in ["jemalloc.heap", "jemalloc-accum.heap"] {
        let text = fs::read_to_string(data(name)).expect("a file of this repository");
        let other_form = go.write(converted(&text).as_bytes());
        let all = all_options(&data(name), None, &types);
        cases.extend(all.into_iter().map(|case| Case {
            converted: Some(other_form.clone()),
            ..case
        }));
        cases.push(Case {
            other: Some(OtherTable::Traces),
            converted: Some(other_form.clone()),
            ..Case::of(data(name))
        });
    }
    check(&go, &cases, 200);
}

/// A random profile, which may have invalid lines.
fn random(rng: &mut Rng) -> String {
    let kinds = [
        "heap_v2/524288",
        "heap_v2/1",
        "heap_v2/0",
        "heap_v2",
        "heapz_v2/4096",
        "heapprofile",
        "heap/1048576",
        "heap/1",
        "growth",
        "growthz",
        "fragmentationz",
        "heap_v2/64",
    ];
    let kind = kinds[rng.usize(..kinds.len())];
    let figures = |rng: &mut Rng| {
        let mut pair = || match rng.u8(..5) {
            0 => (0, 0),
            1 => (rng.u64(1..9), 0),
            _ => {
                let count = rng.u64(1..1000);
                (count, count * rng.u64(1..100_000))
            }
        };
        let (one, other) = (pair(), pair());
        let other = if rng.bool() { one } else { other };
        format!(
            "{:>6}: {:>8} [{:>6}: {:>8}]",
            one.0, one.1, other.0, other.1
        )
    };
    let mut text = format!("heap profile: {} @ {kind}\n", figures(rng));
    for _ in 0..rng.usize(..12) {
        let stack: Vec<String> = (0..rng.usize(..5))
            .map(|_| {
                format!(
                    "{:#x}",
                    [0x40_0000, 0x55_0000, 0x7f00_0000, 0][rng.usize(..4)] + rng.u64(..4) * 0x800
                )
            })
            .collect();
        let line = match rng.u16(..400) {
            0 => "1: 2".into(),
            1 => "0: 7 [0: 0] @ 0x1".into(),
            2 => "1: 2 [3: 4] @ 0x11112222333344445".into(),
            3..20 => "# a remark".into(),
            20..30 => String::new(),
            _ => format!("{} @ {}", figures(rng), stack.join(" ")),
        };
        text += &line;
        text.push('\n');
    }
    let files = [
        "/srv/app",
        "/srv/lib/libc.so.6",
        "/srv/lib/x.so",
        "[vdso]",
        "",
        "/anon_hugepage (deleted)",
        "/srv/app (deleted)",
        "$build/app",
    ];
    if rng.u8(..8) > 0 {
        text += ["\nMAPPED_LIBRARIES:\n", "--- Memory map: ---\n"][rng.usize(..2)];
        let mut start = 0x40_0000;
        for _ in 0..rng.usize(..6) {
            let limit = start + 0x1000 * rng.u64(1..3);
            let file = files[rng.usize(..files.len())];
            let offset = [0, 0, 0x1000, start, start.wrapping_sub(0x40_0000)][rng.usize(..5)];
            let permissions = ["r-xp", "r-xp", "rw-p"][rng.usize(..3)];
            text += &match rng.u8(..6) {
                0 => format!(
                    "build=/srv/build\n{start:x}-{limit:x} {permissions} {offset:08x} 08:01 12 {file}\n"
                ),
                1 => format!("  {start:#x}-{limit:#x} {file} (@{offset:x}) abc123\n"),
                2 => format!("W1127 10:00:00 maps.cc:12] {start:x}-{limit:x}: {file}\n"),
                3 => {
                    format!("no mapping\n{start:08x}-{limit:08x} {permissions} {offset:x} 0:0 0\n")
                }
                _ => format!(
                    "{start:08x}-{limit:08x} {permissions} {offset:08x} 08:01 123   {file}\n"
                ),
            };
            start = [limit, 0x55_0000, 0x7f00_0000][rng.usize(..3)].max(limit);
        }
    }
    text
}

#[test]
fn random_heap_text() {
    let Some(go) = Go::new("random-heap-text") else {
        return;
    };
    let seeds = std::env::var("REPOOL_SEEDS").map_or(400, |seeds| seeds.parse().expect("a number"));
    let mut cases = Vec::new();
    for seed in 0..seeds {
        let rng = &mut Rng::with_seed(seed);
        let profile = go.write(random(rng).as_bytes());
        cases.push(Case {
            other: Some(OtherTable::Traces),
            ..Case::of(&profile)
        });
        let mut case = Case {
            tree: rng.bool(),
            ..Case::of(&profile)
        };
        settings(&mut case.settings, rng);
        cases.push(case);
    }
    check(&go, &cases, 2 * seeds as usize);
}
