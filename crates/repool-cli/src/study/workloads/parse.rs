//! Parses JSON documents with `simd-json`, with fresh tables or those of a parser from a pool: the
//! structural indices, the buffer for unescaped strings, and the tape of nodes.

use std::io::{self, Write};
use std::path::Path;

use repool::{Pool, Recycle};
use simd_json::{Buffers, Node, StaticNode, Tape};

use super::{Implementation, WARM, Work, Workload};
use crate::study::input::Input;

/// The sample: one order of a web shop per line, as JSON. The data are invented.
pub(super) const SAMPLE: &[u8] = include_bytes!("orders.ndjson");

const ADVICE: &str = "name a file with a JSON document on each line, or - for standard input";

/// The parsers of the implementation with a pool.
static PARSERS: Pool<Parser> = Pool::new(Parser::new);

/// The work, on a file's lines or the sample's, each of which must be a JSON document.
pub(crate) fn work(input: Option<&Path>) -> Result<Work<Vec<u8>>, String> {
    let input = Input::read(input, SAMPLE, ADVICE)?;
    let records = input.documents(|line| {
        simd_json::to_tape(&mut line.to_vec())?;
        Ok::<_, simd_json::Error>(line.to_vec())
    })?;
    Ok(Work {
        workload: Workload::Parse,
        operation: "a document is parsed",
        record_noun: "documents",
        saved_work: "Making fresh tables for each document",
        records,
        implementations: &[
            Implementation {
                name: "ParseNoPool",
                about: "fresh tables for each document",
                follows: None,
                run: |sink, document| with_fresh_tables(document, |tape| total(sink, tape)),
                reproducible: |sink, document| {
                    with_fresh_tables(document, |tape| print(sink, tape))
                },
            },
            Implementation {
                name: "ParseWithPool",
                about: "tables from a pool",
                follows: None,
                run: |sink, document| with_pooled_tables(document, |tape| total(sink, tape)),
                reproducible: |sink, document| {
                    with_pooled_tables(document, |tape| print(sink, tape))
                },
            },
        ],
        profiled_operations: 20_000,
        warm,
    })
}

/// A parser's tables, and a copy of the document, which the parser modifies.
struct Parser {
    document: Vec<u8>,
    buffers: Buffers,
    /// Empty between two documents, because nodes borrow from the document.
    tape: Tape<'static>,
}

impl Parser {
    fn new() -> Self {
        Self {
            document: Vec::new(),
            buffers: Buffers::new(0),
            tape: Tape(Vec::new()),
        }
    }

    fn parse<R>(
        &mut self,
        document: &[u8],
        then: impl FnOnce(&Tape<'_>) -> io::Result<R>,
    ) -> io::Result<R> {
        let Self {
            document: copy,
            buffers,
            tape: stored_tape,
        } = self;
        copy.extend_from_slice(document);
        let mut tape = std::mem::replace(stored_tape, Tape(Vec::new())).reset();
        simd_json::fill_tape(copy, buffers, &mut tape).map_err(io::Error::other)?;
        let result = then(&tape);
        *stored_tape = tape.reset();
        result
    }
}

impl Recycle for Parser {
    fn recycle(&mut self) -> bool {
        // `fill_tape` clears the tables.
        self.document.clear();
        true
    }
}

fn with_fresh_tables(
    document: &[u8],
    then: impl FnOnce(&Tape<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut copy = document.to_vec();
    let tape = simd_json::to_tape(&mut copy).map_err(io::Error::other)?;
    then(&tape)
}

fn with_pooled_tables(
    document: &[u8],
    then: impl FnOnce(&Tape<'_>) -> io::Result<()>,
) -> io::Result<()> {
    PARSERS.get().parse(document, then)
}

/// Visits every node of the document, and writes the sum of its numbers and the length of its strings.
fn total(sink: &mut dyn Write, tape: &Tape<'_>) -> io::Result<()> {
    let (mut sum, mut bytes) = (0.0, 0);
    for node in &tape.0 {
        match node {
            Node::String(text) => bytes += text.len(),
            Node::Static(StaticNode::F64(number)) => sum += number,
            Node::Static(StaticNode::I64(number)) => sum += *number as f64,
            Node::Static(StaticNode::U64(number)) => sum += *number as f64,
            _ => {}
        }
    }
    sink.write_all(&sum.to_ne_bytes())?;
    sink.write_all(&bytes.to_ne_bytes())
}

/// Writes all nodes.
fn print(sink: &mut dyn Write, tape: &Tape<'_>) -> io::Result<()> {
    write!(sink, "{:?}", tape.0)
}

/// Parses all records with each parser. The size of a parser is that of its document and its tape; the
/// sizes of `Buffers` are private to `simd-json`.
fn warm(records: &[Vec<u8>]) -> usize {
    let longest = records.iter().max_by_key(|record| record.len());
    let mut parsers: Vec<_> = (0..WARM).map(|_| PARSERS.get()).collect();
    for parser in &mut parsers {
        for record in records.iter().chain(longest) {
            parser.document.clear();
            // `work` has parsed every record without an error.
            let _ = parser.parse(record, |_| Ok(()));
        }
    }
    parsers[0].document.capacity() + parsers[0].tape.0.capacity() * size_of::<Node<'_>>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_implementations_parse_the_sample_alike() {
        let work = work(None).unwrap();
        let lengths: Vec<usize> = work.records.iter().map(Vec::len).collect();
        assert!(lengths.len() >= 30);
        assert!(*lengths.iter().min().unwrap() < 600 && *lengths.iter().max().unwrap() > 1000);
        work.assert_same_output();
    }

    #[test]
    fn a_pooled_parser_does_not_keep_the_previous_document() {
        let mut parser = Parser::new();
        let mut texts = |document: &[u8]| {
            let text = parser.parse(document, |tape| Ok(format!("{:?}", tape.0)));
            parser.recycle();
            text.map_err(|error| error.to_string())
        };
        let first = texts(br#"{"a":"b\n"}"#).unwrap();
        assert!(first.contains("String"), "{first}");
        assert!(texts(b"[1,").is_err());
        assert_eq!(texts(br#"{"a":"b\n"}"#).unwrap(), first);
        assert_ne!(texts(b"[1]").unwrap(), first);
    }

    #[test]
    fn a_total_is_of_the_whole_document() {
        let mut out = Vec::new();
        with_fresh_tables(br#"{"ab":[1,-2,0.5,"cde"]}"#, |tape| total(&mut out, tape)).unwrap();
        assert_eq!(
            out,
            [(-0.5_f64).to_ne_bytes(), 5_usize.to_ne_bytes()].concat()
        );
    }
}
