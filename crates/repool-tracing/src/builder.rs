//! How a writer is made.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::counter::ErrorCounter;
use crate::guard::WorkerGuard;
use crate::queue::Queue;
use crate::thread::{OnError, Worker};
use crate::writer::NonBlocking;

/// Lines that wait at most by default, as in `tracing-appender`.
const LINES: usize = 128_000;

/// Starts a thread that writes to `writer`, and returns what subscribers write to and the guard that
/// ends the thread. The settings are the defaults of [`NonBlockingBuilder`].
///
/// # Panics
///
/// If the system refuses a thread.
///
/// ```
/// let (writer, _guard) = repool_tracing::non_blocking(std::io::stderr());
/// tracing_subscriber::fmt().with_writer(writer).init();
/// tracing::info!("ready");
/// ```
pub fn non_blocking<W: Write + Send + 'static>(writer: W) -> (NonBlocking, WorkerGuard) {
    NonBlockingBuilder::default().finish(writer)
}

/// The settings of a [`NonBlocking`].
///
/// ```
/// let (writer, _guard) = repool_tracing::NonBlockingBuilder::default()
///     .buffered_lines_limit(10_000)
///     .lossy(false)
///     .thread_name("log")
///     .finish(std::io::stdout());
/// # let _ = writer;
/// ```
#[must_use = "a builder starts the writer thread when `finish` is called"]
pub struct NonBlockingBuilder {
    lines: usize,
    is_lossy: bool,
    thread_name: String,
    timeout: Option<Duration>,
    on_error: OnError,
}

impl NonBlockingBuilder {
    /// Lets at most `lines` lines wait for the writer thread, 1 at least. 128,000 by default.
    pub fn buffered_lines_limit(mut self, lines: usize) -> Self {
        self.lines = lines;
        self
    }

    /// Whether a line that finds the queue full is dropped and
    /// [counted](ErrorCounter::dropped_lines) (the default), or its thread waits for room.
    pub fn lossy(mut self, is_lossy: bool) -> Self {
        self.is_lossy = is_lossy;
        self
    }

    /// Names the writer thread. "repool-tracing" by default.
    pub fn thread_name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.thread_name);
        self
    }

    /// Lets the [guard](WorkerGuard)'s drop wait no longer than `timeout` for the underlying writer;
    /// what is queued then is written later, or lost with the process. `None`, the default, waits as
    /// long as it takes, so that no line is lost.
    pub fn shutdown_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeout = timeout.into();
        self
    }

    /// Calls `report`, in the writer thread, for the first of a series of errors of the underlying
    /// writer; one line that is written ends a series. By default one line goes to standard error:
    /// `repool-tracing: log lines are lost: No space left on device (os error 28)`.
    ///
    /// ```
    /// let (writer, _guard) = repool_tracing::NonBlockingBuilder::default()
    ///     .on_error(|error| eprintln!("the log cannot be written: {error}"))
    ///     .finish(std::io::sink());
    /// # let _ = writer;
    /// ```
    pub fn on_error(mut self, report: impl FnMut(&io::Error) + Send + 'static) -> Self {
        self.on_error = Box::new(report);
        self
    }

    /// Starts the writer thread.
    ///
    /// # Panics
    ///
    /// If the system refuses a thread, or the thread's name holds a zero byte.
    #[track_caller]
    pub fn finish<W: Write + Send + 'static>(self, writer: W) -> (NonBlocking, WorkerGuard) {
        let queue = Arc::new(Queue::new(self.lines));
        let counter = ErrorCounter::default();
        let worker = Worker::new(Arc::clone(&queue), writer, counter.clone(), self.on_error);
        let thread = thread::Builder::new()
            .name(self.thread_name)
            .spawn(move || worker.run())
            .expect("the system starts a thread for the log's lines");
        let guard = WorkerGuard::new(Arc::clone(&queue), thread, self.timeout);
        (NonBlocking::new(queue, counter, self.is_lossy), guard)
    }
}

impl Default for NonBlockingBuilder {
    fn default() -> Self {
        NonBlockingBuilder {
            lines: LINES,
            is_lossy: true,
            thread_name: "repool-tracing".to_owned(),
            timeout: None,
            on_error: Box::new(|error| {
                // Not `eprintln`, which panics if standard error is closed.
                let _ = writeln!(io::stderr(), "repool-tracing: log lines are lost: {error}");
            }),
        }
    }
}

impl fmt::Debug for NonBlockingBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NonBlockingBuilder")
            .field("lines", &self.lines)
            .field("is_lossy", &self.is_lossy)
            .field("thread_name", &self.thread_name)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
