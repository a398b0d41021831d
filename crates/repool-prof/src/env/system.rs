//! Calls into libc for `session` and `signal`: exit handlers, signal masks, and printing a line.
//!
//! # Invariants
//!
//! - **X1**: what is registered for the process's end is a static function, which can be called at
//!   any time. It does not unwind: an `extern "C"` function aborts instead.
//! - **X2**: `sigfillset` writes a signal set as a whole before it is read.

use std::mem::MaybeUninit;
use std::ptr;

/// Bytes of stack of this crate's threads: enough to look symbols up, whatever `RUST_MIN_STACK` is.
pub(super) const STACK: usize = 2 << 20;
/// The name of this crate's threads.
pub(super) const THREAD: &str = "repool-prof";

/// Registers `handler` to be called when the process ends by `exit`.
pub(super) fn at_exit(handler: extern "C" fn()) -> Result<(), ()> {
    // SAFETY: X1.
    match unsafe { libc::atexit(handler) } {
        0 => Ok(()),
        _ => Err(()),
    }
}

/// Whether this program runs with more rights than the user who set its environment (set-user-ID).
pub(super) fn is_privileged() -> bool {
    // SAFETY: reads a number that the kernel stored at the start.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Blocks all signals on the calling thread, so that the program's threads take them, except
/// `signal` and the signals of faults, which only the thread that caused them can take.
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
    // SAFETY: X2; each call gets a valid set and valid signals.
    unsafe {
        libc::sigfillset(blocked.as_mut_ptr());
        for taken in faults.into_iter().chain([signal]) {
            libc::sigdelset(blocked.as_mut_ptr(), taken);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, blocked.as_ptr(), ptr::null_mut());
    }
}

/// Prints a line to standard error by one `write`. Takes no lock, because the thread that panics or
/// exits may hold the lock of standard error.
pub(super) fn print_line(text: &str) {
    // File names in the text may have control characters.
    let text = text.replace(char::is_control, "?");
    let line = format!("repool-prof: {text}\n");
    // SAFETY: the pointer and the length are those of `line`. An error is ignored.
    unsafe { libc::write(libc::STDERR_FILENO, line.as_ptr().cast(), line.len()) };
}
