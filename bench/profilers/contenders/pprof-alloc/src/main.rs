//! The contender pprof-alloc, on the system's allocator.

use std::path::Path;

use pprof_alloc::PprofAlloc;
use workload::{BoxError, HeapProfiler, RATE, StartOptions};

#[global_allocator]
static ALLOC: PprofAlloc = PprofAlloc::new()
    .with_pprof()
    .with_pprof_sample_rate(RATE as usize);

/// pprof-alloc, which samples from the first allocation on.
struct PprofAllocs;

impl HeapProfiler for PprofAllocs {
    type Running = ();

    fn start(_: &StartOptions) -> Result<(), BoxError> {
        Ok(())
    }

    fn write((): (), path: &Path) -> Result<(), BoxError> {
        Ok(std::fs::write(path, pprof_alloc::generate_pprof()?)?)
    }
}

fn main() -> std::process::ExitCode {
    workload::main::<PprofAllocs>()
}
