//! dhat on the system's allocator; it counts every allocation.

use std::path::Path;

use workload::{Problem, Tool, Wish};

#[global_allocator]
static ALLOC: dhat::Alloc = dhat::Alloc;

struct Dhat;

impl Tool for Dhat {
    type Running = dhat::Profiler;

    fn start(wish: &Wish) -> Result<dhat::Profiler, Problem> {
        Ok(dhat::Profiler::builder().file_name(&wish.path).build())
    }

    /// It writes when it is dropped, to the path that it was started with.
    fn write(profiler: dhat::Profiler, _: &Path) -> Result<(), Problem> {
        drop(profiler);
        Ok(())
    }
}

fn main() -> std::process::ExitCode {
    workload::main::<Dhat>()
}
