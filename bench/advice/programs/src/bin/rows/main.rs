//! Rows of a database are read with `redb`. Each is copied before its checksum is computed.

use programs::{bench, cycle};
use redb::backends::InMemoryBackend;
use redb::{Builder, ReadOnlyTable, TableDefinition};
use repool_bench::Bench;
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

const ROWS: TableDefinition<u64, &[u8]> = TableDefinition::new("rows");

type Rows = ReadOnlyTable<u64, &'static [u8]>;

fn checksum(row: &[u8]) -> u32 {
    let sum = |sum: u32, byte: &u8| sum.rotate_left(1) ^ u32::from(*byte);
    row.iter().fold(0, sum)
}

#[inline(never)]
fn check(rows: &Rows, key: u64) -> u32 {
    let row = rows.get(key).expect("read").expect("a row");
    let row = row.value().to_vec(); // line: row
    checksum(&row)
}

#[inline(never)]
fn check_reused(rows: &Rows, key: u64, copy: &mut Vec<u8>) -> u32 {
    let row = rows.get(key).expect("read").expect("a row");
    copy.clear();
    copy.extend_from_slice(row.value());
    checksum(copy)
}

fn main() {
    let database = Builder::new()
        .create_with_backend(InMemoryBackend::new())
        .expect("a database");
    let writing = database.begin_write().expect("a transaction");
    {
        let mut rows = writing.open_table(ROWS).expect("a table");
        for key in 0..64 {
            let row = vec![key as u8; 200 + 50 * key as usize];
            rows.insert(key, &*row).expect("written");
        }
    }
    writing.commit().expect("written");
    let reading = database.begin_read().expect("a transaction");
    let rows = reading.open_table(ROWS).expect("a table");
    let mut next = cycle(64);
    let mut copy = Vec::new();
    let mut harness = Bench::new();
    bench(&mut harness, "A", || check(&rows, next() as u64));
    bench(&mut harness, "B", || {
        check_reused(&rows, next() as u64, &mut copy)
    });
}
