//! Documents of JSON are copied and parsed with `simd-json`, with buffers for each.

use programs::cycle;
use repool::{Pool, StaticPool};
use repool_bench::Bench;
use repool_prof::ProfAlloc;
use simd_json::Buffers;
use simd_json::prelude::*;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[inline(never)]
fn followers(document: &[u8]) -> Option<u64> {
    let mut text = document.to_vec(); // line: copy
    let parsed = simd_json::to_borrowed_value(&mut text); // line: parse
    parsed.expect("JSON")["user"]["followers"].as_u64()
}

#[derive(Default)]
struct Parser {
    text: Vec<u8>,
    buffers: Buffers,
}

static PARSERS: StaticPool<Parser> = Pool::with(Parser::default, |parser| {
    parser.text.clear();
    true
});

#[inline(never)]
fn followers_pooled(document: &[u8]) -> Option<u64> {
    let mut parser = PARSERS.get();
    let Parser { text, buffers } = &mut *parser;
    text.extend_from_slice(document);
    let parsed = simd_json::to_borrowed_value_with_buffers(text, buffers);
    parsed.expect("JSON")["user"]["followers"].as_u64()
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
    let mut bench = Bench::new();
    bench.bench("A", || followers(documents[next()].as_bytes()));
    bench.bench("B", || followers_pooled(documents[next()].as_bytes()));
}
