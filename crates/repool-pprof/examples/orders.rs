//! Answers a million imaginary requests, and profiles its allocations. The profile on the crate's
//! front page, `tests/data/orders.pb.gz`, is of this program.
//!
//!     cargo run --release -p repool-pprof --example orders -- orders.pb.gz

use std::error::Error;
use std::hint::black_box;
use std::io::Write;

use repool_prof::{ProfAlloc, Profiler};

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

const REQUESTS: u64 = 1_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("name the file to write")?;
    let profiler = Profiler::builder().seed(1).start()?;
    serve();
    let snapshot = profiler.snapshot();
    snapshot.export().operations(REQUESTS).write_pprof(path)?;
    Ok(())
}

#[inline(never)]
fn serve() {
    for order in 0..REQUESTS {
        black_box(answer(order));
    }
}

/// Writes the answer into a buffer that grows, to 160 to 1,000 bytes.
#[inline(never)]
fn answer(order: u64) -> Vec<u8> {
    let mut answer = Vec::new();
    let customer = customer(order);
    let _ = write!(
        answer,
        "{{\"order\":{order},\"customer\":\"{customer}\",\"items\":["
    );
    for item in 0..2 + order % 15 {
        let _ = write!(
            answer,
            "{{\"item\":{item},\"article\":{},\"pieces\":1,\"price\":\"9.99\"}},",
            order + item
        );
    }
    answer.extend_from_slice(b"]}");
    answer
}

/// The customer's name.
#[inline(never)]
fn customer(order: u64) -> String {
    format!("customer {:06}", order % 1000)
}
