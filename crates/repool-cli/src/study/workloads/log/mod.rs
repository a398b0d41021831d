//! The logger of the Go study: formats lines in fresh buffers, in buffers from a pool, and in pooled
//! buffers without the allocation that the Go study left.

mod clock;
mod loggers;

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use self::loggers::{log_no_alloc, log_no_pool, log_with_pool};
use super::{Implementation, Work, Workload};
use crate::study::input::Input;

/// The sample: log messages of an invented service, one per line.
pub(crate) const SAMPLE: &[u8] = include_bytes!("sample.txt");

const ADVICE: &str = "name a file whose lines are log messages, or - for standard input";

/// The time since 1970 of the lines whose text is compared.
const FIXED_TIME: Duration = Duration::from_secs(15 * 3600 + 4 * 60 + 5);

/// The work, on a file's lines or the sample's, which are the messages.
pub(crate) fn work(input: Option<&Path>) -> Result<Work<Vec<u8>>, String> {
    let input = Input::read(input, SAMPLE, ADVICE)?;
    Ok(Work {
        workload: Workload::Log,
        operation: "a line is logged",
        record_noun: "lines",
        saved_work: "Growing a fresh buffer for each line",
        records: input.lines().map(<[u8]>::to_vec).collect(),
        implementations: &[
            Implementation {
                name: "LogNoPool",
                about: "a fresh buffer for each line",
                follows: None,
                run: |sink, message| log_no_pool(sink, SystemTime::now(), message),
                reproducible: |sink, message| log_no_pool(sink, UNIX_EPOCH + FIXED_TIME, message),
            },
            Implementation {
                name: "LogWithPool",
                about: "a buffer from a pool",
                follows: Some("log_no_pool"),
                run: |sink, message| log_with_pool(sink, SystemTime::now(), message),
                reproducible: |sink, message| log_with_pool(sink, UNIX_EPOCH + FIXED_TIME, message),
            },
            Implementation {
                name: "LogNoAlloc",
                about: "a buffer from a pool, and the time written straight into it",
                follows: None,
                run: |sink, message| log_no_alloc(sink, SystemTime::now(), message),
                reproducible: |sink, message| log_no_alloc(sink, UNIX_EPOCH + FIXED_TIME, message),
            },
        ],
        profiled_operations: 50_000,
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
