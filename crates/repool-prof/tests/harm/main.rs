//! Profiling does not change a program's results, and the profile is consistent afterwards.
//!
//! All requests go through an allocator that ends the process if its contract is broken.

#[cfg(target_os = "linux")]
mod fork;
#[cfg(target_os = "linux")]
mod libraries;
#[cfg(target_os = "linux")]
mod outside_main;
#[cfg(target_os = "linux")]
mod refusals;
#[cfg(target_os = "linux")]
mod refusing;
#[cfg(target_os = "linux")]
mod sessions;
#[cfg(target_os = "linux")]
mod storm;
#[cfg(target_os = "linux")]
mod threads;
#[cfg(target_os = "linux")]
mod unwinding;

#[cfg(target_os = "linux")]
mod program {
    use std::alloc::System;
    use std::hint::black_box;
    use std::process::ExitCode;

    use repool_prof::{ProfAlloc, Profiler};
    use repool_testing::cases::{self, case};
    use repool_testing::recorder::Recorder;

    use crate::refusing::Refusing;
    use crate::{fork, libraries, outside_main, refusals, sessions, storm, threads, unwinding};

    #[global_allocator]
    static ALLOC: ProfAlloc<Recorder<Refusing<System>>> =
        ProfAlloc::with(Recorder::new(Refusing::new(System)));

    /// Rates that sample all blocks, and a few, and the default.
    const RATES: [u64; 3] = [1, 4096, 512 * 1024];
    const STORM_RATES: [u64; 4] = [1, 1000, 65_536, 524_288];

    pub fn start(rate: u64) -> Profiler {
        let profiler = Profiler::builder().rate(rate).start();
        let profiler = profiler.expect("the profiler starts");
        assert_eq!(profiler.rate(), rate);
        profiler
    }

    /// A block of `size` bytes that the compiler cannot remove.
    pub fn block(size: usize) -> Vec<u8> {
        let mut block = Vec::with_capacity(black_box(size));
        block.resize(size, size as u8);
        black_box(block)
    }

    /// Whether `block` still has the contents that [`block`] wrote.
    pub fn intact(block: &[u8]) -> bool {
        block.iter().all(|byte| *byte == block.len() as u8)
    }

    pub fn run() -> ExitCode {
        let mut cases = Vec::new();
        for rate in STORM_RATES {
            cases.push(case("storm", rate, storm::one_session));
            cases.push(case("storm_over_sessions", rate, storm::many_sessions));
        }
        for rate in RATES {
            cases.push(case("thread_local_destructors", rate, threads::destructors));
            cases.push(case("small_stacks", rate, threads::small_stacks));
            cases.push(case("unwinding", rate, unwinding::unwinding));
            cases.push(case("before_main", rate, outside_main::before_main));
            cases.push(case("before_main_started", rate, outside_main::started));
            let after_main = case("after_main", rate, outside_main::after_main);
            cases.push(after_main.ends_with(outside_main::LAST));
            cases.push(case("fork", rate, fork::fork));
            cases.push(case("libraries", rate, libraries::libraries));
            cases.push(case("refusals", rate, refusals::refusals));
            let refused = case("refused_tebibytes", rate, refusals::refused_tebibytes);
            cases.push(refused);
            cases.push(case("sessions", rate, sessions::thousand));
            cases.push(case("next_session", rate, sessions::next));
            cases.push(case("carried_over", rate, sessions::carried_over));
            cases.push(case("chosen_before", rate, sessions::chosen_before));
            cases.push(case("one_at_a_time", rate, sessions::one_at_a_time));
            let paused = case("threads_in_a_pause", rate, sessions::threads_in_a_pause);
            cases.push(paused);
            cases.push(case("pauses", rate, sessions::pauses));
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
