//! Messages are compressed with `flate2`, with an encoder and an output for each.

use std::io::Write;
use std::mem;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use programs::{bench, cycle, log_text};
use repool_bench::Bench;
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[inline(never)]
fn compress(message: &[u8]) -> usize {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast()); // line: encoder
    encoder.write_all(message).expect("a Vec takes all"); // line: write
    let output = encoder.finish(); // line: finish
    output.expect("a Vec takes all").len()
}

struct Archive {
    encoder: DeflateEncoder<Vec<u8>>,
    output: Vec<u8>,
}

impl Archive {
    #[inline(never)]
    fn compress(&mut self, message: &[u8]) -> usize {
        self.encoder.write_all(message).expect("a Vec takes all");
        self.output.clear();
        let output = self.encoder.reset(mem::take(&mut self.output));
        self.output = output.expect("a Vec takes all");
        self.output.len()
    }
}

fn main() {
    let message = |index: usize| log_text(2000 + index * 187, index as u64);
    let messages: Vec<String> = (0..32).map(message).collect();
    let mut next = cycle(messages.len());
    let mut archive = Archive {
        encoder: DeflateEncoder::new(Vec::new(), Compression::fast()),
        output: Vec::new(),
    };
    let mut harness = Bench::new();
    bench(&mut harness, "A", || compress(messages[next()].as_bytes()));
    bench(&mut harness, "B", || {
        archive.compress(messages[next()].as_bytes())
    });
}
