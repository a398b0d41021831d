//! What a subscriber writes to.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::sync::Arc;

use tracing_subscriber::fmt::MakeWriter;

use crate::counter::ErrorCounter;
use crate::queue::{PushError, Queue};

/// A writer that queues each line for the writer thread. Clones share the queue.
///
/// Made by [`non_blocking`](crate::non_blocking) or a
/// [`NonBlockingBuilder`](crate::NonBlockingBuilder). It is a
/// [`MakeWriter`], and can be written to directly: one call of
/// [`write`](Write::write) is one line.
///
/// ```
/// use std::io::Write;
///
/// let (mut writer, _guard) = repool_tracing::non_blocking(std::io::sink());
/// writer.write_all(b"a line\n")?;
/// writer.flush()?; // returns when it is written
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct NonBlocking {
    queue: Arc<Queue>,
    counter: ErrorCounter,
    is_lossy: bool,
}

impl NonBlocking {
    pub(crate) fn new(queue: Arc<Queue>, counter: ErrorCounter, is_lossy: bool) -> Self {
        NonBlocking {
            queue,
            counter,
            is_lossy,
        }
    }

    /// Counts the lines that were dropped or could not be written.
    ///
    /// ```
    /// let (writer, _guard) = repool_tracing::non_blocking(std::io::sink());
    /// assert_eq!(writer.error_counter().dropped_lines(), 0);
    /// ```
    pub fn error_counter(&self) -> ErrorCounter {
        self.counter.clone()
    }

    fn push(&self, text: &[u8]) -> io::Result<()> {
        let Err(why) = self.queue.push(text, !self.is_lossy) else {
            return Ok(());
        };
        self.counter.add_dropped_line();
        match (why, self.is_lossy) {
            (PushError::Closed, false) => Err(io::Error::new(
                ErrorKind::BrokenPipe,
                "the writer thread has ended: its WorkerGuard was dropped",
            )),
            _ => Ok(()),
        }
    }
}

impl Write for &NonBlocking {
    /// Queues `text` as one line.
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.push(text).map(|()| text.len())
    }

    /// Returns when each line that was queued before is written, or has failed.
    ///
    /// # Errors
    ///
    /// In a forked child, and in the writer thread itself, which cannot wait.
    fn flush(&mut self) -> io::Result<()> {
        match self.queue.flush() {
            true => Ok(()),
            false => Err(io::Error::other(
                "no writer thread to wait for: this is it, or a forked child",
            )),
        }
    }
}

impl Write for NonBlocking {
    /// Queues `text` as one line.
    ///
    /// # Errors
    ///
    /// If the [guard](crate::WorkerGuard) was dropped and the writer is not lossy. Otherwise a line
    /// that cannot be queued is dropped and [counted](ErrorCounter::dropped_lines).
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        (&*self).write(text)
    }

    /// Returns when each line that was queued before is written, or has failed.
    ///
    /// # Errors
    ///
    /// In a forked child, and in the writer thread itself, which cannot wait.
    fn flush(&mut self) -> io::Result<()> {
        (&*self).flush()
    }
}

impl<'a> MakeWriter<'a> for NonBlocking {
    type Writer = &'a NonBlocking;

    fn make_writer(&'a self) -> &'a NonBlocking {
        self
    }
}

impl fmt::Debug for NonBlocking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NonBlocking")
            .field("is_lossy", &self.is_lossy)
            .field("counter", &self.counter)
            .finish_non_exhaustive()
    }
}
