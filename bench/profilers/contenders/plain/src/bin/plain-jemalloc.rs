//! The baseline without a profiler, on jemalloc.

#[global_allocator]
static ALLOC: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    workload::main::<workload::Plain>()
}
