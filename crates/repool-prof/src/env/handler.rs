//! What is done in signal handlers, and how a signal gets its default action after all.
//!
//! A handler interrupts the program anywhere, so it notes the signal, wakes the thread that answers it,
//! and returns: the interrupted thread may hold a lock which that thread needs.
//!
//! Invariants:
//!
//! - **H1**: code that handlers run uses atomics and functions that signal-safety(7) names, and leaves
//!   `errno` as it was.
//! - **H2**: a `sigaction` or signal set is written as a whole before it is read.
//!
//! SIGTERM and SIGINT have a handler of our own, not one of `signal-hook`'s: that would be shared with
//! the program's handlers of that crate, and nothing would tell whether there are any. A handler that
//! the program sets later takes the place of ours, and may call ours too, as `signal-hook`'s and so
//! tokio's do. So ours looks whether it is the one that the system has; if not, the signal is the
//! program's.

use std::io;
use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};

use libc::c_int;

use super::semaphore::Semaphore;

/// Raised for each request.
static REQUESTS: Semaphore = Semaphore::new();
/// Whether SIGUSR2 came and was not answered yet.
static WANTS_PROFILE: AtomicBool = AtomicBool::new(false);
/// The signal that ends the process once the profile is written; 0 if none came.
static ENDS_BY: AtomicI32 = AtomicI32::new(0);
/// The identity of the process that has the thread which answers; 0 if there is none.
static IDENTITY: AtomicU32 = AtomicU32::new(0);
/// That process's number, which a child of `vfork` does not have.
static NUMBER: AtomicI32 = AtomicI32::new(0);

/// The signals that end a process unless it handles them, and that operators and terminals send.
const TERMINATIONS: [c_int; 2] = [libc::SIGTERM, libc::SIGINT];

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// A profile, while the program runs on.
    Profile,
    /// The last profile, and then what this signal does.
    End(Termination),
}

/// A signal that ends the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Termination(c_int);

/// Gets ready for [`next`].
pub(super) fn set_up() {
    REQUESTS.set_up();
    // SAFETY: no preconditions.
    NUMBER.store(unsafe { libc::getpid() }, Ordering::Relaxed);
    IDENTITY.store(repool::process::id(), Ordering::Release);
}

/// Has SIGUSR2 ask for a profile, beside what it did before.
pub(super) fn handle_usr2() -> io::Result<()> {
    // SAFETY: H1; a closure that does not panic.
    let registered = unsafe {
        signal_hook::low_level::register(libc::SIGUSR2, || {
            if is_answered_here() {
                WANTS_PROFILE.store(true, Ordering::Release);
                REQUESTS.post();
            }
        })
    };
    registered.map(drop)
}

/// Has SIGTERM and SIGINT ask for the end, those of them that have their default action.
pub(super) fn handle_terminations() {
    for signal in TERMINATIONS {
        if action(signal).sa_sigaction == libc::SIG_DFL {
            set_action(signal, &our_action());
        }
    }
}

/// Waits for the next request. To be called on one thread.
pub(super) fn next() -> Request {
    loop {
        REQUESTS.wait();
        match ENDS_BY.load(Ordering::Acquire) {
            0 if WANTS_PROFILE.swap(false, Ordering::Acquire) => return Request::Profile,
            0 => {}
            signal => return Request::End(Termination(signal)),
        }
    }
}

/// Whether this process is about to end by a signal.
pub(super) fn is_ending() -> bool {
    ENDS_BY.load(Ordering::Acquire) != 0 && is_answered_here()
}

impl Termination {
    /// Does what the signal would have done. Returns if that does not end the process.
    pub(super) fn act(self) {
        let Self(signal) = self;
        if is_ours(signal) {
            do_default(signal);
        } else {
            // The program took it over while the profile was written: it is the program's now.
            // SAFETY: sends this process a signal that it was sent already.
            unsafe { libc::kill(libc::getpid(), signal) };
        }
        ENDS_BY.store(0, Ordering::Release);
    }
}

extern "C" fn on_termination(signal: c_int) {
    // SAFETY: the calling thread's own.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    let before = unsafe { *errno };
    if is_ours(signal) {
        let first = || {
            let order = (Ordering::AcqRel, Ordering::Acquire);
            ENDS_BY
                .compare_exchange(0, signal, order.0, order.1)
                .is_ok()
        };
        if is_answered_here() && first() {
            REQUESTS.post();
        } else {
            // A child has no thread that would answer, and a second signal asks not to wait for the
            // profile.
            do_default(signal);
        }
    }
    // SAFETY: as above.
    unsafe { *errno = before };
}

/// Whether this process has the thread that answers: not one that was forked from it.
fn is_answered_here() -> bool {
    // SAFETY: no preconditions.
    let number = unsafe { libc::getpid() };
    IDENTITY.load(Ordering::Acquire) == repool::process::id()
        && NUMBER.load(Ordering::Relaxed) == number
}

/// Whether the system has our handler for the signal.
fn is_ours(signal: c_int) -> bool {
    action(signal).sa_sigaction == on_termination as *const () as libc::sighandler_t
}

/// Lets the signal do what it does without a handler, on the calling thread. Returns if the process is
/// the first one of a namespace, which default actions do not end; the handler is then back.
fn do_default(signal: c_int) {
    set_action(signal, &new_action(libc::SIG_DFL));
    // SAFETY: H2; the set is one of the signal alone.
    unsafe {
        let (mut alone, mut before) = (mem::zeroed(), mem::zeroed());
        libc::sigemptyset(&raw mut alone);
        libc::sigaddset(&raw mut alone, signal);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const alone, &raw mut before);
        libc::raise(signal);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut());
    }
    // Unless the program has set its own since.
    if action(signal).sa_sigaction == libc::SIG_DFL {
        set_action(signal, &our_action());
    }
}

/// What the system is to do at SIGTERM and SIGINT. System calls that the signal interrupts go on where
/// that can be; a thread's small stack is not used where it has another one for signals.
fn our_action() -> libc::sigaction {
    let mut ours = new_action(on_termination as *const () as libc::sighandler_t);
    ours.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
    ours
}

/// An action without flags that blocks no other signal.
fn new_action(handler: libc::sighandler_t) -> libc::sigaction {
    // SAFETY: H2: all of it is numbers, and zeros are none of them set.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler;
    action
}

/// What the system does at the signal.
fn action(signal: c_int) -> libc::sigaction {
    let mut now = new_action(libc::SIG_DFL);
    // SAFETY: H2; reads only, and cannot fail for a signal that there is.
    unsafe { libc::sigaction(signal, ptr::null(), &raw mut now) };
    now
}

/// Sets what the system does at the signal, and tells what it did before.
fn set_action(signal: c_int, new: &libc::sigaction) -> libc::sigaction {
    let mut before = new_action(libc::SIG_DFL);
    // SAFETY: H1 and H2; the handler, if it is ours, takes a signal's number.
    unsafe { libc::sigaction(signal, new, &raw mut before) };
    before
}
