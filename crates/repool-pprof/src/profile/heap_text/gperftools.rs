//! The form of gperftools, tcmalloc and old Go: figures and stack on one line.

use std::sync::LazyLock;

use regex::Regex;

use super::super::Profile;
use super::lines::Lines;
use super::stacks::{Blocks, Sampling, Stacks};
use crate::profile::error::Problem;

/// The figures before the `@`: objects and bytes in use, and those allocated.
const FIGURES: &str = r"(-?\d+): *(-?\d+) *\[ *(\d+): *(\d+) *\]";

/// How a profile was taken, by its first line. `None` if it is no heap profile; the error is what
/// it is that pprof does not read either.
pub(super) fn header(line: &str) -> Option<Result<Sampling, Problem>> {
    static HEADER: LazyLock<Regex> = LazyLock::new(|| {
        let text = format!(r"heap profile: *{FIGURES} *@ *([a-z][_a-z0-9]*)/?(\d*)");
        Regex::new(&text).expect("it is one")
    });
    let found = HEADER.captures(line)?;
    let [in_use, bytes, allocated, allocated_bytes] = [1, 2, 3, 4].map(|at| &found[at]);
    let differs = |own: &str, other: &str| own != other && own != "0";
    let rate = match &found[6] {
        "" => Some(0),
        rate => rate.parse::<i64>().ok(),
    };
    let (is_estimated, rate) = match (&found[5], rate) {
        ("heap_v2" | "heapz_v2", Some(rate)) => (true, rate),
        ("heap", Some(rate)) => (true, rate / 2),
        ("heapprofile", Some(_)) => (false, 1),
        // Of the memory that came from the system, and of what is wasted: what was allocated means
        // nothing there.
        ("growth" | "growthz" | "fragmentation" | "fragmentationz", _) => {
            return Some(Ok(Sampling {
                rate: 1,
                is_estimated: false,
                has_allocated: false,
            }));
        }
        (kind, _) => {
            return Some(Err(Problem::Line {
                number: 1,
                what: format!("{kind:?} is no known kind of heap profile"),
            }));
        }
    };
    Some(Ok(Sampling {
        rate,
        is_estimated,
        has_allocated: differs(allocated, in_use) || differs(allocated_bytes, bytes),
    }))
}

/// Reads what follows the first line.
pub(super) fn read(sampling: &Sampling, mut lines: Lines<'_>) -> Result<Profile, Problem> {
    static SAMPLE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(&format!("{FIGURES} @([ x0-9a-f]*)")).expect("it is one"));
    let mut stacks = Stacks::new(*sampling);
    for line in lines.by_ref() {
        if line.begins_map() {
            break;
        }
        if line.says_nothing() {
            continue;
        }
        let found = SAMPLE
            .captures(&line.text)
            .ok_or_else(|| line.wrong("it is no \"OBJECTS: BYTES [OBJECTS: BYTES] @ STACK\""))?;
        let blocks = |count, bytes| {
            let blocks = Blocks::parse(&found[count], &found[bytes]);
            blocks.ok_or_else(|| line.wrong("a number has more than 64 bits"))
        };
        stacks.add(&line, &found[5], blocks(1, 2)?, blocks(3, 4)?)?;
    }
    Ok(stacks.finish(lines))
}
