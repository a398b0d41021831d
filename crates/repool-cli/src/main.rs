//! The `repool` program; see `repool --help`.

use std::process::ExitCode;

use repool_prof::ProfAlloc;

/// Counts what the study's loggers allocate.
#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

fn main() -> ExitCode {
    repool_cli::run(std::env::args_os())
}
