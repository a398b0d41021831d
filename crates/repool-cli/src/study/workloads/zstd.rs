//! Compresses records separately, as a store or a queue does that reads single records, with a fresh
//! context or one from a pool.
//!
//! The feature `with-rust-allocator` makes zstd allocate contexts by Rust's allocator, so that they are
//! counted and profiled.

use std::io::{self, Write};
use std::path::Path;

use repool::{Pool, Recycle};
use zstd::bulk::Compressor;

use super::{Implementation, WARM, Work, Workload};
use crate::study::input::Input;

const ADVICE: &str = "name a file of which each line is compressed, or - for standard input";

/// The default compression level of the `zstd` program.
const LEVEL: i32 = 3;

/// The contexts of the implementation with a pool.
static ENCODERS: Pool<Encoder> = Pool::new(Encoder::new);

/// The work, on a file's lines or the sample's.
pub(crate) fn work(input: Option<&Path>) -> Result<Work<Vec<u8>>, String> {
    let input = Input::read(input, super::parse::SAMPLE, ADVICE)?;
    Ok(Work {
        workload: Workload::Zstd,
        operation: "a record is compressed",
        record_noun: "records",
        saved_work: "A fresh context for each record",
        records: input.lines().map(<[u8]>::to_vec).collect(),
        implementations: &[
            Implementation {
                name: "ZstdNoPool",
                about: "a fresh context for each record",
                follows: None,
                run: |sink, record| with_fresh_context(sink, record),
                reproducible: |sink, record| with_fresh_context(sink, record),
            },
            Implementation {
                name: "ZstdWithPool",
                about: "a context from a pool",
                follows: None,
                run: |sink, record| with_pooled_context(sink, record),
                reproducible: |sink, record| with_pooled_context(sink, record),
            },
        ],
        profiled_operations: 4_000,
        warm,
    })
}

/// A compression context and its output buffer.
struct Encoder {
    context: Compressor<'static>,
    output: Vec<u8>,
}

impl Encoder {
    /// # Panics
    ///
    /// If a context cannot be allocated.
    fn new() -> Self {
        Self {
            context: Compressor::new(LEVEL).expect("level 3 is valid"),
            output: Vec::new(),
        }
    }

    fn compress_record(&mut self, record: &[u8]) -> io::Result<&[u8]> {
        self.output
            .reserve(zstd::zstd_safe::compress_bound(record.len()));
        self.context.compress_to_buffer(record, &mut self.output)?;
        Ok(&self.output)
    }
}

impl Recycle for Encoder {
    fn recycle(&mut self) -> bool {
        // The context resets itself at each record.
        self.output.clear();
        true
    }
}

fn with_fresh_context(sink: &mut dyn Write, record: &[u8]) -> io::Result<()> {
    let output = Compressor::new(LEVEL)?.compress(record)?;
    sink.write_all(&output)
}

fn with_pooled_context(sink: &mut dyn Write, record: &[u8]) -> io::Result<()> {
    sink.write_all(ENCODERS.get().compress_record(record)?)
}

fn warm(records: &[Vec<u8>]) -> usize {
    let longest = records.iter().max_by_key(|record| record.len());
    let mut encoders: Vec<_> = (0..WARM).map(|_| ENCODERS.get()).collect();
    for encoder in &mut encoders {
        encoder.output.clear();
        // `assert_same_output` has compressed every record without an error.
        let _ = encoder.compress_record(longest.map_or(&[], Vec::as_slice));
    }
    let Encoder { context, output } = &mut *encoders[0];
    context.context_mut().sizeof() + output.capacity()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_can_be_decompressed() {
        let work = work(None).unwrap();
        work.assert_same_output();
        for record in &work.records {
            let output = work.after().output(record);
            assert!(output.len() < record.len());
            assert_eq!(
                &zstd::bulk::decompress(&output, record.len()).unwrap(),
                record
            );
        }
    }

    #[test]
    fn records_may_be_any_bytes() {
        let mut encoder = Encoder::new();
        for record in [&b""[..], b"\xff\x00", &[b'x'; 100_000], b"short"] {
            encoder.recycle();
            let output = encoder.compress_record(record).unwrap();
            assert_eq!(
                zstd::bulk::decompress(output, record.len()).unwrap(),
                record
            );
        }
    }
}
