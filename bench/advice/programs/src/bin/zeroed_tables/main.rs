//! A zeroed table for each operation, most of which is never touched. The system gives zeroed pages for a
//! large one, so that there is nothing to save; a small one is cleared either way.

use std::hint::black_box;

use programs::bench;
use repool::Pool;
use repool_bench::Bench;
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[inline(never)]
fn seen(len: usize) -> u8 {
    let mut table = vec![0; len]; // line: table
    mark(&mut table)
}

static TABLES: Pool<Vec<u8>> = Pool::new(Vec::new);

#[inline(never)]
fn seen_pooled(len: usize) -> u8 {
    let mut table = TABLES.get();
    table.resize(len, 0);
    mark(&mut table)
}

fn mark(table: &mut [u8]) -> u8 {
    let middle = table.len() / 2;
    table[7] = 1;
    table[middle] = 2;
    black_box(table)[7]
}

fn main() {
    let mut harness = Bench::new();
    bench(&mut harness, "A", || seen(1 << 20));
    bench(&mut harness, "B", || seen_pooled(1 << 20));
    bench(&mut harness, "SmallA", || seen(16 << 10));
    bench(&mut harness, "SmallB", || seen_pooled(16 << 10));
}
