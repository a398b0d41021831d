//! How many lines did not reach the underlying writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts lines that a [`NonBlocking`](crate::NonBlocking) did not write. Clones count together.
///
/// ```
/// let (writer, guard) = repool_tracing::non_blocking(std::io::sink());
/// let counter = writer.error_counter();
/// drop(guard);
/// assert_eq!((counter.dropped_lines(), counter.write_errors()), (0, 0));
/// ```
#[derive(Clone, Debug, Default)]
pub struct ErrorCounter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    dropped_lines: AtomicU64,
    write_errors: AtomicU64,
}

impl ErrorCounter {
    /// Lines that were dropped because the queue was full, its [guard](crate::WorkerGuard) was gone,
    /// or the process is a forked child.
    pub fn dropped_lines(&self) -> u64 {
        self.0.dropped_lines.load(Ordering::Relaxed)
    }

    /// Lines that the underlying writer refused: it returned an error or panicked.
    pub fn write_errors(&self) -> u64 {
        self.0.write_errors.load(Ordering::Relaxed)
    }

    pub(crate) fn add_dropped_line(&self) {
        self.0.dropped_lines.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn add_write_errors(&self, lines: u64) {
        self.0.write_errors.fetch_add(lines, Ordering::Relaxed);
    }
}
