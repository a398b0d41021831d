//! What only libc has.
//!
//! # Invariants
//!
//! - **X1**: what is registered for the process's end is a plain function, so it can be called at
//!   any time later. It does not unwind: an `extern "C"` function aborts instead.
//! - **X2**: a signal set is written as a whole by `sigfillset` before anybody reads it.

use std::mem::MaybeUninit;
use std::ptr;

/// Of every thread of ours: enough to look symbols up, whatever `RUST_MIN_STACK` says.
pub(super) const STACK: usize = 2 << 20;
pub(super) const THREAD: &str = "repool-prof";

/// Has `handler` called when the process ends by `exit`.
pub(super) fn at_exit(handler: extern "C" fn()) -> Result<(), ()> {
    // SAFETY: X1.
    match unsafe { libc::atexit(handler) } {
        0 => Ok(()),
        _ => Err(()),
    }
}

/// Whether this program runs with rights that whoever set its environment has not.
pub(super) fn is_privileged() -> bool {
    // SAFETY: reads a number that the kernel left at the start.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Leaves to the program's threads all signals but `signal`, and but those that say what this
/// thread itself did wrong, which nobody else can take.
pub(super) fn block_signals_except(signal: libc::c_int) {
    let mut blocked = MaybeUninit::uninit();
    let faults = [
        libc::SIGSEGV,
        libc::SIGBUS,
        libc::SIGFPE,
        libc::SIGILL,
        libc::SIGTRAP,
        libc::SIGSYS,
        libc::SIGABRT,
    ];
    // SAFETY: X2; each call gets a set that is there, and signals that exist.
    unsafe {
        libc::sigfillset(blocked.as_mut_ptr());
        for taken in faults.into_iter().chain([signal]) {
            libc::sigdelset(blocked.as_mut_ptr(), taken);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, blocked.as_ptr(), ptr::null_mut());
    }
}

/// Prints a line to standard error, in one piece if that can be. Takes no lock: the thread that
/// panics or exits may be in the middle of printing.
pub(super) fn print_line(problem: &str) {
    // Names of files may have anything in them.
    let problem = problem.replace(char::is_control, "?");
    let line = format!("repool-prof: {problem}\n");
    // SAFETY: the pointer and the length are those of `line`. If nobody reads, nobody needs it.
    unsafe { libc::write(libc::STDERR_FILENO, line.as_ptr().cast(), line.len()) };
}
