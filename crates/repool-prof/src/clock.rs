//! The system's monotonic clock, for the lifetimes of sampled blocks. Reading it takes no lock and
//! no heap, so that the hook can read it also in signal handlers.

/// Nanoseconds on the monotonic clock, from an unspecified start.
#[cfg(target_os = "linux")]
pub(crate) fn now() -> u64 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: fills the struct that it is given; every Linux has this clock.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn now() -> u64 {
    0
}
