//! Compares each row of `go tool pprof -top` with the known figures.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Barrier, Mutex};
use std::thread;

use repool_prof::pprof::Export;
use repool_prof::{Profiler, Snapshot};

use crate::sites::{Known, Site};
use crate::{places, sites};

/// Calls all functions while a profiler runs, one part of them on a thread that was started before.
/// Nothing else allocates meanwhile.
fn run(rate: u64) -> (Snapshot, Vec<Site>) {
    let model = [(); 2].map(|()| "x".repeat(40));
    let mut numbers: Vec<u64> = (0..5000).rev().map(|n| n * 7 % 5003).collect();
    let mut all: Vec<Site> = Vec::with_capacity(100);
    let (gate, in_thread) = (Barrier::new(2), Mutex::new(None));
    thread::scope(|scope| {
        scope.spawn(|| {
            gate.wait();
            *in_thread.lock().expect("no thread panicked") = Some(places::in_thread());
            gate.wait();
            gate.wait();
        });
        let profiler = Profiler::builder().rate(rate).start();
        let profiler = profiler.expect("the profiler starts");
        gate.wait();
        gate.wait();
        all.extend(*in_thread.lock().expect("no thread panicked"));
        all.push(sites::vec_growth());
        all.push(sites::boxes());
        all.push(sites::strings());
        all.push(sites::to_strings());
        all.push(sites::hash_map());
        all.push(sites::btree());
        all.push(sites::collected());
        all.push(sites::zeroed());
        all.push(sites::cloned(&model));
        all.push(sites::deque());
        all.push(sites::written());
        all.push(sites::rc());
        all.push(sites::joined());
        all.push(sites::sorted(&mut numbers));
        all.push(places::in_closure());
        all.extend(places::in_map());
        all.extend(places::in_map_too());
        all.push(places::calls_inlined());
        all.push(places::calls_method());
        all.push(places::some_dropped());
        all.push(places::dropped_elsewhere());
        all.extend(places::over_iterator());
        all.push(places::recursive());
        all.push(places::first_use());
        all.push(places::drops());
        all.push(places::polls());
        all.push(places::through_c());
        let snapshot = profiler.snapshot();
        gate.wait();
        (snapshot, all)
    })
}

/// A sample type, and how to get its true value.
type Figure = (&'static str, fn(&Known) -> u64);

const FIGURES: [Figure; 4] = [
    ("alloc_objects", |known| known.objects),
    ("alloc_space", |known| known.bytes),
    ("inuse_objects", |known| known.left),
    ("inuse_space", |known| known.left_bytes),
];

/// The rows of a table: the flat value in units of one, and the function.
fn rows(go: &OsString, profile: &Path, sample_type: &str) -> Vec<(u64, String)> {
    let output = Command::new(go)
        .args([
            "tool",
            "pprof",
            "-top",
            "-nodecount=100000",
            "-nodefraction=0",
        ])
        .args(["-edgefraction=0", "-unit=B", "-sample_index", sample_type])
        .arg(profile)
        .env("GOTOOLCHAIN", "local")
        .output()
        .expect("REPOOL_GO names a go program");
    let table = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(
        table.contains(&format!("Type: {sample_type}")),
        "{table}{said}"
    );
    println!("{table}");
    let rows = table.lines().skip_while(|line| !line.contains("flat%"));
    rows.skip(1)
        .map(|row| {
            let cells: Vec<&str> = row.split_whitespace().collect();
            let flat = cells[0].trim_end_matches('B').parse();
            (flat.expect("a whole number"), cells[5..].join(" "))
        })
        .collect()
}

fn check(go: &OsString, export: &Export<'_>, all: &[Site]) {
    let profile: PathBuf =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sites-{}.pb.gz", std::process::id()));
    export
        .write_pprof(&profile)
        .expect("the profile is written");
    let mut wrong = Vec::new();
    for (sample_type, figure) in FIGURES {
        let mut seen = vec![0; all.len()];
        for (flat, function) in rows(go, &profile, sample_type) {
            if flat == 0 {
                continue;
            }
            let of = (0..all.len()).filter(|n| function.contains(all[*n].0));
            match of.max_by_key(|n| all[*n].0.len()) {
                Some(n) => seen[n] += flat,
                None => wrong.push(format!("{sample_type}: {flat} in {function}")),
            }
        }
        for ((name, known), flat) in all.iter().zip(seen) {
            if flat != figure(known) {
                let should = figure(known);
                wrong.push(format!("{sample_type}: {name} has {flat}, not {should}"));
            }
        }
    }
    fs::remove_file(&profile).expect("it was written");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn try_out(rate: u64, export: impl FnOnce(Export<'_>) -> Export<'_>) {
    let Some(go) = std::env::var_os("REPOOL_GO") else {
        println!("skipped: REPOOL_GO names no go program");
        return;
    };
    let (snapshot, all) = run(rate);
    check(&go, &export(snapshot.export()), &all);
}

pub fn every_row(rate: u64) {
    try_out(rate, |export| export);
}

/// A location for each inlined function does not change the table.
pub fn every_row_flattened(rate: u64) {
    try_out(rate, |export| export.flatten_inlines());
}
