//! Requests come in batches of 100, whose buffers are all live at once. One request in ten adds an entry
//! to a cache, which keeps it for good.

use std::hint::black_box;
use std::mem;

use programs::iterate;
use repool::{Pool, Pooled};
use repool_bench::{Bench, Run};
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

const BATCH: usize = 100;

#[inline(never)]
fn request(id: usize) -> Vec<u8> {
    let mut request = Vec::with_capacity(300); // line: request
    request.push(id as u8);
    request
}

#[inline(never)]
fn entry(id: usize) -> Box<[usize; 12]> {
    Box::new([id; 12]) // line: entry
}

static REQUESTS: Pool<Vec<u8>> = Pool::new(|| Vec::with_capacity(300));

#[inline(never)]
fn request_pooled(id: usize) -> Pooled<'static, Vec<u8>> {
    let mut request = REQUESTS.get();
    request.push(id as u8);
    request
}

/// Handles requests that `receive` makes.
fn handle<R>(run: &mut Run, receive: fn(usize) -> R) {
    let mut cache = Vec::with_capacity(run.iterations() as usize / 10 + 1);
    let mut batch = Vec::with_capacity(BATCH);
    let mut id = 0;
    iterate(run, || {
        batch.push(receive(id));
        if id.is_multiple_of(10) {
            cache.push(entry(id));
        }
        id += 1;
        if batch.len() == BATCH {
            black_box(&batch);
            batch.clear();
        }
    });
    mem::forget(cache);
}

fn main() {
    let mut bench = Bench::new();
    bench.run("A", |run| handle(run, request));
    bench.run("B", |run| handle(run, request_pooled));
}
