use std::collections::{BTreeMap, HashMap};

use indexmap::IndexSet;
use regex::Regex;

use super::Sources;
use crate::profile::Text;
use crate::{Profile, Report, path};

/// What a line of a function did.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    pub(super) line: i64,
    /// Where its function begins, or 0.
    pub(super) start_line: i64,
    pub(super) flat: i64,
    pub(super) cum: i64,
}

/// The functions that were asked for: by name, then by file, their lines.
pub(super) struct Functions<'a> {
    pub(super) by_name: BTreeMap<&'a str, BTreeMap<String, Vec<Counted>>>,
}

/// What tells lines apart: function, the place of its file, line, where the function begins, and the
/// program.
type Key = (Text, usize, i64, i64, Text);

/// Lines, and where they are.
struct Nodes {
    lines: Vec<Key>,
    /// Paths, each once: many lines may share one that is long.
    files: IndexSet<String>,
    /// The places in `lines` of those at each location, the innermost first.
    frames: Vec<Vec<Option<usize>>>,
}

impl<'a> Functions<'a> {
    pub(super) fn of(report: &'a Report, regex: &Regex, sources: &Sources) -> Self {
        let profile = report.profile();
        let Nodes {
            lines: nodes,
            files: paths,
            frames,
        } = nodes(profile, regex, sources);
        let mut counted: Vec<(i64, i64)> = vec![(0, 0); nodes.len()];
        // The sample that each was last seen in: recursion counts once.
        let mut seen = vec![usize::MAX; nodes.len()];
        for (number, sample) in profile.samples().enumerate() {
            let value = report.value(sample);
            if value == 0 {
                continue;
            }
            for location in sample.locations {
                for node in frames[*location as usize].iter().flatten() {
                    if seen[*node] != number {
                        seen[*node] = number;
                        counted[*node].1 = counted[*node].1.wrapping_add(value);
                    }
                }
            }
            let leaf = sample.locations.first();
            if let Some(Some(node)) = leaf.map(|leaf| frames[*leaf as usize][0]) {
                counted[node].0 = counted[node].0.wrapping_add(value);
            }
        }
        let mut by_name: BTreeMap<_, BTreeMap<_, Vec<_>>> = BTreeMap::new();
        for ((name, file, line, start_line, _), (flat, cum)) in nodes.into_iter().zip(counted) {
            if flat == 0 && cum == 0 {
                continue;
            }
            let files = by_name.entry(profile.text(name)).or_default();
            let file = &paths[file];
            if !file.is_empty() {
                files.entry(file.clone()).or_default().push(Counted {
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

/// The lines of functions that match, and which of them are at each location, the innermost first.
fn nodes(profile: &Profile, regex: &Regex, sources: &Sources) -> Nodes {
    let mut files = IndexSet::from([String::new()]);
    let mut file = profile.texts.once(|file| match sources.trim(file, "") {
        "" => 0,
        file => files.insert_full(path::clean(file)).0,
    });
    let functions = || profile.functions.iter();
    let files_of: Vec<usize> = functions().map(|function| file(function.file)).collect();
    drop(file);
    let mut is_match = profile.texts.once(|name| regex.is_match(name));
    let is_wanted: Vec<bool> = functions()
        .map(|function| is_match(function.name))
        .collect();
    let nameless_is_wanted = regex.is_match("");
    let mut places: HashMap<Key, usize> = HashMap::new();
    let mut nodes = Vec::new();
    let mut place = |key: Key| {
        *places.entry(key).or_insert_with_key(|key| {
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
                place((function.name, file, line.line, function.start_line, program))
            }));
        }
        if lines.is_empty() {
            let key = (Text::default(), 0, 0, 0, program);
            here.push(nameless_is_wanted.then(|| place(key)));
        }
        frames.push(here);
    }
    Nodes {
        lines: nodes,
        files,
        frames,
    }
}
