//! Removes frames of Rust's runtime and of executors from the roots of stacks.
//!
//! Below the function that a thread runs are `clone3`, `std::thread`'s start, `catch_unwind` and
//! others: the same twelve frames in each stack, which would be the first rows of every table. std
//! marks the end of user code with a function that is never inlined,
//! `__rust_begin_short_backtrace`, and `RUST_BACKTRACE=1` prints no frame below it. The removal has
//! three steps:
//!
//! 1. As std does: from the leaf to the root, removes frames from `__rust_begin_short_backtrace` to
//!    `__rust_end_short_backtrace`, or to the root if there is no such frame.
//! 2. Removes the calls by which std reaches the thread's function (`FnOnce::call_once`,
//!    `catch_unwind`) if they are outermost now.
//! 3. Removes frames of an executor, and those of std between them, if they are outermost now: a
//!    task's stack begins at its future, as a thread's begins at its function. A call of an
//!    executor by the program (`block_on`) is not outermost, and is kept.
//!
//! Steps 2 and 3 require that a frame of other code remains. Stacks without the mark are not changed:
//! those of C threads, truncated stacks, and those of other languages.
//!
//! In heap profiles as text, stacks begin at the leaf with functions of std and of collections that
//! call the allocator. In those of Rust programs, these frames are removed too, as `repool-prof`
//! does when it writes a profile ([`FOLDED_CRATES`](repool_profile::FOLDED_CRATES)).
//!
//! The reader removes these frames, and not the profiler, so that files have all frames for other
//! tools and for [`Settings::all_frames`](crate::Settings::all_frames), and so that profiles of
//! other tools are improved too. `role` classifies functions.

mod role;

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::prune;
use crate::profile::Location;
use crate::profile::Profile;
use role::Role;
pub(crate) use role::{function_crate, is_folded_crate};

/// A range of a location's lines, by their indices in `Profile::lines`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct LineSpan {
    location: u32,
    start: u32,
    end: u32,
}

/// The profile without runtime frames, and for heap profiles as text without allocator frames.
/// Borrowed if it has neither.
pub(crate) fn removed(profile: &Profile) -> Cow<'_, Profile> {
    if !is_marked(profile) && !profile.has_allocator_frames {
        return Cow::Borrowed(profile);
    }
    let mut profile = profile.clone();
    if profile.has_allocator_frames {
        prune::drop_frames(&mut profile);
    }
    remove(&mut profile);
    Cow::Owned(profile)
}

/// Whether the profile has the mark, `__rust_begin_short_backtrace`.
fn is_marked(profile: &Profile) -> bool {
    let mut is_begin = profile.strings.memoize(role::is_mark);
    let mut functions = profile.functions.iter();
    functions.any(|function| is_begin(function.name))
}

/// Removes runtime frames from all stacks. The number, order and values of samples do not change.
pub(crate) fn remove(profile: &mut Profile) {
    if !is_marked(profile) {
        return;
    }
    let mut role_of = profile.strings.memoize(Role::of);
    let functions: Vec<Role> = profile
        .functions
        .iter()
        .map(|function| role_of(function.name))
        .collect();
    let roles: Vec<Role> = profile
        .lines
        .iter()
        .map(|line| functions[line.function as usize])
        .collect();
    let are_folded = folded_lines(profile);
    let all = std::mem::take(&mut profile.locations);
    // Most locations have no mark; their lines need not be examined.
    let has_mark: Vec<bool> = all
        .iter()
        .map(|location| {
            let mut own = roles[location.lines()].iter();
            own.any(|role| matches!(role, Role::Begin | Role::End))
        })
        .collect();
    let mut known: FxHashMap<LineSpan, u32> = FxHashMap::default();
    let mut kept = Vec::new();
    let mut spans = Vec::new();
    profile.samples.rewrite_stacks(|stack, out| {
        kept_spans(stack, &all, &has_mark, &roles, &mut spans);
        if let Some(are_folded) = &are_folded {
            remove_folded_leaf(&mut spans, are_folded);
        }
        for span in &spans {
            // Removes locations that are in no stack, so that focus and ignore match only shown
            // frames.
            let index = *known.entry(*span).or_insert_with(|| {
                kept.push(Location {
                    lines_start: span.start,
                    lines_end: span.end,
                    ..all[span.location as usize]
                });
                kept.len() as u32 - 1
            });
            out.push(index);
        }
    });
    profile.locations = kept;
}

