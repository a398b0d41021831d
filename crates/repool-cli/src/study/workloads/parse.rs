//! JSON documents are parsed with `simd-json`, whose parser has tables that can be used again:
//! where the document's parts begin, room to unescape strings, and the nodes that it consists of.

use std::io::{self, Write};
use std::path::Path;

use repool::{Pool, Recycle};
use simd_json::{Buffers, Node, StaticNode, Tape};

use super::{WARM, Way, Work, Workload};
use crate::study::input::Input;

/// Orders of a shop as it might tell others, made up for the study: a document a line.
pub(super) const SAMPLE: &[u8] = include_bytes!("orders.ndjson");

const ADVICE: &str = "name a file with a JSON document on each line, or - for standard input";

/// The tables of the way that has a pool.
static PARSERS: Pool<Parser> = Pool::new(Parser::new);

/// The work on the lines of a file, or on the sample.
pub(crate) fn work(input: Option<&Path>) -> Result<Work<Vec<u8>>, String> {
    let input = Input::read(input, SAMPLE, ADVICE)?;
    let records = input.documents(|line| {
        simd_json::to_tape(&mut line.to_vec())?;
        Ok::<_, simd_json::Error>(line.to_vec())
    })?;
    Ok(Work {
        workload: Workload::Parse,
        operation: "a document is parsed",
        things: "documents",
        spared: "Making fresh tables for each document",
        records,
        ways: &[
            Way {
                name: "ParseNoPool",
                about: "fresh tables for each document",
                follows: None,
                run: |sink, document| with_fresh_tables(document, |tape| total(sink, tape)),
                checked: |sink, document| with_fresh_tables(document, |tape| print(sink, tape)),
            },
            Way {
                name: "ParseWithPool",
                about: "tables from a pool",
                follows: None,
                run: |sink, document| with_pooled_tables(document, |tape| total(sink, tape)),
                checked: |sink, document| with_pooled_tables(document, |tape| print(sink, tape)),
            },
        ],
        profiled: 20_000,
        warm,
    })
}

/// A parser's tables, and the copy of the document that it changes.
struct Parser {
    document: Vec<u8>,
    buffers: Buffers,
    /// Empty, for nodes are of a document.
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
            tape: home,
        } = self;
        copy.extend_from_slice(document);
        let mut tape = std::mem::replace(home, Tape(Vec::new())).reset();
        simd_json::fill_tape(copy, buffers, &mut tape).map_err(io::Error::other)?;
        let result = then(&tape);
        *home = tape.reset();
        result
    }
}

impl Recycle for Parser {
    fn recycle(&mut self) -> bool {
        // The tables are cleared when they are filled.
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

/// Goes through the whole document, as a program does that looks for something: the sum of its
/// numbers, and how much text there is.
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

fn print(sink: &mut dyn Write, tape: &Tape<'_>) -> io::Result<()> {
    write!(sink, "{:?}", tape.0)
}

/// As all of them lie in one, the document and its nodes are what is known of a parser's size.
fn warm(records: &[Vec<u8>]) -> usize {
    let longest = records.iter().max_by_key(|record| record.len());
    let mut parsers: Vec<_> = (0..WARM).map(|_| PARSERS.get()).collect();
    for parser in &mut parsers {
        for record in records.iter().chain(longest) {
            parser.document.clear();
            // They have been read, so that they can be parsed.
            let _ = parser.parse(record, |_| Ok(()));
        }
    }
    parsers[0].document.capacity() + parsers[0].tape.0.capacity() * size_of::<Node<'_>>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_parsed_alike() {
        let work = work(None).unwrap();
        let lengths: Vec<usize> = work.records.iter().map(Vec::len).collect();
        assert!(lengths.len() >= 30);
        assert!(*lengths.iter().min().unwrap() < 600 && *lengths.iter().max().unwrap() > 1000);
        work.assert_same_output();
    }

    #[test]
    fn a_parser_forgets_the_document_before() {
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
