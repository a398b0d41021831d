//! Reads a study's folder: `study.json`, and the profiles and flame graphs that it names.

use std::fs;
use std::path::{Path, PathBuf};

use super::allocation_profile::AllocationProfile;
use super::benchmark_group::{BenchmarkGroup, Entry};
use super::contents::{Contents, ProfileView};
use super::facts::{Facts, quoted};
use crate::outcome::{MachineFacts, Outcome, Variant};

/// The contents of a study's page.
pub(super) fn read(folder: &Path) -> Result<Contents, String> {
    let outcome = Outcome::read(folder)?;
    let mut missing = Vec::new();
    let mut profiles = Vec::new();
    for variant in &outcome.variants {
        profiles.push(profiled(folder, variant, &mut missing)?);
    }
    for (is_empty, what) in [
        (
            outcome.benchmarks.is_empty(),
            "Benchmarks: the study has none.",
        ),
        (
            outcome.retained.is_empty(),
            "Retained memory over time: the study has none.",
        ),
        (
            outcome.verdicts.is_empty(),
            "Advice: the study has none whose savings were measured.",
        ),
    ] {
        if is_empty {
            missing.push(what.into());
        }
    }
    let entries = outcome.variants.iter().map(|variant| Entry {
        name: variant.name.clone(),
        about: variant.about.clone(),
    });
    let group = BenchmarkGroup::of_records(entries.collect(), &outcome.benchmarks);
    Ok(Contents {
        title: format!("{}: what reuse saves", outcome.workload),
        lead: lead(&outcome, group.as_ref().map_or(0, BenchmarkGroup::rounds)),
        takeaways: outcome.takeaways,
        groups: group.into_iter().collect(),
        profiles,
        retained: outcome.retained,
        verdicts: outcome.verdicts,
        facts: Facts {
            machine: machine(&outcome.machine),
            commands: commands(&outcome.workload, &outcome.variants),
        },
        missing,
    })
}

/// The page's subject: the operation, the variants and the number of rounds.
fn lead(outcome: &Outcome, rounds: usize) -> String {
    let names: Vec<&str> = outcome
        .variants
        .iter()
        .map(|variant| &*variant.name)
        .collect();
    let rounds = match rounds {
        0 => String::new(),
        1 => ", measured once".into(),
        more => format!(", each measured {more} times"),
    };
    format!(
        "An operation: {}. Compared: {}{rounds}.",
        outcome.operation,
        names.join(", ")
    )
}

/// The profile and the flame graph of one variant. A file that does not exist is added to `missing`. A file
/// that exists and cannot be read is an error, because a page without it would look complete.
fn profiled(
    folder: &Path,
    variant: &Variant,
    missing: &mut Vec<String>,
) -> Result<ProfileView, String> {
    let name = &variant.name;
    let mut top = None;
    if let Some(path) = named(folder, &variant.profile) {
        top = Some(AllocationProfile::read(&path)?.top());
    } else {
        missing.push(format!("The top of {name}: {}.", absent(&variant.profile)));
    }
    let mut flame = None;
    if let Some(path) = named(folder, &variant.flame) {
        let text = fs::read_to_string(&path);
        flame = Some(text.map_err(|error| {
            format!("cannot read {}: {error}; repeat the study", path.display())
        })?);
    } else if variant.flame.is_empty() && top.as_ref().is_some_and(|top| top.rows.is_empty()) {
        // Nothing was allocated, as the top table shows.
    } else {
        missing.push(format!(
            "The flame graph of {name}: {}.",
            absent(&variant.flame)
        ));
    }
    Ok(ProfileView {
        name: name.clone(),
        about: variant.about.clone(),
        file: quoted(&variant.profile),
        top,
        flame,
    })
}

/// The path of a file in the folder, if it exists. A name with a path is refused, because `study.json` may
/// be untrusted and a page must not read outside its folder.
fn named(folder: &Path, name: &str) -> Option<PathBuf> {
    let is_plain = Path::new(name).file_name() == Some(name.as_ref());
    let path = folder.join(name);
    (is_plain && path.is_file()).then_some(path)
}

/// Why a file is missing.
fn absent(name: &str) -> String {
    match name {
        "" => "the study has none".into(),
        name => format!("there is no {name} in the folder"),
    }
}

/// The machine's properties that are known.
fn machine(machine: &MachineFacts) -> Vec<(&'static str, String)> {
    let system = format!("{}/{}", machine.goos, machine.goarch);
    let threads = machine.parallelism.to_string();
    let all = [
        ("Processor", machine.cpu.clone()),
        (
            "Threads at once",
            if machine.parallelism == 0 {
                String::new()
            } else {
                threads
            },
        ),
        ("System", if system == "/" { String::new() } else { system }),
        ("Pool", machine.engine.clone()),
    ];
    all.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// The commands that repeat the study and read its files.
fn commands(workload: &str, variants: &[Variant]) -> Vec<(&'static str, String)> {
    let again = format!("repool study --workload {}", quoted(workload));
    let mut all = vec![("The study again", again)];
    if let Some(variant) = variants.iter().find(|variant| !variant.profile.is_empty()) {
        let profile = quoted(&variant.profile);
        all.push(("Advice on a profile", format!("repool advise {profile}")));
        all.push((
            "The same profile in Go's tool",
            format!("go tool pprof -top {profile}"),
        ));
    }
    all.push(("This page again", "repool report .".into()));
    all
}
