//! The baseline without a profiler, on mimalloc.

#[global_allocator]
static ALLOC: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    workload::main::<workload::Plain>()
}
