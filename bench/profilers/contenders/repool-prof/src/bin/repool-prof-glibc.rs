//! The contender repool-prof, on the system's allocator.

use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc<std::alloc::System> = ProfAlloc::with(std::alloc::System);

fn main() -> std::process::ExitCode {
    workload::main::<race_repool_prof::Repool>()
}
