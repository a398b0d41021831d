//! A folder that is no study's, with what was before and what is after.

use std::path::Path;

use repool_bench::compare::{Comparison, Input, Options, Uncompared, read_file};

use super::allocated::Allocated;
use super::contents::{Contents, Profiled};
use super::contest::{Contest, Entry, contests};
use super::facts::Facts;
use super::figure;

const SIDES: [&str; 2] = ["before", "after"];

/// Changes that are told in words, and results that are not compared.
const TOLD: usize = 8;

/// `None` if the folder has none of the files.
pub(super) fn read(folder: &Path) -> Result<Option<Contents>, String> {
    let mut missing = Vec::new();
    let mut commands = Vec::new();
    let comparison = compared(folder, &mut missing)?;
    let mut profiles = Vec::new();
    for side in SIDES {
        let file = format!("{side}.pb.gz");
        let path = folder.join(&file);
        if !path.is_file() {
            missing.push(format!(
                "The top and the flame graph of {side}: there is no {file} in the folder."
            ));
            continue;
        }
        let allocated = Allocated::read(&path)?;
        let flame = allocated.flame(side);
        if let Err(problem) = &flame {
            missing.push(format!("The flame graph of {side}: {problem}."));
        }
        profiles.push(Profiled {
            name: side.into(),
            about: String::new(),
            top: Some(allocated.top()),
            flame: flame.ok(),
            file,
        });
    }
    if comparison.is_none() && profiles.is_empty() {
        return Ok(None);
    }
    if comparison.is_some() {
        commands.push((
            "The benchmarks compared",
            "repool compare before.txt after.txt".into(),
        ));
    }
    if let Some(profiled) = profiles.last() {
        commands.push((
            "What a profile says",
            format!("repool top {}", profiled.file),
        ));
    }
    commands.push(("This page again", "repool report .".into()));
    missing.push("Retained memory and advice: only a study's folder has them.".into());
    let entries = SIDES.map(|name| Entry {
        name: name.into(),
        about: String::new(),
    });
    let side = |label: &str| SIDES.iter().position(|side| *side == label);
    let all = comparison
        .as_ref()
        .map_or_else(Vec::new, |it| contests(it, &entries, side));
    let uncompared = comparison
        .as_ref()
        .map_or_else(Vec::new, Comparison::uncompared);
    Ok(Some(Contents {
        title: "Before and after".into(),
        lead: lead(all.len(), profiles.len()),
        takeaways: takeaways(&all, &uncompared),
        contests: all,
        profiles,
        retained: Vec::new(),
        verdicts: Vec::new(),
        facts: Facts {
            machine: comparison.as_ref().map_or_else(Vec::new, machine),
            commands,
        },
        missing,
    }))
}

/// The benchmarks that there are.
fn compared(folder: &Path, missing: &mut Vec<String>) -> Result<Option<Comparison>, String> {
    let mut inputs = Vec::new();
    for side in SIDES {
        let path = folder.join(format!("{side}.txt"));
        if !path.is_file() {
            missing.push(format!(
                "The benchmarks of {side}: there is no {side}.txt in the folder."
            ));
            continue;
        }
        let path = path.to_string_lossy().into_owned();
        let text = read_file(&path).map_err(|error| error.to_string())?;
        inputs.push(Input {
            label: side.into(),
            file: path,
            text,
        });
    }
    if inputs.is_empty() {
        return Ok(None);
    }
    let comparison = Comparison::read(&inputs, Options::default());
    comparison.map(Some).map_err(|error| error.to_string())
}

fn lead(benchmarks: usize, profiles: usize) -> String {
    let many = |number: usize, what: &str| match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    };
    match (benchmarks, profiles) {
        (0, _) => format!("{}.", many(profiles, "profile")),
        (_, 0) => format!("{}.", many(benchmarks, "benchmark")),
        _ => format!(
            "{} and {}.",
            many(benchmarks, "benchmark"),
            many(profiles, "profile")
        ),
    }
}

/// Every change that is more than chance, how many are not, and what was not compared.
fn takeaways(all: &[Contest], uncompared: &[Uncompared]) -> Vec<String> {
    let mut told = Vec::new();
    let mut level = 0;
    for contest in all {
        for metric in &contest.metrics {
            let [Some(before), Some(after)] = &metric.cells[..] else {
                continue;
            };
            if metric.uncompared.iter().any(Option::is_some) {
                continue;
            }
            if !after
                .change
                .as_ref()
                .is_some_and(|change| change.significant && before.centre != after.centre)
            {
                level += 1;
                continue;
            }
            told.push(format!(
                "{}: {} → {} {} ({}).",
                contest.name.as_deref().unwrap_or_default(),
                figure::number(before.centre),
                figure::number(after.centre),
                metric.unit,
                figure::change(before.centre, after.centre),
            ));
        }
    }
    let more = told.len().saturating_sub(TOLD);
    told.truncate(TOLD);
    if more > 0 {
        told.push(format!("{more} more changes are in the tables."));
    }
    if level > 0 {
        let figures = if level == 1 {
            "One figure".into()
        } else {
            format!("{level} figures")
        };
        told.push(format!(
            "{figures} changed no more than by chance, or not at all."
        ));
    }
    told.extend(uncompared.iter().take(TOLD).map(|one| format!("{one}.")));
    let more = uncompared.len().saturating_sub(TOLD);
    if more > 0 {
        told.push(format!(
            "{more} more results are not compared; the tables say why."
        ));
    }
    told
}

/// What the benchmarks say of their machine.
fn machine(comparison: &Comparison) -> Vec<(&'static str, String)> {
    let names = [
        ("cpu", "Processor"),
        ("goos", "System"),
        ("goarch", "Architecture"),
        ("pkg", "Package"),
    ];
    let mut all = Vec::new();
    for (key, name) in names {
        let configs = comparison.tables.iter().flat_map(|table| &table.config);
        let mut values: Vec<&str> = Vec::new();
        for (_, value) in configs.filter(|(known, value)| known == key && !value.is_empty()) {
            if !values.contains(&value.as_str()) {
                values.push(value);
            }
        }
        if !values.is_empty() {
            all.push((name, values.join(", ")));
        }
    }
    all
}
