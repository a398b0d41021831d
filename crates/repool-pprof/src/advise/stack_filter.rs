//! Selects stacks by the options focus and ignore, as `top` selects samples.

use regex::Regex;

use super::alloc_stacks::{AllocStacks, FunctionKey};
use crate::profile::Profile;

/// Removes the stacks that the options exclude: those without a function whose name or file matches
/// `focus`, and those with one that matches `ignore`.
pub(super) fn apply(
    profile: &Profile,
    stacks: &mut AllocStacks,
    focus: Option<&Regex>,
    ignore: Option<&Regex>,
) {
    if focus.is_none() && ignore.is_none() {
        return;
    }
    let matches = |regex: Option<&Regex>| {
        let regex = regex?;
        let mut is_match = profile.strings.memoize(|text| regex.is_match(text));
        let functions = stacks.functions.iter();
        let all: Vec<bool> = functions
            .map(|function: &FunctionKey| is_match(function.name) || is_match(function.file))
            .collect();
        Some(all)
    };
    let (focused, ignored) = (matches(focus), matches(ignore));
    stacks.stacks.retain(|stack| {
        let has = |functions: &[bool]| {
            let mut frames = stack.frames.iter();
            frames.any(|frame| functions[frame.function as usize])
        };
        focused.as_deref().is_none_or(has) && !ignored.as_deref().is_some_and(has)
    });
}
