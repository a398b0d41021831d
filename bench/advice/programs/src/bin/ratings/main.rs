//! A table of ratings is read with `csv`, whose `records` makes a record for each row.

use csv::{Reader, StringRecord};
use programs::bench;
use repool_bench::Bench;
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

fn rating(record: &StringRecord) -> u64 {
    record[2].parse().expect("a number")
}

#[inline(never)]
fn sum(table: &[u8]) -> u64 {
    let mut reader = Reader::from_reader(table);
    let mut sum = 0;
    // line: records
    for record in reader.records() {
        sum += rating(&record.expect("a row"));
    }
    sum
}

#[inline(never)]
fn sum_reused(table: &[u8]) -> u64 {
    let mut reader = Reader::from_reader(table);
    let mut sum = 0;
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).expect("a row") {
        sum += rating(&record);
    }
    sum
}

fn main() {
    let mut table = String::from("title,author,rating\n");
    for row in 0..200 {
        table += &format!("Title of book {row},Author {},{}\n", row % 31, row % 6);
    }
    let mut harness = Bench::new();
    bench(&mut harness, "A", || sum(table.as_bytes()));
    bench(&mut harness, "B", || sum_reused(table.as_bytes()));
}
