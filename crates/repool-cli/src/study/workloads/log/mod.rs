//! The logger of the Go study: builds lines in fresh buffers, in buffers from a pool, and in those
//! without the allocation that the study left.

mod clock;
mod loggers;

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use self::loggers::{log_no_alloc, log_no_pool, log_with_pool};
use super::{Way, Work, Workload};
use crate::study::input::Input;

/// Log messages as a service writes them, made up for the study.
pub(crate) const SAMPLE: &[u8] = include_bytes!("sample.txt");

const ADVICE: &str = "name a file whose lines are log messages, or - for standard input";

/// When lines are written that are compared.
const ONCE: Duration = Duration::from_secs(15 * 3600 + 4 * 60 + 5);

/// The work on the lines of a file, which are the messages, or on the sample.
pub(crate) fn work(input: Option<&Path>) -> Result<Work<Vec<u8>>, String> {
    let input = Input::read(input, SAMPLE, ADVICE)?;
    Ok(Work {
        workload: Workload::Log,
        operation: "a line is logged",
        things: "lines",
        spared: "Growing a fresh buffer for each line",
        records: input.lines().map(<[u8]>::to_vec).collect(),
        ways: &[
            Way {
                name: "LogNoPool",
                about: "a fresh buffer for each line",
                follows: None,
                run: |sink, message| log_no_pool(sink, SystemTime::now(), message),
                checked: |sink, message| log_no_pool(sink, UNIX_EPOCH + ONCE, message),
            },
            Way {
                name: "LogWithPool",
                about: "a buffer from a pool",
                follows: Some("log_no_pool"),
                run: |sink, message| log_with_pool(sink, SystemTime::now(), message),
                checked: |sink, message| log_with_pool(sink, UNIX_EPOCH + ONCE, message),
            },
            Way {
                name: "LogNoAlloc",
                about: "a buffer from a pool, and the time written straight into it",
                follows: None,
                run: |sink, message| log_no_alloc(sink, SystemTime::now(), message),
                checked: |sink, message| log_no_alloc(sink, UNIX_EPOCH + ONCE, message),
            },
        ],
        profiled: 50_000,
        warm: loggers::warm,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_there_and_varied() {
        let sample = work(None).unwrap();
        let mut lengths: Vec<usize> = sample.records.iter().map(Vec::len).collect();
        lengths.sort_unstable();
        assert!(lengths.len() >= 30);
        assert!(
            lengths[0] < 20 && lengths[lengths.len() - 1] > 120,
            "{lengths:?}"
        );
        sample.assert_same_output();
    }
}
