use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::FlameError;
use crate::{Profile, path};

/// Stacks, the outermost function of each first, and what each did.
pub(super) struct Stacks {
    values: BTreeMap<Vec<String>, u64>,
}

impl Stacks {
    pub(super) fn of(profile: &Profile, sample_type: usize) -> Self {
        let mut sums: BTreeMap<Vec<String>, i128> = BTreeMap::new();
        for sample in profile.samples() {
            let value = i128::from(sample.values[sample_type]);
            let frames = sample.locations.iter().flat_map(|at| frames(profile, *at));
            let mut stack: Vec<String> = frames.collect();
            if value != 0 && !stack.is_empty() {
                stack.reverse();
                *sums.entry(stack).or_default() += value;
            }
        }
        let above_zero = |(stack, sum): (_, i128)| {
            let value = sum.max(0).unsigned_abs();
            (value > 0).then(|| (stack, u64::try_from(value).unwrap_or(u64::MAX)))
        };
        Self {
            values: sums.into_iter().filter_map(above_zero).collect(),
        }
    }

    /// The sum of all.
    pub(super) fn total(&self) -> u128 {
        self.values.values().map(|value| u128::from(*value)).sum()
    }

    pub(super) fn lines(&self) -> impl DoubleEndedIterator<Item = String> {
        let line = |(stack, value): (&Vec<String>, &u64)| format!("{} {value}", stack.join(";"));
        self.values.iter().map(line)
    }
}

/// What each stack did before, and what it does now.
pub(super) struct Changes {
    values: BTreeMap<Vec<String>, (u64, u64)>,
}

impl Changes {
    pub(super) fn new(before: &Stacks, now: &Stacks) -> Result<Self, FlameError> {
        if before.total() > i64::MAX as u128 {
            return Err(FlameError::Large);
        }
        let before = before.values.iter();
        let mut values: BTreeMap<_, _> = before
            .map(|(stack, value)| (stack.clone(), (*value, 0)))
            .collect();
        for (stack, value) in &now.values {
            match values.entry(stack.clone()) {
                Entry::Vacant(entry) => {
                    entry.insert((0, *value));
                }
                Entry::Occupied(entry) => entry.into_mut().1 = *value,
            }
        }
        Ok(Self { values })
    }

    pub(super) fn lines(&self) -> impl DoubleEndedIterator<Item = String> {
        self.values
            .iter()
            .map(|(stack, (before, now))| format!("{} {before} {now}", stack.join(";")))
    }
}

/// The functions at a location, the innermost first; where nobody knows them, its program.
fn frames(profile: &Profile, location: u32) -> Vec<String> {
    let place = &profile.locations[location as usize];
    let program = || {
        let mapping = place.mapping.map(|at| profile.mappings[at as usize].file);
        match mapping.filter(|file| !file.is_empty()) {
            Some(file) => format!("[{}]", path::base(profile.text(file))),
            None => "<unknown>".into(),
        }
    };
    let lines = profile.lines(location).iter();
    let names = lines.map(|line| profile.text(profile.function(line.function).name));
    let names: Vec<String> = names
        .map(|name| match &*plain(name) {
            "" => plain(&program()),
            name => name.into(),
        })
        .collect();
    if names.is_empty() {
        return vec![plain(&program())];
    }
    names
}

/// What no XML may have in it.
pub(super) fn is_not_drawn(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}')
}

/// A name that readers of such lines take for one.
fn plain(name: &str) -> String {
    let letter = |letter: char| match letter {
        // It ends a name there.
        ';' => ':',
        letter if is_not_drawn(letter) => ' ',
        letter => letter,
    };
    let name: String = name.chars().map(letter).collect();
    let name = name.trim();
    // A number behind a space would be a value, and a `#` at the start a remark.
    match name.rsplit_once(' ') {
        Some((words, number)) if number.chars().all(|c| c.is_ascii_digit() || c == '.') => {
            format!("{words}\u{a0}{number}")
        }
        _ if name.starts_with("# ") => name.replacen(' ', "\u{a0}", 1),
        _ => name.into(),
    }
}
