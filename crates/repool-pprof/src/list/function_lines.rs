//! The values of source lines, by function and file, for the functions that a list shows.

use std::collections::{BTreeMap, HashMap};

use indexmap::IndexSet;
use regex::Regex;

use super::Sources;
use crate::analysis::Analysis;
use crate::path;
use crate::profile::Profile;
use crate::profile::StringId;

/// A line of a function with its values.
#[derive(Clone, Debug)]
pub(super) struct LineValues {
    pub(super) line: i64,
    /// The number of the function's first line; 0 if it is not known.
    pub(super) start_line: i64,
    /// The value attributed to the line itself, excluding what it calls (pprof's "flat").
    pub(super) flat: i64,
    /// The value attributed to the line and to what it calls (pprof's "cum").
    pub(super) cum: i64,
}

/// The lines of all functions that match: by the function's name, then by file.
pub(super) struct FunctionLines<'a> {
    pub(super) by_name: BTreeMap<&'a str, BTreeMap<String, Vec<LineValues>>>,
}

/// Identifies a line: the function's name, the index of its file, the line, the function's first
/// line, and the mapping's file.
type LineKey = (StringId, usize, i64, i64, StringId);

/// The lines of functions that match, and the lines of each location.
struct LineNodes {
    lines: Vec<LineKey>,
    /// The paths of source files, each once: any number of lines may share one long path.
    files: IndexSet<String>,
    /// For each location: the indices in `lines` of its lines, the innermost first. `None` for
    /// lines of functions that do not match.
    frames: Vec<Vec<Option<usize>>>,
}

impl<'a> FunctionLines<'a> {
    /// Collects the lines of functions whose names match, with their values.
    pub(super) fn of(analysis: &'a Analysis, regex: &Regex, sources: &Sources) -> Self {
        let profile = analysis.profile();
        let LineNodes {
            lines: nodes,
            files: paths,
            frames,
        } = nodes(profile, regex, sources);
        let mut values: Vec<(i64, i64)> = vec![(0, 0); nodes.len()];
        // For each line, the last sample that was added: recursion counts once a sample.
        let mut last_samples = vec![usize::MAX; nodes.len()];
        for (number, sample) in profile.samples().enumerate() {
            let value = analysis.value(sample);
            if value == 0 {
                continue;
            }
            for location in sample.locations {
                for node in frames[*location as usize].iter().flatten() {
                    if last_samples[*node] != number {
                        last_samples[*node] = number;
                        values[*node].1 = values[*node].1.wrapping_add(value);
                    }
                }
            }
            let leaf = sample.locations.first();
            if let Some(Some(node)) = leaf.map(|leaf| frames[*leaf as usize][0]) {
                values[node].0 = values[node].0.wrapping_add(value);
            }
        }
        let mut by_name: BTreeMap<_, BTreeMap<_, Vec<_>>> = BTreeMap::new();
        for ((name, file, line, start_line, _), (flat, cum)) in nodes.into_iter().zip(values) {
            if flat == 0 && cum == 0 {
                continue;
            }
            let files = by_name.entry(profile.string(name)).or_default();
            let file = &paths[file];
            if !file.is_empty() {
                files.entry(file.clone()).or_default().push(LineValues {
                    line,
                    start_line,
                    flat,
                    cum,
                });
            }
        }
        Self { by_name }
    }
}

/// The lines of functions whose names match, without values.
fn nodes(profile: &Profile, regex: &Regex, sources: &Sources) -> LineNodes {
    let mut files = IndexSet::from([String::new()]);
    let mut file = profile
        .strings
        .memoize(|file| match sources.trim(file, "") {
            "" => 0,
            file => files.insert_full(path::clean(file)).0,
        });
    let functions = || profile.functions.iter();
    let files_of: Vec<usize> = functions().map(|function| file(function.file)).collect();
    drop(file);
    let mut is_match = profile.strings.memoize(|name| regex.is_match(name));
    let is_wanted: Vec<bool> = functions()
        .map(|function| is_match(function.name))
        .collect();
    let nameless_is_wanted = regex.is_match("");
    let mut indices: HashMap<LineKey, usize> = HashMap::new();
    let mut nodes = Vec::new();
    let mut index = |key: LineKey| {
        *indices.entry(key).or_insert_with_key(|key| {
            nodes.push(*key);
            nodes.len() - 1
        })
    };
    let mut frames = Vec::with_capacity(profile.locations.len());
    for location in &profile.locations {
        let mapping = location
            .mapping
            .map(|at| profile.mappings[at as usize].file);
        let program = mapping.unwrap_or_default();
        let lines = &profile.lines[location.lines()];
        let mut here = Vec::with_capacity(lines.len().max(1));
        for line in lines {
            let at = line.function as usize;
            let function = &profile.functions[at];
            here.push(is_wanted[at].then(|| {
                let file = files_of[at];
                index((function.name, file, line.line, function.start_line, program))
            }));
        }
        if lines.is_empty() {
            let key = (StringId::default(), 0, 0, 0, program);
            here.push(nameless_is_wanted.then(|| index(key)));
        }
        frames.push(here);
    }
    LineNodes {
        lines: nodes,
        files,
        frames,
    }
}
