//! The profiler's memory has a bound, and what has no room in it is still counted.

#[cfg(target_os = "linux")]
mod heap;
#[cfg(target_os = "linux")]
mod live;
#[cfg(target_os = "linux")]
mod stacks;
#[cfg(target_os = "linux")]
mod writing;

#[cfg(target_os = "linux")]
mod program {
    use std::process::ExitCode;

    use repool_prof::{Memory, ProfAlloc};
    use repool_testing::cases::{self, case};

    use crate::{heap, live, stacks, writing};

    #[global_allocator]
    static ALLOC: ProfAlloc = ProfAlloc::new();

    /// The documented bound: 2 MiB and 1/100 of the live heap.
    pub fn promised(live: u64) -> usize {
        (2 << 20) + live as usize / 100
    }

    #[track_caller]
    pub fn assert_within(memory: Memory, limit: usize) {
        assert!(memory.stacks + memory.blocks <= memory.limit, "{memory:?}");
        assert!(memory.limit <= limit, "{memory:?}, promised {limit}");
        assert!(memory.limit > 0, "{memory:?}");
    }

    pub fn run() -> ExitCode {
        cases::run(&[
            case("million_stacks", 1, stacks::million),
            case("million_stacks_in_64_mebibytes", 1, stacks::million_in_more),
            case("live_blocks", 1, live::half_a_million),
            case("two_million_live_blocks", 1, live::two_million),
            case("kept", 1, live::kept),
            case("more_blocks_than_the_limit", 1, live::limited),
            case("thousand_sizes", 1, stacks::thousand_sizes),
            case("deep_stack", 1, stacks::deep),
            case("others_go_on", 1, writing::others_go_on),
            case("gigabyte", 512 * 1024, heap::gigabyte),
        ])
    }
}

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    return program::run();
    #[cfg(not(target_os = "linux"))]
    repool_testing::unsupported::without_profiler()
}
