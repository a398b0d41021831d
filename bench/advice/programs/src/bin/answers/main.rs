//! Records are written as JSON by `serde_json`, each into a vector of its own.

use std::io::{self, Write};

use programs::{bench, cycle};
use repool::Pool;
use repool_bench::Bench;
use repool_prof::ProfAlloc;
use serde::Serialize;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[derive(Serialize)]
struct Record {
    id: u64,
    host: String,
    path: String,
    status: u16,
    tags: Vec<String>,
    milliseconds: f64,
}

impl Record {
    fn new(id: u64) -> Self {
        Self {
            id: id * 7919,
            host: format!("host-{id}.example.com"),
            path: format!("/api/v1/items/{}/{}", id * 31, "x".repeat(id as usize * 3)),
            status: 200,
            tags: (0..id % 9).map(|tag| format!("tag-{tag}")).collect(),
            milliseconds: id as f64 * 1.37,
        }
    }
}

#[inline(never)]
fn emit(record: &Record, out: &mut dyn Write) {
    let answer = serde_json::to_vec(record).expect("a record is JSON"); // line: emit
    out.write_all(&answer).expect("a sink takes all");
}

static ANSWERS: Pool<Vec<u8>> = Pool::new(Vec::new);

#[inline(never)]
fn emit_pooled(record: &Record, out: &mut dyn Write) {
    let mut answer = ANSWERS.get();
    serde_json::to_writer(&mut *answer, record).expect("a record is JSON");
    out.write_all(&answer).expect("a sink takes all");
}

#[inline(never)]
fn emit_reused(record: &Record, answer: &mut Vec<u8>, out: &mut dyn Write) {
    answer.clear();
    serde_json::to_writer(&mut *answer, record).expect("a record is JSON");
    out.write_all(answer).expect("a sink takes all");
}

fn main() {
    let records: Vec<Record> = (0..64).map(Record::new).collect();
    let mut next = cycle(records.len());
    let mut answer = Vec::new();
    let mut harness = Bench::new();
    bench(&mut harness, "A", || {
        emit(&records[next()], &mut io::sink())
    });
    bench(&mut harness, "B", || {
        emit_pooled(&records[next()], &mut io::sink())
    });
    bench(&mut harness, "Reused", || {
        emit_reused(&records[next()], &mut answer, &mut io::sink());
    });
}
