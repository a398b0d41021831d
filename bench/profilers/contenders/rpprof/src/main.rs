//! The contender rpprof, on the system's allocator.

use std::path::Path;

use rpprof::alloc::{self, AllocProfiler};
use rpprof::protos::Message;
use workload::{BoxError, HeapProfiler, RATE, StartOptions};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

struct Rpprof;

impl HeapProfiler for Rpprof {
    type Running = ();

    fn start(_: &StartOptions) -> Result<(), BoxError> {
        alloc::set_sample_rate(RATE as usize);
        alloc::start();
        Ok(())
    }

    /// Stops sampling first: an allocation that is sampled while `heap_report` holds its lock deadlocks.
    fn write((): (), path: &Path) -> Result<(), BoxError> {
        alloc::stop();
        let profile = alloc::heap_report()?.pprof()?;
        Ok(std::fs::write(path, profile.encode_to_vec())?)
    }
}

fn main() -> std::process::ExitCode {
    workload::main::<Rpprof>()
}
