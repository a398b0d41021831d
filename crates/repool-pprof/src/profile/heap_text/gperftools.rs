//! Parses the form of gperftools, tcmalloc and old versions of Go: values and stack on one line.

use std::sync::LazyLock;

use regex::Regex;

use super::super::Profile;
use super::builder::{AllocTotals, ProfileBuilder, Sampling};
use super::lines::TextLines;
use crate::profile::error::ReadErrorKind;

/// Matches the values before the `@`: objects and bytes in use, then those allocated.
const VALUES: &str = r"(-?\d+): *(-?\d+) *\[ *(\d+): *(\d+) *\]";

/// Parses the first line; `None` if the file is not of this form. An unknown kind of profile, which
/// pprof does not read either, is an error.
pub(super) fn header(line: &str) -> Option<Result<Sampling, ReadErrorKind>> {
    static HEADER: LazyLock<Regex> = LazyLock::new(|| {
        let text = format!(r"heap profile: *{VALUES} *@ *([a-z][_a-z0-9]*)/?(\d*)");
        Regex::new(&text).expect("the expression is valid")
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
        // Memory from the system, and wasted memory: these have no allocated totals.
        ("growth" | "growthz" | "fragmentation" | "fragmentationz", _) => {
            return Some(Ok(Sampling {
                rate: 1,
                is_estimated: false,
                has_allocated: false,
            }));
        }
        (kind, _) => {
            return Some(Err(ReadErrorKind::InvalidLine {
                number: 1,
                what: format!("{kind:?} is not a known kind of heap profile"),
            }));
        }
    };
    Some(Ok(Sampling {
        rate,
        is_estimated,
        has_allocated: differs(allocated, in_use) || differs(allocated_bytes, bytes),
    }))
}

/// Parses the lines after the first.
pub(super) fn read(
    sampling: &Sampling,
    mut lines: TextLines<'_>,
) -> Result<Profile, ReadErrorKind> {
    static SAMPLE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!("{VALUES} @([ x0-9a-f]*)")).expect("the expression is valid")
    });
    let mut builder = ProfileBuilder::new(*sampling);
    for line in lines.by_ref() {
        if line.begins_map() {
            break;
        }
        if line.is_blank_or_comment() {
            continue;
        }
        let found = SAMPLE
            .captures(&line.text)
            .ok_or_else(|| line.error("it is not \"OBJECTS: BYTES [OBJECTS: BYTES] @ STACK\""))?;
        let totals = |count, bytes| {
            let totals = AllocTotals::parse(&found[count], &found[bytes]);
            totals.ok_or_else(|| line.error("a number has more than 64 bits"))
        };
        builder.add(&line, &found[5], totals(1, 2)?, totals(3, 4)?)?;
    }
    Ok(builder.finish(lines))
}
