//! rpprof on the system's allocator.

use std::path::Path;

use rpprof::alloc::{self, AllocProfiler};
use rpprof::protos::Message;
use workload::{Problem, RATE, Tool, Wish};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

struct Rpprof;

impl Tool for Rpprof {
    type Running = ();

    fn start(_: &Wish) -> Result<(), Problem> {
        alloc::set_sample_rate(RATE as usize);
        alloc::start();
        Ok(())
    }

    /// Stopped before: a sample that is due while it makes its report waits for the report's lock,
    /// for ever.
    fn write((): (), path: &Path) -> Result<(), Problem> {
        alloc::stop();
        let profile = alloc::heap_report()?.pprof()?;
        Ok(std::fs::write(path, profile.encode_to_vec())?)
    }
}

fn main() -> std::process::ExitCode {
    workload::main::<Rpprof>()
}
