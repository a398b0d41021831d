//! The contender mimalloc-pprof: mimalloc with a built-in profiler.

use std::path::Path;

use mimalloc_pprof::{MiMalloc, ProfConfig, ProfConfigMode, enable_heap_profiling_with, prof};
use workload::{BoxError, HeapProfiler, RATE, StartOptions};

#[global_allocator]
static ALLOC: MiMalloc = MiMalloc;

struct MimallocPprof;

impl HeapProfiler for MimallocPprof {
    type Running = ();

    fn start(options: &StartOptions) -> Result<(), BoxError> {
        let mut config = ProfConfig::default();
        config.mode = ProfConfigMode::Override;
        config.sample_interval = Some(RATE as usize);
        config.seed = Some(options.seed);
        // Counts freed blocks too.
        config.accum = true;
        match enable_heap_profiling_with(&config) {
            true => Ok(()),
            false => Err("the profiler does not start".into()),
        }
    }

    fn write((): (), path: &Path) -> Result<(), BoxError> {
        Ok(prof::dump_proto_file(path)?)
    }
}

fn main() -> std::process::ExitCode {
    workload::main::<MimallocPprof>()
}
