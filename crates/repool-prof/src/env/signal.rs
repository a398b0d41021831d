//! The thread that hears SIGUSR2.

use std::io;
use std::sync::mpsc;
use std::thread;

use signal_hook::consts::SIGUSR2;
use signal_hook::iterator::Signals;

use super::system::{self, STACK, THREAD};

/// Starts it; it does what it is to do `on_signal` each time.
pub(super) fn watch(on_signal: impl Fn() + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGUSR2])?;
    let (ready, started) = mpsc::channel();
    thread::Builder::new()
        .name(THREAD.into())
        .stack_size(STACK)
        .spawn(move || {
            system::take_no_signal_but(SIGUSR2);
            // Whoever started us waits.
            let _ = ready.send(());
            for _ in signals.forever() {
                on_signal();
            }
        })?;
    // A program that blocks a signal in all of its threads can do so after this.
    let _ = started.recv();
    Ok(())
}
