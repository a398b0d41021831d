//! Folded stacks, and differences of them, as lines of text for flame graph tools.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::FlameError;
use crate::path;
use crate::profile::Profile;

/// The values of stacks as names of functions, the outermost first. Equal stacks are one.
pub(super) struct FoldedStacks {
    values: BTreeMap<Vec<String>, u64>,
}

impl FoldedStacks {
    /// Folds the stacks of a profile, with the values of one sample type. Omits stacks whose sum is
    /// not above 0.
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

    /// The sum of all values.
    pub(super) fn total(&self) -> u128 {
        self.values.values().map(|value| u128::from(*value)).sum()
    }

    /// A line for each stack: names, separated by `;`, and the value.
    pub(super) fn lines(&self) -> impl DoubleEndedIterator<Item = String> {
        let line = |(stack, value): (&Vec<String>, &u64)| format!("{} {value}", stack.join(";"));
        self.values.iter().map(line)
    }
}

/// The values of stacks in an old and in a new profile.
pub(super) struct FoldedDiff {
    values: BTreeMap<Vec<String>, (u64, u64)>,
}

impl FoldedDiff {
    /// Combines the stacks of two profiles.
    pub(super) fn new(before: &FoldedStacks, now: &FoldedStacks) -> Result<Self, FlameError> {
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

    /// A line for each stack: names, separated by `;`, the old value and the new value.
    pub(super) fn lines(&self) -> impl DoubleEndedIterator<Item = String> {
        self.values
            .iter()
            .map(|(stack, (before, now))| format!("{} {before} {now}", stack.join(";")))
    }
}

/// The names of a location's functions, the innermost first. Without a name, it is the file name of
/// the mapping in brackets.
fn frames(profile: &Profile, location: u32) -> Vec<String> {
    let mapping = profile.locations[location as usize].mapping;
    let mapped_file = || {
        let file = mapping.map(|at| profile.mappings[at as usize].file);
        match file.filter(|file| !file.is_empty()) {
            Some(file) => format!("[{}]", path::base(profile.string(file))),
            None => "<unknown>".into(),
        }
    };
    let lines = profile.lines(location).iter();
    let names = lines.map(|line| profile.string(profile.function(line.function).name));
    let names: Vec<String> = names
        .map(|name| match &*escaped(name) {
            "" => escaped(&mapped_file()),
            name => name.into(),
        })
        .collect();
    if names.is_empty() {
        return vec![escaped(&mapped_file())];
    }
    names
}

/// Whether XML does not allow the character.
pub(super) fn is_not_drawn(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}')
}

/// A name without characters that have a meaning in folded stacks.
fn escaped(name: &str) -> String {
    let letter = |letter: char| match letter {
        // Separates names.
        ';' => ':',
        letter if is_not_drawn(letter) => ' ',
        letter => letter,
    };
    let name: String = name.chars().map(letter).collect();
    let name = name.trim();
    // Tools take a number behind a space for the value, and a line that begins with `#` for a
    // comment. A no-break space prevents both.
    match name.rsplit_once(' ') {
        Some((words, number)) if number.chars().all(|c| c.is_ascii_digit() || c == '.') => {
            format!("{words}\u{a0}{number}")
        }
        _ if name.starts_with("# ") => name.replacen(' ', "\u{a0}", 1),
        _ => name.into(),
    }
}
