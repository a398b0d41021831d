//! The contender dhat, on the system's allocator. It records every allocation.

use std::path::Path;

use workload::{BoxError, HeapProfiler, StartOptions};

#[global_allocator]
static ALLOC: dhat::Alloc = dhat::Alloc;

struct Dhat;

impl HeapProfiler for Dhat {
    type Running = dhat::Profiler;

    fn start(options: &StartOptions) -> Result<dhat::Profiler, BoxError> {
        Ok(dhat::Profiler::builder().file_name(&options.path).build())
    }

    /// dhat writes its profile when it is dropped, to the path given at its start.
    fn write(profiler: dhat::Profiler, _: &Path) -> Result<(), BoxError> {
        drop(profiler);
        Ok(())
    }
}

fn main() -> std::process::ExitCode {
    workload::main::<Dhat>()
}
