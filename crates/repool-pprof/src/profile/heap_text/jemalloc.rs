//! Parses the form of jemalloc since version 4: a stack on one line, and the values of threads on the
//! next ones.

use std::sync::LazyLock;

use regex::Regex;

use super::super::Profile;
use super::builder::{AllocTotals, ProfileBuilder, Sampling};
use super::lines::TextLines;
use crate::profile::error::ReadErrorKind;

/// Parses the first line: the mean number of bytes between samples. `None` if the file is not of this
/// form.
pub(super) fn header(line: &str) -> Option<i64> {
    let rate = line.strip_prefix("heap_v2/")?;
    rate.parse().ok()
}

/// The four numbers of a line with the values of all threads.
fn all_threads(line: &str) -> Option<[&str; 4]> {
    static VALUES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^t\*: *(\d+): *(\d+) *\[ *(\d+): *(\d+) *\]").expect("the expression is valid")
    });
    let found = VALUES.captures(line)?;
    Some(found.extract().1)
}

/// Parses the lines after the first. Values of single threads are skipped: `t*` has their sums.
pub(super) fn read(rate: i64, mut lines: TextLines<'_>) -> Result<Profile, ReadErrorKind> {
    let mut builder: Option<ProfileBuilder> = None;
    let mut stack = None;
    for line in lines.by_ref() {
        if line.begins_map() {
            break;
        }
        if line.is_blank_or_comment() {
            continue;
        }
        if let Some(addresses) = line.text.strip_prefix('@') {
            stack = Some(addresses.to_owned());
            continue;
        }
        if !line.text.starts_with('t') {
            return Err(
                line.error("it is neither a stack (\"@ 0x…\") nor a thread's values (\"t*: …\")")
            );
        }
        if !line.text.starts_with("t*") {
            continue;
        }
        let values = all_threads(&line.text)
            .ok_or_else(|| line.error("it is not \"t*: OBJECTS: BYTES [OBJECTS: BYTES]\""))?;
        let [count, bytes, allocated, allocated_bytes] = values;
        let (Some(in_use), Some(all)) = (
            AllocTotals::parse(count, bytes),
            AllocTotals::parse(allocated, allocated_bytes),
        ) else {
            return Err(line.error("a number has more than 64 bits"));
        };
        match &mut builder {
            // The first values are the whole program's. Without jemalloc's option `prof_accum`, they
            // do not include freed blocks.
            None => {
                builder = Some(ProfileBuilder::new(Sampling {
                    rate,
                    is_estimated: true,
                    has_allocated: all != AllocTotals::default() && all != in_use,
                }));
            }
            Some(builder) => {
                let Some(addresses) = stack.take() else {
                    return Err(line.error("its values have no stack before them"));
                };
                builder.add(&line, &addresses, in_use, all)?;
            }
        }
    }
    let builder = builder.ok_or_else(|| ReadErrorKind::InvalidLine {
        number: 2,
        what: "the values of all threads (\"t*: …\") are missing".into(),
    })?;
    Ok(builder.finish(lines))
}
