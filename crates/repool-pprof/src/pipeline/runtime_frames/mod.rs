//! Cuts stacks at their root where a short backtrace of Rust's std ends, and where an executor calls
//! the task.
//!
//! Below the function that a thread runs lie `clone3`, `std::thread`'s start, `catch_unwind` and the
//! like: the same twelve frames in each stack, which would fill the head of every table. std marks
//! the place with a function that is never inlined, `__rust_begin_short_backtrace`, and
//! `RUST_BACKTRACE=1` prints nothing below it. The cut here has three steps:
//!
//! 1. As std does: from the leaf to the root, frames from `__rust_begin_short_backtrace` on are
//!    left out, until `__rust_end_short_backtrace` if there is one.
//! 2. The calls by which std reaches the thread's function (`FnOnce::call_once`, `catch_unwind`) are
//!    left out where they are outermost now.
//! 3. An executor's frames are left out where they are outermost now, with std's between them: as a
//!    thread's stack begins at its function, a task's begins at its future. A call into an executor
//!    from the program's own function (`block_on`) is not outermost, and stays.
//!
//! Steps 2 and 3 only happen if a frame of other code remains. A stack without the mark (a thread of
//! C, a stack that was cut off by a limit, a program of another language) stays as it is, and so
//! does a profile without the mark.
//!
//! Heap profiles as text begin, at the leaf, with std's and the collections' functions that call the
//! allocator. Those of Rust are cut there too, as `repool-prof` does when it writes a profile
//! ([`FOLDED_CRATES`](repool_prof::FOLDED_CRATES)).
//!
//! It is done while reading, not by the profiler: files keep all frames, for other readers and for
//! [`Settings::all_frames`](crate::Settings::all_frames), and profiles of other tools gain too.

mod role;

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::prune;
use crate::Profile;
use crate::profile::Location;
use role::Role;

/// Some of the lines of a location, by their places in [`Profile::lines`]: all, if nothing of it
/// is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Span {
    location: u32,
    start: u32,
    end: u32,
}

/// The profile without the frames that the module's text names; as it is if it has none.
pub(crate) fn without(profile: &Profile) -> Cow<'_, Profile> {
    if !is_marked(profile) && !profile.has_allocator_frames {
        return Cow::Borrowed(profile);
    }
    let mut profile = profile.clone();
    if profile.has_allocator_frames {
        prune::drop_frames(&mut profile);
    }
    cut(&mut profile);
    Cow::Owned(profile)
}

/// Whether any function is the mark.
fn is_marked(profile: &Profile) -> bool {
    let mut is_begin = profile.texts.once(role::is_mark);
    let mut functions = profile.functions.iter();
    functions.any(|function| is_begin(function.name))
}

/// Cuts all stacks of a profile. Samples keep their number, order and values.
pub(crate) fn cut(profile: &mut Profile) {
    if !is_marked(profile) {
        return;
    }
    let mut role_of = profile.texts.once(Role::of);
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
    let are_folded = allocating(profile);
    let all = std::mem::take(&mut profile.locations);
    // Most locations are passed over as a whole.
    let are_marked: Vec<bool> = all
        .iter()
        .map(|location| {
            let mut own = roles[location.lines()].iter();
            own.any(|role| matches!(role, Role::Begin | Role::End))
        })
        .collect();
    let mut known: FxHashMap<Span, u32> = FxHashMap::default();
    let mut kept = Vec::new();
    let mut spans = Vec::new();
    profile.samples.rewrite_stacks(|stack, out| {
        short(stack, &all, &are_marked, &roles, &mut spans);
        if let Some(are_folded) = &are_folded {
            cut_leaf(&mut spans, are_folded);
        }
        for span in &spans {
            // Locations that no stack has any more are gone: options choose by what is shown.
            let place = *known.entry(*span).or_insert_with(|| {
                kept.push(Location {
                    lines_start: span.start,
                    lines_end: span.end,
                    ..all[span.location as usize]
                });
                kept.len() as u32 - 1
            });
            out.push(place);
        }
    });
    profile.locations = kept;
}

/// Of each line whether it is cut where it is innermost; `None` if none is.
fn allocating(profile: &Profile) -> Option<Vec<bool>> {
    if !profile.has_allocator_frames {
        return None;
    }
    let mut is_folded = profile.texts.once(role::allocates);
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

/// Cuts what is innermost and does nothing but allocate, unless nothing would be left.
fn cut_leaf(spans: &mut Vec<Span>, are_folded: &[bool]) {
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

/// What stays of a stack, the innermost first.
fn short(
    stack: &[u32],
    all: &[Location],
    are_marked: &[bool],
    roles: &[Role],
    spans: &mut Vec<Span>,
) {
    let whole = |location: &u32| {
        let own = &all[*location as usize];
        Span {
            location: *location,
            start: own.lines_start,
            end: own.lines_end,
        }
    };
    spans.clear();
    let (mut is_shown, mut has_begin) = (true, false);
    for location in stack {
        if !are_marked[*location as usize] {
            if is_shown {
                spans.push(whole(location));
            }
            continue;
        }
        let Span { start, end, .. } = whole(location);
        let mut from = start;
        for (line, role) in (start..end).zip(&roles[start as usize..end as usize]) {
            let shows = match role {
                Role::Begin => false,
                Role::End => true,
                _ => continue,
            };
            has_begin |= !shows;
            if is_shown && from < line {
                spans.push(Span {
                    start: from,
                    end: line,
                    ..whole(location)
                });
            }
            (is_shown, from) = (shows, line + 1);
        }
        if is_shown && from < end {
            spans.push(Span {
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
        // The thread's function was inlined into the mark, whose name is all that is known.
        spans.extend(stack.first().map(whole));
        return;
    }
    if let Some((span, line)) = outermost_own(spans, roles) {
        spans.truncate(span + 1);
        spans[span].end = line;
    }
}

/// Where the frames end that are no calls of std's or an executor's at the root: the place of the
/// span, and of the line behind the last one that stays. `None` if no other code remains.
fn outermost_own(spans: &[Span], roles: &[Role]) -> Option<(usize, u32)> {
    let last = spans.last()?;
    let mut found = (spans.len() - 1, last.end);
    // Whether all that is further out than the line at hand is cut.
    let mut is_next = true;
    for (at, span) in spans.iter().enumerate().rev() {
        if span.start == span.end {
            return Some(found);
        }
        for line in (span.start..span.end).rev() {
            let cut = match roles[line as usize] {
                Role::Executor => true,
                Role::Call => is_next,
                Role::Std => false,
                Role::Own | Role::Begin | Role::End => return Some(found),
            };
            is_next = cut;
            if cut {
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
