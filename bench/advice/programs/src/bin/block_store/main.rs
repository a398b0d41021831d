//! Blocks of a log are compressed one by one with `lz4_flex`, which makes a table for each block.

use lz4_flex::block::{self, CompressTable};
use programs::{bench, cycle, log_text};
use repool::{Pool, StaticPool};
use repool_bench::Bench;
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

const BLOCK: usize = 4096;

#[inline(never)]
fn store(input: &[u8], output: &mut [u8]) -> usize {
    block::compress_into(input, output).expect("the output is long enough") // line: store
}

static TABLES: StaticPool<CompressTable> = Pool::with(CompressTable::small, |_| true);

#[inline(never)]
fn store_pooled(input: &[u8], output: &mut [u8]) -> usize {
    let mut table = TABLES.get();
    block::compress_into_with_table(input, output, &mut table).expect("the output is long enough")
}

#[inline(never)]
fn store_vec(input: &[u8]) -> usize {
    let stored = block::compress_prepend_size(input); // line: store_vec
    stored.len()
}

static OUTPUTS: Pool<Vec<u8>> = Pool::new(Vec::new);

#[inline(never)]
fn store_vec_pooled(input: &[u8]) -> usize {
    let mut stored = OUTPUTS.get();
    stored.resize(4 + block::get_maximum_output_size(input.len()), 0);
    stored[..4].copy_from_slice(&(input.len() as u32).to_le_bytes());
    4 + store_pooled(input, &mut stored[4..])
}

fn main() {
    let log = log_text(64 * BLOCK, 12_345);
    let blocks: Vec<&[u8]> = log.as_bytes().chunks_exact(BLOCK).collect();
    let mut output = vec![0; block::get_maximum_output_size(BLOCK)];
    let mut next = cycle(blocks.len());
    let mut harness = Bench::new();
    bench(&mut harness, "A", || store(blocks[next()], &mut output));
    bench(&mut harness, "B", || {
        store_pooled(blocks[next()], &mut output)
    });
    bench(&mut harness, "VecA", || store_vec(blocks[next()]));
    bench(&mut harness, "VecB", || store_vec_pooled(blocks[next()]));
}
