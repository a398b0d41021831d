//! Tests the tables of Go's pprof: each of the program's functions has exactly what it allocated,
//! and no other function has anything.
//!
//! Needs a `go` program, named by `REPOOL_GO`.

#[cfg(target_os = "linux")]
#[path = "../shared/cases.rs"]
mod cases;
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

    use crate::cases::case;
    use crate::table;

    #[global_allocator]
    static ALLOC: ProfAlloc = ProfAlloc::new();

    pub fn run() -> ExitCode {
        crate::cases::run(&[
            case("every_row", 1, table::every_row),
            case("every_row_flattened", 1, table::every_row_flattened),
        ])
    }
}

include!("../shared/start.rs");
