//! The `repool` program: [`repool_cli::run`] with an allocator that counts; see `repool --help`.

use std::process::ExitCode;

use repool_prof::ProfAlloc;

/// Counts and samples the allocations of the study's workloads.
#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

fn main() -> ExitCode {
    repool_cli::run(std::env::args_os())
}
