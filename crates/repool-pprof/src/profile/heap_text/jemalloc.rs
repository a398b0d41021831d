//! The form of jemalloc since version 4: a stack on a line, and figures of threads on the next ones.

use std::sync::LazyLock;

use regex::Regex;

use super::super::Profile;
use super::lines::Lines;
use super::stacks::{Blocks, Sampling, Stacks};
use crate::profile::error::Problem;

/// Bytes between samples in the mean, by the first line; `None` if it is not jemalloc's.
pub(super) fn header(line: &str) -> Option<i64> {
    let rate = line.strip_prefix("heap_v2/")?;
    rate.parse().ok()
}

/// The figures of all threads.
fn of_all_threads(line: &str) -> Option<[&str; 4]> {
    static FIGURES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^t\*: *(\d+): *(\d+) *\[ *(\d+): *(\d+) *\]").expect("it is one")
    });
    let found = FIGURES.captures(line)?;
    Some(found.extract().1)
}

/// Reads what follows the first line. Figures of single threads are passed over: their sums are
/// those of all.
pub(super) fn read(rate: i64, mut lines: Lines<'_>) -> Result<Profile, Problem> {
    let mut stacks: Option<Stacks> = None;
    let mut stack = None;
    for line in lines.by_ref() {
        if line.begins_map() {
            break;
        }
        if line.says_nothing() {
            continue;
        }
        if let Some(addresses) = line.text.strip_prefix('@') {
            stack = Some(addresses.to_owned());
            continue;
        }
        if !line.text.starts_with('t') {
            return Err(
                line.wrong("it is neither a stack (\"@ 0x…\") nor a thread's figures (\"t*: …\")")
            );
        }
        if !line.text.starts_with("t*") {
            continue;
        }
        let figures = of_all_threads(&line.text)
            .ok_or_else(|| line.wrong("it is no \"t*: OBJECTS: BYTES [OBJECTS: BYTES]\""))?;
        let [count, bytes, allocated, allocated_bytes] = figures;
        let (Some(in_use), Some(all)) = (
            Blocks::parse(count, bytes),
            Blocks::parse(allocated, allocated_bytes),
        ) else {
            return Err(line.wrong("a number has more than 64 bits"));
        };
        match &mut stacks {
            // The first are those of the whole program. Without `prof_accum` nothing was counted of
            // what was freed.
            None => {
                stacks = Some(Stacks::new(Sampling {
                    rate,
                    is_estimated: true,
                    has_allocated: all != Blocks::default() && all != in_use,
                }));
            }
            Some(stacks) => {
                let Some(addresses) = stack.take() else {
                    return Err(line.wrong("it has figures of no stack"));
                };
                stacks.add(&line, &addresses, in_use, all)?;
            }
        }
    }
    let stacks = stacks.ok_or_else(|| Problem::Line {
        number: 2,
        what: "the figures of all threads (\"t*: …\") are missing".into(),
    })?;
    Ok(stacks.finish(lines))
}
