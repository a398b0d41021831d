//! Where Go's pprof says that a program allocates: in the program's functions, each with exactly
//! what it allocated, and nowhere else.
//!
//! Needs a go program, named by `REPOOL_GO`.

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
