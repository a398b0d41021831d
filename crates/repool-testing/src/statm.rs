//! Memory of this process, as `/proc/self/statm` tells it.

/// Address space, in bytes.
pub fn address_space() -> u64 {
    bytes(0)
}

/// Resident memory, in bytes.
pub fn resident() -> u64 {
    bytes(1)
}

/// The figure at that place of the file, which counts pages.
fn bytes(place: usize) -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages = statm.split(' ').nth(place).expect("a figure");
    // SAFETY: no preconditions.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    pages.parse::<u64>().expect("a number") * page as u64
}
