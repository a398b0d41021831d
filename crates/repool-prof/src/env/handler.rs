//! The signal handlers, and how a signal takes its default action afterwards.
//!
//! A handler interrupts the program anywhere. So it only stores the signal, wakes the thread of
//! `signal` and returns: the interrupted thread may hold a lock which that thread needs.
//!
//! Invariants:
//!
//! - **H1**: code that handlers run uses atomics and functions that signal-safety(7) lists, and leaves
//!   `errno` as it was.
//! - **H2**: a `sigaction` or signal set is written as a whole before it is read.
//!
//! SIGTERM and SIGINT have a handler of this module, not one of `signal-hook`: the latter would be
//! shared with the program's handlers of that crate, and nothing would tell whether there are any. A
//! handler that the program sets later replaces this module's, and may call it, as `signal-hook`'s
//! and tokio's do. So the handler checks whether it is the one that the system has; if not, the
//! signal belongs to the program.

use std::io;
use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};

use libc::c_int;

use super::semaphore::Semaphore;

/// Posted for each request.
static REQUESTS: Semaphore = Semaphore::new();
/// Whether a SIGUSR2 was received and not answered yet.
static WANTS_PROFILE: AtomicBool = AtomicBool::new(false);
/// The signal that ends the process once the profile is written; 0 if none was received.
static ENDS_BY: AtomicI32 = AtomicI32::new(0);
/// The identity of the process that has the answering thread; 0 if there is none.
static IDENTITY: AtomicU32 = AtomicU32::new(0);
/// The number of the process that has the answering thread. Tells children of `vfork` apart, which
/// share the memory.
static NUMBER: AtomicI32 = AtomicI32::new(0);

/// The signals that operators and terminals send to end a process.
const TERMINATIONS: [c_int; 2] = [libc::SIGTERM, libc::SIGINT];

/// What a signal requests of the answering thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// A profile, while the program runs on.
    Profile,
    /// The last profile, and then this signal's default action.
    End(Termination),
}

/// A signal that ends the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Termination(c_int);

/// Initialises this module's state, before [`next`] and the handlers use it.
pub(super) fn set_up() {
    REQUESTS.set_up();
    // SAFETY: no preconditions.
    NUMBER.store(unsafe { libc::getpid() }, Ordering::Relaxed);
    IDENTITY.store(repool::process::id(), Ordering::Release);
}

/// Lets SIGUSR2 request a profile, in addition to its previous handlers.
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

/// Lets SIGTERM and SIGINT request the end, each if it has its default action.
pub(super) fn handle_terminations() {
    for signal in TERMINATIONS {
        if action(signal).sa_sigaction == libc::SIG_DFL {
            set_action(signal, &our_action());
        }
    }
}

/// Waits for the next request. Called on one thread.
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
    /// Takes the signal's action. Returns if that does not end the process.
    pub(super) fn act(self) {
        let Self(signal) = self;
        if is_ours(signal) {
            do_default(signal);
        } else {
            // The program has set a handler while the profile was written: calls that.
            // SAFETY: sends this process a signal that it has received already.
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
            // Ends at once: a child has no answering thread, and a second signal does not wait for
            // the profile.
            do_default(signal);
        }
    }
    // SAFETY: as above.
    unsafe { *errno = before };
}

/// Whether this process has the answering thread; its children have not.
fn is_answered_here() -> bool {
    // SAFETY: no preconditions.
    let number = unsafe { libc::getpid() };
    IDENTITY.load(Ordering::Acquire) == repool::process::id()
        && NUMBER.load(Ordering::Relaxed) == number
}

/// Whether this module's handler is the system's for the signal.
fn is_ours(signal: c_int) -> bool {
    action(signal).sa_sigaction == on_termination as *const () as libc::sighandler_t
}

/// Takes the signal's default action, on the calling thread. Returns if the process is the init
/// process of a PID namespace, which default actions do not end; the handler is then set again.
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
    // Sets the handler again, unless the program has set its own meanwhile.
    if action(signal).sa_sigaction == libc::SIG_DFL {
        set_action(signal, &our_action());
    }
}

/// The action for SIGTERM and SIGINT. Interrupted system calls are restarted if they can be, and the
/// handler runs on the thread's alternate stack if it has one.
fn our_action() -> libc::sigaction {
    let mut ours = new_action(on_termination as *const () as libc::sighandler_t);
    ours.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
    ours
}

/// An action with `handler` and without flags, which blocks no other signal.
fn new_action(handler: libc::sighandler_t) -> libc::sigaction {
    // SAFETY: H2: all fields are numbers, for which zero is valid.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler;
    action
}

/// The signal's present action.
fn action(signal: c_int) -> libc::sigaction {
    let mut now = new_action(libc::SIG_DFL);
    // SAFETY: H2; only reads, and cannot fail for a valid signal.
    unsafe { libc::sigaction(signal, ptr::null(), &raw mut now) };
    now
}

/// Sets the signal's action, and returns the previous one.
fn set_action(signal: c_int, new: &libc::sigaction) -> libc::sigaction {
    let mut before = new_action(libc::SIG_DFL);
    // SAFETY: H1 and H2; this module's handler takes a signal's number.
    unsafe { libc::sigaction(signal, new, &raw mut before) };
    before
}
