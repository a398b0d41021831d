//! Selects samples by the options focus and ignore.

use regex::Regex;

use super::Warning;
use crate::profile::Profile;
use crate::settings::Settings;

/// Removes the samples that the options exclude. Returns a warning for each option that matches
/// nothing.
pub(super) fn apply(profile: &mut Profile, settings: &Settings) -> Vec<Warning> {
    let given = |regex: &'_ Option<Regex>| regex.clone().filter(|regex| !regex.as_str().is_empty());
    let (focus, ignore) = (given(&settings.focus), given(&settings.ignore));
    if focus.is_none() && ignore.is_none() {
        return Vec::new();
    }
    let ignored = ignore.as_ref().map(|ignore| matches(profile, ignore));
    let focused = focus.as_ref().map(|focus| matches(profile, focus));
    let is_ignored = |at: usize| ignored.as_ref().is_some_and(|ignored| ignored[at]);
    // A location that ignore matches is not in focus.
    let is_focused =
        |at: usize| !is_ignored(at) && focused.as_ref().is_none_or(|focused| focused[at]);
    let all = 0..profile.locations.len();
    let mut warnings = Vec::new();
    if focus.is_some() && !all.clone().any(is_focused) {
        warnings.push(Warning::FocusMatchesNothing);
    }
    if ignore.is_some() && !all.clone().any(is_ignored) {
        warnings.push(Warning::IgnoreMatchesNothing);
    }
    profile.samples.retain(|sample| {
        let indices = || sample.locations.iter().map(|location| *location as usize);
        (indices().any(is_focused) && !indices().any(is_ignored)).then_some(0)
    });
    warnings
}

/// For every location: whether the name or the file of one of its functions, or the file of its
/// mapping, matches.
fn matches(profile: &Profile, regex: &Regex) -> Vec<bool> {
    let mut is_match = profile.strings.memoize(|text| regex.is_match(text));
    let functions: Vec<bool> = profile
        .functions
        .iter()
        .map(|function| is_match(function.name) || is_match(function.file))
        .collect();
    let mappings: Vec<bool> = profile
        .mappings
        .iter()
        .map(|mapping| is_match(mapping.file))
        .collect();
    let of_location = |location: &crate::profile::Location| {
        let mut lines = profile.lines[location.lines()].iter();
        lines.any(|line| functions[line.function as usize])
            || location.mapping.is_some_and(|at| mappings[at as usize])
    };
    profile.locations.iter().map(of_location).collect()
}
