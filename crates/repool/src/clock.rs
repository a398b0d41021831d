//! The time in nanoseconds, for slow paths.
//!
//! A clock that the system refuses (a sandbox without the vDSO) stands still at 0. Then waits end by the
//! number of looks (see `engine::exchange`), ordinary calls do not sweep, and a get that may create does
//! not steal from other CPUs until they have one magazine for each CPU.

/// Nanoseconds of the monotonic clock, exact to a few milliseconds: the time of the kernel's last tick,
/// which takes 4 ns to read instead of 25.
#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) fn coarse() -> u64 {
    read(libc::CLOCK_MONOTONIC_COARSE)
}

/// Nanoseconds of the monotonic clock, exact; 25 ns to read.
#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) fn exact() -> u64 {
    read(libc::CLOCK_MONOTONIC)
}

#[cfg(all(target_os = "linux", not(miri)))]
fn read(clock: libc::clockid_t) -> u64 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: fills the struct it is given; these clocks exist on every Linux.
    unsafe { libc::clock_gettime(clock, core::ptr::from_mut(&mut now)) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

#[cfg(not(all(target_os = "linux", not(miri))))]
pub(crate) fn coarse() -> u64 {
    exact()
}

#[cfg(not(all(target_os = "linux", not(miri))))]
pub(crate) fn exact() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    let since = START.get_or_init(Instant::now).elapsed();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(all(test, target_os = "linux", not(miri), not(repool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_the_system_refuses_stands_still() {
        // No such clock, which the system says as it says that one is forbidden.
        assert_eq!([read(-1), read(-1)], [0, 0]);
        assert!(exact() > 0);
    }
}
