//! The writer thread: takes lines in rounds, writes them, and counts what the underlying writer
//! refuses.

use std::io::{self, ErrorKind, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::chunk::Chunk;
use crate::counter::ErrorCounter;
use crate::queue::Queue;

/// How long the thread waits for more lines after a round. A wake-up costs the logging thread 2 to
/// 10 microseconds; with one a millisecond that is below a percent, and a line is late by as much.
const LINGER: Duration = Duration::from_millis(1);

/// What is told of an error of the underlying writer.
pub(crate) type OnError = Box<dyn FnMut(&io::Error) + Send>;

/// What the writer thread has.
pub(crate) struct Worker<W> {
    pub(crate) queue: Arc<Queue>,
    pub(crate) writer: W,
    pub(crate) counter: ErrorCounter,
    pub(crate) on_error: OnError,
    /// Whether the last line failed: the next failure is of the same kind and not reported again.
    is_failing: bool,
    /// Whether the last byte that was written belongs to a line that an error cut short.
    is_cut: bool,
}

impl<W: Write> Worker<W> {
    pub(crate) fn new(
        queue: Arc<Queue>,
        writer: W,
        counter: ErrorCounter,
        on_error: OnError,
    ) -> Self {
        Worker {
            queue,
            writer,
            counter,
            on_error,
            is_failing: false,
            is_cut: false,
        }
    }

    /// Writes lines until the queue is closed and empty.
    pub(crate) fn run(mut self) {
        /// Says so also if code of the user's panics where that is not caught.
        struct End<'a>(&'a Queue);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.mark_ended();
            }
        }
        let queue = Arc::clone(&self.queue);
        let _end = End(&queue);
        queue.register_writer();
        let mut chunks = Vec::new();
        while queue.take(&mut chunks) {
            for chunk in &chunks {
                self.write_chunk(chunk);
            }
            if let Err(error) = caught(|| self.writer.flush()) {
                self.fail(&error, 0);
            }
            queue.finish_round(&mut chunks, LINGER);
        }
    }

    /// Writes a chunk's lines; each line that fails is counted, and the next one tried.
    fn write_chunk(&mut self, chunk: &Chunk) {
        let mut offset = 0;
        while !chunk.text_from(offset).is_empty() {
            if let Err(error) = caught(|| self.write_from(chunk, &mut offset)) {
                self.fail(&error, 1);
                let (end, is_start) = chunk.line_at(offset);
                self.is_cut |= !is_start;
                offset = end;
            }
        }
    }

    /// Writes `chunk` from `offset` on, and counts that up.
    fn write_from(&mut self, chunk: &Chunk, offset: &mut usize) -> io::Result<()> {
        if self.is_cut {
            self.writer.write_all(b"\n")?;
            self.is_cut = false;
        }
        while !chunk.text_from(*offset).is_empty() {
            match self.writer.write(chunk.text_from(*offset)) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => {
                    *offset += count;
                    self.is_failing = false;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Counts lost lines, and reports the first of a series of failures.
    fn fail(&mut self, error: &io::Error, lines: u64) {
        self.counter.add_write_errors(lines);
        if !self.is_failing {
            self.is_failing = true;
            let on_error = &mut self.on_error;
            // A panic of the user's function ends with it: writing goes on.
            let _ = catch_unwind(AssertUnwindSafe(|| on_error(error)));
        }
    }
}

/// What `work` returns; an error if it panics.
fn caught(work: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(io::Error::other("the underlying writer panicked")))
}
