//! The contender repool-prof, on mimalloc.

use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc<mimalloc::MiMalloc> = ProfAlloc::with(mimalloc::MiMalloc);

fn main() -> std::process::ExitCode {
    workload::main::<race_repool_prof::Repool>()
}
