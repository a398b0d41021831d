//! Filters of system calls.

use std::io;

/// The outcome of a call that fails with EPERM.
pub const REFUSED: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;

/// Installs a filter that gives these system calls that outcome, in the calling thread and in the threads
/// and processes that it starts.
///
/// # Errors
///
/// The system's error, if it refuses the filter.
pub fn filter(calls: &[libc::c_long], outcome: u32) -> io::Result<()> {
    // Load the number of the call; for each call of the list, a comparison and its outcome; allow.
    let statement = |code: u32, jt, jf, k| libc::sock_filter {
        code: code as u16,
        jt,
        jf,
        k,
    };
    let load = statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0);
    let ret = |outcome| statement(libc::BPF_RET | libc::BPF_K, 0, 0, outcome);
    let mut filter = vec![load];
    for &call in calls {
        let is_equal = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
        filter.push(statement(is_equal, 0, 1, call as u32));
        filter.push(ret(outcome));
    }
    filter.push(ret(libc::SECCOMP_RET_ALLOW));
    let program = libc::sock_fprog {
        len: filter.len() as u16,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: the program and its statements live past the calls, which copy them.
    let done = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(
                libc::PR_SET_SECCOMP,
                libc::SECCOMP_MODE_FILTER,
                &raw const program,
            ) == 0
    };
    match done {
        true => Ok(()),
        false => Err(io::Error::last_os_error()),
    }
}
