//! mimalloc-pprof, which is mimalloc itself with a profiler.

use std::path::Path;

use mimalloc_pprof::{MiMalloc, ProfConfig, ProfConfigMode, enable_heap_profiling_with, prof};
use workload::{Problem, RATE, Tool, Wish};

#[global_allocator]
static ALLOC: MiMalloc = MiMalloc;

struct MimallocPprof;

impl Tool for MimallocPprof {
    type Running = ();

    fn start(wish: &Wish) -> Result<(), Problem> {
        let mut config = ProfConfig::default();
        config.mode = ProfConfigMode::Override;
        config.sample_interval = Some(RATE as usize);
        config.seed = Some(wish.seed);
        // Without it, what was freed is forgotten.
        config.accum = true;
        match enable_heap_profiling_with(&config) {
            true => Ok(()),
            false => Err("it does not start".into()),
        }
    }

    fn write((): (), path: &Path) -> Result<(), Problem> {
        Ok(prof::dump_proto_file(path)?)
    }
}

fn main() -> std::process::ExitCode {
    workload::main::<MimallocPprof>()
}
