//! Documents of JSON are copied and parsed with `simd-json`, with buffers for each.

use std::mem;

use programs::{bench, cycle};
use repool::{Pool, StaticPool};
use repool_bench::Bench;
use repool_prof::ProfAlloc;
use simd_json::prelude::*;
use simd_json::{Buffers, Tape};

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[inline(never)]
fn followers(document: &[u8]) -> Option<u64> {
    let mut text = document.to_vec(); // line: copy
    let tape = simd_json::to_tape(&mut text).expect("JSON"); // line: tape
    followers_of(&tape)
}

/// The same with a tree of values, which has tables and lists of its own.
#[inline(never)]
fn followers_in_tree(document: &[u8]) -> Option<u64> {
    let mut text = document.to_vec();
    let parsed = simd_json::to_borrowed_value(&mut text); // line: tree
    parsed.expect("JSON")["user"]["followers"].as_u64()
}

struct Parser {
    text: Vec<u8>,
    buffers: Buffers,
    tape: Tape<'static>,
}

impl Parser {
    fn new() -> Self {
        Self {
            text: Vec::new(),
            buffers: Buffers::default(),
            tape: Tape(Vec::new()),
        }
    }
}

static PARSERS: StaticPool<Parser> = Pool::with(Parser::new, |parser| {
    parser.text.clear();
    true
});

#[inline(never)]
fn followers_pooled(document: &[u8]) -> Option<u64> {
    let mut parser = PARSERS.get();
    let parser = &mut *parser;
    parser.text.extend_from_slice(document);
    let mut tape = mem::replace(&mut parser.tape, Tape(Vec::new())).reset();
    simd_json::fill_tape(&mut parser.text, &mut parser.buffers, &mut tape).expect("JSON");
    let followers = followers_of(&tape);
    parser.tape = tape.reset();
    followers
}

fn followers_of(tape: &Tape) -> Option<u64> {
    tape.as_value().get("user")?.get("followers")?.as_u64()
}

fn document(id: usize) -> String {
    format!(
        r#"{{"id":{id},"user":{{"name":"user{id}","followers":{},"verified":true}},"text":"some \"quoted\" text {}","tags":["a","b","c{id}"],"geo":[{id}.5,{}.25]}}"#,
        id * 31,
        "x".repeat(id * 5),
        id * 2
    )
}

fn main() {
    let documents: Vec<String> = (0..64).map(document).collect();
    let mut next = cycle(documents.len());
    let mut harness = Bench::new();
    bench(&mut harness, "A", || {
        followers(documents[next()].as_bytes())
    });
    bench(&mut harness, "TreeA", || {
        followers_in_tree(documents[next()].as_bytes())
    });
    bench(&mut harness, "B", || {
        followers_pooled(documents[next()].as_bytes())
    });
}
