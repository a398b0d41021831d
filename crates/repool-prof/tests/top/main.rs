//! Tests the tables of Go's pprof: each of the program's functions has exactly what it allocated,
//! and no other function has anything.
//!
//! Needs a `go` program, named by `REPOOL_GO`.

#[cfg(target_os = "linux")]
mod places;
#[cfg(target_os = "linux")]
mod sites;
#[cfg(target_os = "linux")]
mod table;

#[cfg(target_os = "linux")]
mod program {
    use std::process::ExitCode;

    use repool_prof::ProfAlloc;
    use repool_testing::cases::{self, case};

    use crate::table;

    #[global_allocator]
    static ALLOC: ProfAlloc = ProfAlloc::new();

    pub fn run() -> ExitCode {
        cases::run(&[
            case("every_row", 1, table::every_row),
            case("every_row_flattened", 1, table::every_row_flattened),
        ])
    }
}

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    return program::run();
    #[cfg(not(target_os = "linux"))]
    repool_testing::unsupported::without_profiler()
}
