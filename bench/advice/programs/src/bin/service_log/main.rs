//! Requests are logged with `tracing`. A path is formatted for each event before it is recorded.

use std::fmt::Write;
use std::io;

use programs::bench;
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
fn log_reused(id: u64, status: u16, path: &mut String) {
    path.clear();
    write!(path, "/api/v1/items/{id}").expect("a String takes all");
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
    let mut path = String::new();
    let mut harness = Bench::new();
    bench(&mut harness, "A", || log(next(), 200));
    bench(&mut harness, "B", || log_reused(next(), 200, &mut path));
}
