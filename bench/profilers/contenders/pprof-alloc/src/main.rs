//! pprof-alloc on the system's allocator.

use std::path::Path;

use pprof_alloc::PprofAlloc;
use workload::{Problem, RATE, Tool, Wish};

#[global_allocator]
static ALLOC: PprofAlloc = PprofAlloc::new()
    .with_pprof()
    .with_pprof_sample_rate(RATE as usize);

/// It samples from the first allocation on.
struct PprofAllocs;

impl Tool for PprofAllocs {
    type Running = ();

    fn start(_: &Wish) -> Result<(), Problem> {
        Ok(())
    }

    fn write((): (), path: &Path) -> Result<(), Problem> {
        Ok(std::fs::write(path, pprof_alloc::generate_pprof()?)?)
    }
}

fn main() -> std::process::ExitCode {
    workload::main::<PprofAllocs>()
}
