//! Serialises records as JSON with `serde_json`, into a fresh `Vec` or one from a pool.

use std::io::{self, Write};
use std::path::Path;

use repool::Pool;
use serde_json::Value;

use super::{Implementation, WARM, Work, Workload};
use crate::study::input::Input;

const ADVICE: &str = "name a file with a JSON document on each line, or - for standard input";

/// The buffers of the implementation with a pool.
static TEXTS: Pool<Vec<u8>> = Pool::new(Vec::new);

/// The work, on a file's lines or the sample's, each of which must be a JSON document.
pub(crate) fn work(input: Option<&Path>) -> Result<Work<Value>, String> {
    let input = Input::read(input, super::parse::SAMPLE, ADVICE)?;
    let records = input.documents(|line| serde_json::from_slice(line))?;
    Ok(Work {
        workload: Workload::Json,
        operation: "a record is serialised",
        record_noun: "records",
        saved_work: "A fresh text for each record",
        records,
        implementations: &[
            Implementation {
                name: "JsonNoPool",
                about: "a fresh Vec for each record",
                follows: None,
                run: to_fresh_vec,
                reproducible: to_fresh_vec,
            },
            Implementation {
                name: "JsonWithPool",
                about: "a Vec from a pool",
                follows: None,
                run: to_pooled_vec,
                reproducible: to_pooled_vec,
            },
        ],
        profiled_operations: 20_000,
        warm,
    })
}

fn to_fresh_vec(sink: &mut dyn Write, record: &Value) -> io::Result<()> {
    let text = serde_json::to_vec(record)?;
    sink.write_all(&text)
}

fn to_pooled_vec(sink: &mut dyn Write, record: &Value) -> io::Result<()> {
    let mut text = TEXTS.get();
    serde_json::to_writer(&mut *text, record)?;
    sink.write_all(&text)
}

fn warm(records: &[Value]) -> usize {
    let lengths = records.iter().map(|record| record.to_string().len());
    let longest = lengths.max().unwrap_or(0);
    let mut texts: Vec<_> = (0..WARM).map(|_| TEXTS.get()).collect();
    texts.iter_mut().for_each(|text| text.reserve(longest));
    texts[0].capacity()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_survives_a_round_trip() {
        let work = work(None).unwrap();
        assert!(work.records.len() >= 30);
        work.assert_same_output();
        for record in &work.records {
            let text = work.after().output(record);
            assert_eq!(&serde_json::from_slice::<Value>(&text).unwrap(), record);
        }
    }

    #[test]
    fn a_pooled_buffer_does_not_keep_the_previous_record() {
        let work = work(None).unwrap();
        warm(&work.records);
        let short = Value::from(1);
        work.after().output(&work.records[0]);
        assert_eq!(work.after().output(&short), b"1");
    }
}
