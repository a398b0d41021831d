//! The accuracy of estimates, and the figures that are exact.

#[cfg(target_os = "linux")]
mod estimates;
#[cfg(target_os = "linux")]
mod exact;
#[cfg(target_os = "linux")]
mod theory;
#[cfg(target_os = "linux")]
mod threads;
#[cfg(target_os = "linux")]
mod workload;

#[cfg(target_os = "linux")]
mod program {
    use std::process::ExitCode;

    use repool_prof::ProfAlloc;
    use repool_testing::cases::{self, case};

    use crate::{estimates, exact, threads};

    #[global_allocator]
    static ALLOC: ProfAlloc = ProfAlloc::new();

    const DEFAULT: u64 = 512 * 1024;
    /// The rate at which the spread of one run is well below 5 %.
    const FINE: u64 = 16 * 1024;

    pub fn run() -> ExitCode {
        let mut cases = Vec::new();
        for rate in [DEFAULT, FINE] {
            cases.push(case("small", rate, estimates::small));
            cases.push(case("kibibyte", rate, estimates::kibibyte));
            cases.push(case(
                "hundred_kibibytes",
                rate,
                estimates::hundred_kibibytes,
            ));
            cases.push(case("four_mebibytes", rate, estimates::four_mebibytes));
            cases.push(case("mixed", rate, estimates::mixed));
            cases.push(case("growing", rate, estimates::growing));
        }
        cases.push(case("spread", 4096, estimates::spread));
        cases.push(case("same_seed", 4096, estimates::same_seed));
        cases.push(case("threads_differ", 4096, threads::differ));
        cases.push(case("short_threads", 4096, threads::short));
        cases.push(case("sites", 1, exact::sites));
        cases.push(case("growth", 1, exact::growth));
        cases.push(case("grown_at", 1, exact::grown_at));
        cases.push(case("lives", 1, exact::lives));
        cases.push(case("delta", 1, exact::delta));
        for rate in [1, 100, 4096, 65_536, DEFAULT] {
            cases.push(case("counters", rate, exact::counters));
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
