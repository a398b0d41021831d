//! The thread that answers the signals which `handler` receives.

use std::io;
use std::sync::mpsc;
use std::thread;

use super::handler::{self, Request};
use super::session::{EnvSession, WriteReason};
use super::system::{self, STACK, THREAD};

/// Starts the thread and sets the handlers. The thread writes a profile at each SIGUSR2, and with
/// `terminations` the last one at SIGTERM and SIGINT.
pub(super) fn spawn(session: &'static EnvSession, terminations: bool) -> io::Result<()> {
    handler::set_up();
    let (ready, started) = mpsc::channel();
    thread::Builder::new()
        .name(THREAD.into())
        .stack_size(STACK)
        .spawn(move || {
            system::block_signals_except(libc::SIGUSR2);
            // Cannot fail: the starting thread waits for it.
            let _ = ready.send(());
            loop {
                match handler::next() {
                    Request::Profile => session.write_here(WriteReason::Signal),
                    Request::End(termination) => session.end(termination),
                }
            }
        })?;
    // Waits until the thread has set its signal mask, so that a program may block signals in all of
    // its threads afterwards without affecting this thread.
    let _ = started.recv();
    handler::handle_usr2()?;
    if terminations {
        handler::handle_terminations();
    }
    Ok(())
}
