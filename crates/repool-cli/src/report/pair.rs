//! Reads a folder without `study.json`: benchmarks and profiles from before and after a change.

use std::path::Path;

use repool_bench::compare::{Comparison, Input, Options, Uncompared, read_file};

use super::allocation_profile::AllocationProfile;
use super::benchmark_group::{BenchmarkGroup, Entry, groups};
use super::contents::{Contents, ProfileView};
use super::facts::Facts;
use super::figure;

const SIDES: [&str; 2] = ["before", "after"];

/// The most changes, and the most results without comparison, that the takeaways list.
const MOST_LISTED: usize = 8;

/// The contents; `None` if the folder has none of the files.
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
        let allocated = AllocationProfile::read(&path)?;
        let flame = allocated.flame(side);
        if let Err(problem) = &flame {
            missing.push(format!("The flame graph of {side}: {problem}."));
        }
        profiles.push(ProfileView {
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
        .map_or_else(Vec::new, |it| groups(it, &entries, side));
    let uncompared = comparison
        .as_ref()
        .map_or_else(Vec::new, Comparison::uncompared);
    Ok(Some(Contents {
        title: "Before and after".into(),
        lead: lead(all.len(), profiles.len()),
        takeaways: takeaways(&all, &uncompared),
        groups: all,
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

/// The comparison of `before.txt` and `after.txt`, or of the one that exists; `None` if neither does.
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
        let mut input = Input::new(side, text);
        input.file = path;
        inputs.push(input);
    }
    if inputs.is_empty() {
        return Ok(None);
    }
    let comparison = Comparison::read(&inputs, Options::default());
    comparison.map(Some).map_err(|error| error.to_string())
}

/// The page's subject: "2 benchmarks and 1 profile."
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

/// Sentences on every significant change, the number of other figures, and results that are not compared.
fn takeaways(all: &[BenchmarkGroup], uncompared: &[Uncompared]) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut unchanged = 0;
    for group in all {
        for metric in &group.metrics {
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
                unchanged += 1;
                continue;
            }
            sentences.push(format!(
                "{}: {} → {} {} ({}).",
                group.name.as_deref().unwrap_or_default(),
                figure::number(before.centre),
                figure::number(after.centre),
                metric.unit,
                figure::change(before.centre, after.centre),
            ));
        }
    }
    let more = sentences.len().saturating_sub(MOST_LISTED);
    sentences.truncate(MOST_LISTED);
    if more > 0 {
        sentences.push(format!("{more} more changes are in the tables."));
    }
    if unchanged > 0 {
        let figures = if unchanged == 1 {
            "One figure".into()
        } else {
            format!("{unchanged} figures")
        };
        sentences.push(format!("{figures} did not change significantly."));
    }
    sentences.extend(
        uncompared
            .iter()
            .take(MOST_LISTED)
            .map(|one| format!("{one}.")),
    );
    let more = uncompared.len().saturating_sub(MOST_LISTED);
    if more > 0 {
        sentences.push(format!(
            "{more} more results are not compared; the tables say why."
        ));
    }
    sentences
}

/// The machine's properties from the lines above the benchmarks' results.
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
