//! A small `Box` for each request, from mimalloc, which is nearly as fast as a pool.

use std::hint::black_box;

use mimalloc::MiMalloc;
use programs::bench;
use repool::{Pool, Pooled, StaticPool};
use repool_bench::Bench;
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc<MiMalloc> = ProfAlloc::with(MiMalloc);

#[derive(Clone, Copy)]
struct Request {
    id: u64,
    fields: [u64; 5],
}

impl Request {
    const fn new(id: u64) -> Self {
        Self {
            id,
            fields: [id; 5],
        }
    }
}

#[inline(never)]
fn request(id: u64) -> Box<Request> {
    Box::new(Request::new(id)) // line: request
}

type RequestPool = StaticPool<Request>;

static REQUESTS: RequestPool = Pool::with(|| Request::new(0), |_| true);

#[inline(never)]
fn request_pooled(id: u64) -> Pooled<'static, Request, fn(&mut Request) -> bool> {
    let mut request = REQUESTS.get();
    *request = Request::new(id);
    request
}

fn handle(request: &Request) -> u64 {
    black_box(request);
    request.id + request.fields[3]
}

fn main() {
    let mut id = 0;
    let mut next = || {
        id += 1;
        id
    };
    let mut harness = Bench::new();
    bench(&mut harness, "A", || handle(&request(next())));
    bench(&mut harness, "B", || handle(&request_pooled(next())));
}
