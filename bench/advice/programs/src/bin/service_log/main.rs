//! Requests are logged with `tracing`. A path is formatted for each event before it is recorded.

use std::io;

use repool_bench::Bench;
use repool_prof::ProfAlloc;
use tracing::info;
use tracing_subscriber::fmt;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[inline(never)]
fn log(id: u64, status: u16) {
    let path = format!("/api/v1/items/{id}"); // line: path
    info!(%path, status, "answered");
}

#[inline(never)]
fn log_borrowed(id: u64, status: u16) {
    let path = format_args!("/api/v1/items/{id}");
    info!(%path, status, "answered");
}

fn main() {
    fmt()
        .with_writer(io::sink)
        .with_ansi(false)
        .without_time()
        .init();
    let mut id = 0;
    let mut next = || {
        id = (id + 7919) % 100_000;
        id
    };
    let mut bench = Bench::new();
    bench.bench("A", || log(next(), 200));
    bench.bench("B", || log_borrowed(next(), 200));
}