/// For each line: whether its frame is removed if it is innermost. `None` if no frame is.
fn folded_lines(profile: &Profile) -> Option<Vec<bool>> {
    if !profile.has_allocator_frames {
        return None;
    }
    let mut is_folded = profile.strings.memoize(role::is_folded);
    let functions: Vec<bool> = profile
        .functions
        .iter()
        .map(|function| is_folded(function.name))
        .collect();
    let lines = profile.lines.iter();
    Some(
        lines
            .map(|line| functions[line.function as usize])
            .collect(),
    )
}

/// Removes innermost frames that only allocate, unless no frame would remain.
fn remove_folded_leaf(spans: &mut Vec<LineSpan>, are_folded: &[bool]) {
    let first = spans.iter().enumerate().find_map(|(at, span)| {
        if span.start == span.end {
            return Some((at, span.start));
        }
        let line = (span.start..span.end).find(|line| !are_folded[*line as usize])?;
        Some((at, line))
    });
    if let Some((at, line)) = first {
        spans.drain(..at);
        spans[0].start = line;
    }
}

/// Collects the lines of a stack that are kept, the innermost first.
fn kept_spans(
    stack: &[u32],
    all: &[Location],
    has_mark: &[bool],
    roles: &[Role],
    spans: &mut Vec<LineSpan>,
) {
    let whole = |location: &u32| {
        let own = &all[*location as usize];
        LineSpan {
            location: *location,
            start: own.lines_start,
            end: own.lines_end,
        }
    };
    spans.clear();
    let (mut is_kept, mut has_begin) = (true, false);
    for location in stack {
        if !has_mark[*location as usize] {
            if is_kept {
                spans.push(whole(location));
            }
            continue;
        }
        let LineSpan { start, end, .. } = whole(location);
        let mut from = start;
        for (line, role) in (start..end).zip(&roles[start as usize..end as usize]) {
            let keeps_next = match role {
                Role::Begin => false,
                Role::End => true,
                _ => continue,
            };
            has_begin |= !keeps_next;
            if is_kept && from < line {
                spans.push(LineSpan {
                    start: from,
                    end: line,
                    ..whole(location)
                });
            }
            (is_kept, from) = (keeps_next, line + 1);
        }
        if is_kept && from < end {
            spans.push(LineSpan {
                start: from,
                ..whole(location)
            });
        }
    }
    if !has_begin {
        spans.clear();
        spans.extend(stack.iter().map(whole));
        return;
    }
    if spans.is_empty() {
        // The thread's function was inlined into the mark, so only the mark's name is known.
        spans.extend(stack.first().map(whole));
        return;
    }
    if let Some((span, line)) = outermost_own(spans, roles) {
        spans.truncate(span + 1);
        spans[span].end = line;
    }
}

/// The outermost frame that is not a call of std or an executor: the index of its span, and of the
/// line behind it. `None` if no frame of other code remains.
fn outermost_own(spans: &[LineSpan], roles: &[Role]) -> Option<(usize, u32)> {
    let last = spans.last()?;
    let mut found = (spans.len() - 1, last.end);
    // Whether the frame outside of the current line is removed.
    let mut is_outer_removed = true;
    for (at, span) in spans.iter().enumerate().rev() {
        if span.start == span.end {
            return Some(found);
        }
        for line in (span.start..span.end).rev() {
            let is_removed = match roles[line as usize] {
                Role::Executor => true,
                Role::Call => is_outer_removed,
                Role::Std => false,
                Role::Own | Role::Begin | Role::End => return Some(found),
            };
            is_outer_removed = is_removed;
            if is_removed {
                found = match (line == span.start, at.checked_sub(1)) {
                    (false, _) => (at, line),
                    (true, Some(next)) => (next, spans[next].end),
                    (true, None) => return None,
                };
            }
        }
    }
    None
}
