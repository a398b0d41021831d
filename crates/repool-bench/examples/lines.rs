//! What it costs to build a line, with a buffer of its own and with one that is
//! kept: `cargo run --release --example lines`.

use repool_bench::Bench;
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

const WORDS: [&str; 4] = ["one", "line", "of", "words"];

fn main() {
    let mut bench = Bench::new();

    let mut line = bench.group("line");
    line.bench("fresh", || {
        let mut line = String::new();
        for word in WORDS {
            line.push_str(word);
        }
        line
    });
    line.run("kept", |run| {
        let mut line = String::new();
        run.iter(|| {
            line.clear();
            for word in WORDS {
                line.push_str(word);
            }
            line.len()
        });
        run.report_metric(line.capacity() as f64, "B-kept");
    });

    bench.bench_with("Reserved", [16, 256], |size| String::with_capacity(*size));
}
