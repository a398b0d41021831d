//! The contender repool-prof, on jemalloc.

use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc<tikv_jemallocator::Jemalloc> = ProfAlloc::with(tikv_jemallocator::Jemalloc);

fn main() -> std::process::ExitCode {
    workload::main::<race_repool_prof::Repool>()
}
