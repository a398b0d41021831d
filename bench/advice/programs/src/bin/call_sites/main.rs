//! A function is called at eight places, whose blocks are all live at once.

use programs::bench;
use repool::{Pool, Pooled};
use repool_bench::Bench;
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[inline(never)]
fn part(first: u8) -> Vec<u8> {
    let mut part = Vec::with_capacity(200); // line: part
    part.push(first);
    part
}

static PARTS: Pool<Vec<u8>> = Pool::new(|| Vec::with_capacity(200));

#[inline(never)]
fn part_pooled(first: u8) -> Pooled<'static, Vec<u8>> {
    let mut part = PARTS.get();
    part.push(first);
    part
}

fn main() {
    let mut harness = Bench::new();
    bench(&mut harness, "A", || {
        let one = part(1);
        let two = part(2);
        let three = part(3);
        let four = part(4);
        let five = part(5);
        let six = part(6);
        let seven = part(7);
        let eight = part(8);
        let parts = [&one, &two, &three, &four, &five, &six, &seven, &eight];
        parts.map(Vec::len).iter().sum::<usize>()
    });
    bench(&mut harness, "B", || {
        let one = part_pooled(1);
        let two = part_pooled(2);
        let three = part_pooled(3);
        let four = part_pooled(4);
        let five = part_pooled(5);
        let six = part_pooled(6);
        let seven = part_pooled(7);
        let eight = part_pooled(8);
        let parts = [&one, &two, &three, &four, &five, &six, &seven, &eight];
        parts.map(|part| part.len()).iter().sum::<usize>()
    });
}
