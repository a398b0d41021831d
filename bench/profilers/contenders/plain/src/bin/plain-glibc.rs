//! The baseline without a profiler, on the system's allocator.

#[global_allocator]
static ALLOC: std::alloc::System = std::alloc::System;

fn main() -> std::process::ExitCode {
    workload::main::<workload::Plain>()
}
