//! Signal handlers that allocate and free. The allocator below the profiler may be used in handlers,
//! so a deadlock or a wrong result is the profiler's.

#[cfg(target_os = "linux")]
mod arena;
#[cfg(target_os = "linux")]
mod handlers;

#[cfg(target_os = "linux")]
mod program {
    use std::process::ExitCode;

    use repool_prof::ProfAlloc;
    use repool_testing::cases::{self, case};
    use repool_testing::recorder::Recorder;

    use crate::arena::Arena;
    use crate::handlers;

    #[global_allocator]
    static ALLOC: ProfAlloc<Recorder<Arena>> = ProfAlloc::with(Recorder::new(Arena::new()));

    pub fn run() -> ExitCode {
        let mut cases = Vec::new();
        for rate in [1, 4096, 512 * 1024] {
            cases.push(case("raised", rate, handlers::raised));
            cases.push(case(
                "raised_on_own_stack",
                rate,
                handlers::raised_on_own_stack,
            ));
            cases.push(case("timer", rate, handlers::timer));
            cases.push(case(
                "timer_in_snapshots",
                rate,
                handlers::timer_in_snapshots,
            ));
        }
        cases::run(&cases)
    }
}

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    return program::run();
    #[cfg(not(target_os = "linux"))]
    repool_testing::unsupported::without_profiler()
}
