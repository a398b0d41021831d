//! Records become JSON, one after the other.

use std::io::{self, Write};
use std::path::Path;

use repool::Pool;
use serde_json::Value;

use super::{WARM, Way, Work, Workload};
use crate::study::input::Input;

const ADVICE: &str = "name a file with a JSON document on each line, or - for standard input";

/// The texts of the way that has a pool.
static TEXTS: Pool<Vec<u8>> = Pool::new(Vec::new);

/// The work on the lines of a file, or on the sample.
pub(crate) fn work(input: Option<&Path>) -> Result<Work<Value>, String> {
    let input = Input::read(input, super::parse::SAMPLE, ADVICE)?;
    let records = input.documents(|line| serde_json::from_slice(line))?;
    Ok(Work {
        workload: Workload::Json,
        operation: "a record is serialised",
        things: "records",
        spared: "A fresh text for each record",
        records,
        ways: &[
            Way {
                name: "JsonNoPool",
                about: "a fresh Vec for each record",
                follows: None,
                run: to_fresh_vec,
                checked: to_fresh_vec,
            },
            Way {
                name: "JsonWithPool",
                about: "a Vec from a pool",
                follows: None,
                run: to_pooled_vec,
                checked: to_pooled_vec,
            },
        ],
        profiled: 20_000,
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
    fn the_sample_becomes_what_it_was_but_for_the_order_of_keys() {
        let work = work(None).unwrap();
        assert!(work.records.len() >= 30);
        work.assert_same_output();
        for record in &work.records {
            let text = work.after().output(record);
            assert_eq!(&serde_json::from_slice::<Value>(&text).unwrap(), record);
        }
    }

    #[test]
    fn nothing_is_left_of_the_record_before() {
        let work = work(None).unwrap();
        warm(&work.records);
        let short = Value::from(1);
        work.after().output(&work.records[0]);
        assert_eq!(work.after().output(&short), b"1");
    }
}
