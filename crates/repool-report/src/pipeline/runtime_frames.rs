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
//! ([`FOLDED_CRATES`]).
//!
//! It is done while reading, not by the profiler: files keep all frames, for other readers and for
//! [`Settings::all_frames`](crate::Settings::all_frames), and profiles of other tools gain too.

use std::borrow::Cow;

use repool_prof::FOLDED_CRATES;
use rustc_hash::FxHashMap;

use super::prune;
use crate::Profile;
use crate::profile::Location;

/// Where std's short backtrace ends, towards the root.
const BEGIN: &str = "__rust_begin_short_backtrace";

/// Where it goes on, towards the root.
const END: &str = "__rust_end_short_backtrace";

/// What a function is to the cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Begin,
    End,
    /// std's way to the function that a thread or an executor runs.
    Call,
    /// Other functions of the standard library.
    Std,
    Executor,
    /// Any other code.
    Own,
}

/// Paths of std's functions that do nothing but call another one, in a thread's start or between an
/// executor and its task.
const CALLS: &[&str] = &[
    "core::ops::function::",
    "core::panic::unwind_safe::",
    "std::panic::catch_unwind",
    "std::panicking::try",
    "std::panicking::do_call",
    "std::panicking::catch_unwind",
    "std::thread::",
    "std::sys::",
    "alloc::boxed::Box<F",
    "alloc::boxed::Box<dyn",
    "alloc::boxed::Box<(dyn",
    "core::pin::Pin",
    "core::future::",
    "__rust_try",
];

/// Paths of executors' functions that run tasks.
const EXECUTORS: &[&str] = &[
    "tokio::runtime::",
    "tokio::task::",
    "tokio::loom::",
    "tokio::macros::scoped_tls::",
    "tokio::util::",
    "async_executor::",
    "async_global_executor::",
    "async_std::rt::",
    "async_std::task::",
    "async_task::",
    "blocking::",
    "crossbeam_utils::thread::",
    "futures_executor::",
    "futures_lite::future::block_on",
    "rayon_core::",
    "smol::",
];

impl Role {
    fn of(name: &str) -> Self {
        if name.contains(BEGIN) {
            return Self::Begin;
        }
        if name.contains(END) {
            return Self::End;
        }
        let path = path(name);
        let is_in = |paths: &[&str]| paths.iter().any(|one| path.starts_with(one));
        let is_std = || is_in(&["std::", "core::", "alloc::"]);
        match () {
            () if is_in(CALLS) => Self::Call,
            () if is_std() => Self::Std,
            () if is_in(EXECUTORS) => Self::Executor,
            () => Self::Own,
        }
    }
}

/// The path that says whose a function is: of `<a::B<C> as d::E>::f` that of the type, unless the
/// type is a parameter or has no name.
fn path(name: &str) -> &str {
    let Some(inner) = name.strip_prefix('<') else {
        return name;
    };
    let inner = inner
        .trim_start_matches('&')
        .trim_start_matches("mut ")
        .trim_start_matches('<');
    let of_type = inner.split([' ', '>', '<']).next().unwrap_or(inner);
    let has_path = of_type.contains("::")
        && of_type.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
        && !of_type.contains('(');
    match inner.split_once(" as ") {
        Some((_, of_trait)) if !has_path => of_trait,
        _ => inner,
    }
}

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
    let mut is_begin = profile.texts.once(|name| name.contains(BEGIN));
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
    drop(role_of);
    let roles: Vec<Role> = profile
        .lines
        .iter()
        .map(|line| functions[line.function as usize])
        .collect();
    let are_folded = allocating(profile);
    let all = std::mem::take(&mut profile.locations);
    let mut known: FxHashMap<Span, u32> = FxHashMap::default();
    let mut kept = Vec::new();
    let mut spans = Vec::new();
    profile.samples.rewrite_stacks(|stack, out| {
        short(stack, &all, &roles, &mut spans);
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
    let mut is_folded = profile.texts.once(|name| {
        let path = path(name);
        FOLDED_CRATES.iter().any(|one| {
            path.strip_prefix(one)
                .is_some_and(|rest| rest.starts_with("::"))
        })
    });
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
fn short(stack: &[u32], all: &[Location], roles: &[Role], spans: &mut Vec<Span>) {
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
        // A location without lines is a function without a name.
        if is_shown && (from < end || start == end) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_whose_a_function_is() {
        for (name, role) in [
            (
                "std::sys::backtrace::__rust_begin_short_backtrace",
                Role::Begin,
            ),
            (
                "std::sys_common::backtrace::__rust_begin_short_backtrace::<fn(), ()>",
                Role::Begin,
            ),
            (
                "_ZN3std3sys9backtrace28__rust_begin_short_backtrace17h0E",
                Role::Begin,
            ),
            ("std::sys::backtrace::__rust_end_short_backtrace", Role::End),
            ("core::ops::function::FnOnce::call_once", Role::Call),
            (
                "core::ops::function::FnOnce::call_once{{vtable.shim}}",
                Role::Call,
            ),
            (
                "<core::panic::unwind_safe::AssertUnwindSafe<F> as core::ops::function::FnOnce<()>>::call_once",
                Role::Call,
            ),
            (
                "<alloc::boxed::Box<F,A> as core::ops::function::FnOnce<Args>>::call_once",
                Role::Call,
            ),
            (
                "<fn(app::A) as core::ops::function::FnOnce<(app::A,)>>::call_once",
                Role::Call,
            ),
            (
                "<F as core::ops::function::FnOnce<()>>::call_once",
                Role::Call,
            ),
            ("std::thread::local::LocalKey<T>::with", Role::Call),
            (
                "<core::pin::Pin<P> as core::future::future::Future>::poll",
                Role::Call,
            ),
            ("__rust_try", Role::Call),
            ("core::option::Option<T>::map", Role::Std),
            (
                "<alloc::vec::Vec<T> as core::clone::Clone>::clone",
                Role::Std,
            ),
            ("<T as alloc::string::ToString>::to_string", Role::Std),
            ("tokio::runtime::task::raw::poll", Role::Executor),
            (
                "<tokio::runtime::blocking::task::BlockingTask<T> as core::future::future::Future>::poll",
                Role::Executor,
            ),
            (
                "<rayon_core::job::StackJob<L,F,R> as rayon_core::job::Job>::execute",
                Role::Executor,
            ),
            ("tokio::net::tcp::stream::TcpStream::connect", Role::Own),
            (
                "<app::Task as core::future::future::Future>::poll",
                Role::Own,
            ),
            (
                "<&app::Task as core::future::future::Future>::poll",
                Role::Own,
            ),
            ("app::main", Role::Own),
            ("main", Role::Own),
            ("libc.so.6+0x1234", Role::Own),
            ("", Role::Own),
        ] {
            assert_eq!(Role::of(name), role, "{name}");
        }
    }
}
