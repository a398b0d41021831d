//! Four threads make a buffer for each request. A buffer for each thread is faster than a pool.

use std::cell::RefCell;
use std::hint::black_box;
use std::thread;

use programs::{THREAD_NS, thread_ns};
use repool::Pool;
use repool_bench::{Bench, Run};
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

const THREADS: usize = 4;
/// The requests of one thread in one iteration; `expected.toml` has the number for all threads.
const REQUESTS: usize = 2500;

#[inline(never)]
fn handle(len: usize) -> usize {
    let mut answer = Vec::with_capacity(len); // line: answer
    fill(&mut answer, len)
}

static ANSWERS: Pool<Vec<u8>> = Pool::new(Vec::new);

#[inline(never)]
fn handle_pooled(len: usize) -> usize {
    fill(&mut ANSWERS.get(), len)
}

thread_local! {
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

#[inline(never)]
fn handle_thread_local(len: usize) -> usize {
    ANSWER.with_borrow_mut(|answer| {
        answer.clear();
        fill(answer, len)
    })
}

fn fill(answer: &mut Vec<u8>, len: usize) -> usize {
    answer.resize(len.min(64), 7);
    black_box(answer).len()
}

/// Handles requests on all threads, and reports the time that the threads ran.
fn serve(run: &mut Run, handle: fn(usize) -> usize) {
    let mut spent = 0.0;
    let iterations = run.iterations() as f64;
    let worker = |first: usize| {
        let start = thread_ns();
        for request in 0..REQUESTS {
            black_box(handle(100 + (request * 37 + first) % 900));
        }
        thread_ns() - start
    };
    run.iter(|| {
        thread::scope(|scope| {
            let workers: Vec<_> = (0..THREADS)
                .map(|first| scope.spawn(move || worker(first)))
                .collect();
            let times = workers.into_iter().map(|worker| worker.join());
            spent += times.map(|time| time.expect("no panic")).sum::<f64>();
        });
    });
    run.report_metric(spent / iterations, THREAD_NS);
}

fn main() {
    let mut bench = Bench::new();
    bench.run("A", |run| serve(run, handle));
    bench.run("Pool", |run| serve(run, handle_pooled));
    bench.run("B", |run| serve(run, handle_thread_local));
}
