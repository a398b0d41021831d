//! Records are compressed, each for itself, as a store or a queue does that must read each alone.
//!
//! Compression contexts get their memory from Rust's allocator here, so that they are counted and
//! profiled: the crate has a feature for that.

use std::io::{self, Write};
use std::path::Path;

use repool::{Pool, Recycle};
use zstd::bulk::Compressor;

use super::{WARM, Way, Work, Workload};
use crate::study::input::Input;

const ADVICE: &str = "name a file of which each line is compressed, or - for standard input";

/// The level of zstd's own program.
const LEVEL: i32 = 3;

/// What the way that has a pool uses again.
static PACKERS: Pool<Packer> = Pool::new(Packer::new);

/// The work on the lines of a file, or on the sample.
pub(crate) fn work(input: Option<&Path>) -> Result<Work<Vec<u8>>, String> {
    let input = Input::read(input, super::parse::SAMPLE, ADVICE)?;
    Ok(Work {
        workload: Workload::Zstd,
        operation: "a record is compressed",
        things: "records",
        spared: "A fresh context for each record",
        records: input.lines().map(<[u8]>::to_vec).collect(),
        ways: &[
            Way {
                name: "ZstdNoPool",
                about: "a fresh context for each record",
                follows: None,
                run: |sink, record| with_fresh_context(sink, record),
                checked: |sink, record| with_fresh_context(sink, record),
            },
            Way {
                name: "ZstdWithPool",
                about: "a context from a pool",
                follows: None,
                run: |sink, record| with_pooled_context(sink, record),
                checked: |sink, record| with_pooled_context(sink, record),
            },
        ],
        profiled: 4_000,
        warm,
    })
}

/// A compression context, and room for what it writes.
struct Packer {
    context: Compressor<'static>,
    packed: Vec<u8>,
}

impl Packer {
    /// # Panics
    ///
    /// If there is no memory.
    fn new() -> Self {
        Self {
            context: Compressor::new(LEVEL).expect("the level is one that there is"),
            packed: Vec::new(),
        }
    }

    fn pack(&mut self, record: &[u8]) -> io::Result<&[u8]> {
        self.packed
            .reserve(zstd::zstd_safe::compress_bound(record.len()));
        self.context.compress_to_buffer(record, &mut self.packed)?;
        Ok(&self.packed)
    }
}

impl Recycle for Packer {
    fn recycle(&mut self) -> bool {
        // The context begins anew with each record.
        self.packed.clear();
        true
    }
}

fn with_fresh_context(sink: &mut dyn Write, record: &[u8]) -> io::Result<()> {
    let packed = Compressor::new(LEVEL)?.compress(record)?;
    sink.write_all(&packed)
}

fn with_pooled_context(sink: &mut dyn Write, record: &[u8]) -> io::Result<()> {
    sink.write_all(PACKERS.get().pack(record)?)
}

fn warm(records: &[Vec<u8>]) -> usize {
    let longest = records.iter().max_by_key(|record| record.len());
    let mut packers: Vec<_> = (0..WARM).map(|_| PACKERS.get()).collect();
    for packer in &mut packers {
        packer.packed.clear();
        // A record that cannot be compressed would have stopped the study before.
        let _ = packer.pack(longest.map_or(&[], Vec::as_slice));
    }
    let Packer { context, packed } = &mut *packers[0];
    context.context_mut().sizeof() + packed.capacity()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_can_be_unpacked() {
        let work = work(None).unwrap();
        work.assert_same_output();
        for record in &work.records {
            let packed = work.after().output(record);
            assert!(packed.len() < record.len());
            assert_eq!(
                &zstd::bulk::decompress(&packed, record.len()).unwrap(),
                record
            );
        }
    }

    #[test]
    fn any_bytes_are_a_record() {
        let mut packer = Packer::new();
        for record in [&b""[..], b"\xff\x00", &[b'x'; 100_000], b"short"] {
            packer.recycle();
            let packed = packer.pack(record).unwrap();
            assert_eq!(
                zstd::bulk::decompress(packed, record.len()).unwrap(),
                record
            );
        }
    }
}
