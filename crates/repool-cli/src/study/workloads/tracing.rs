//! Logs events of `tracing` through a writer thread: that of `tracing-appender`, which copies each line
//! into a fresh `Vec`, and that of `repool-tracing`, which queues lines in pooled buffers.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use tracing::Dispatch;
use tracing_subscriber::fmt::MakeWriter;

use super::{Implementation, Work, Workload};
use crate::study::input::Input;

const ADVICE: &str = "name a file whose lines are log messages, or - for standard input";

/// The capacity in bytes of a pooled buffer of `repool-tracing`.
const BUFFER_BYTES: usize = 32 << 10;

/// Lines logged before the measurement: enough to fill several buffers.
const WARM_LINES: usize = 20_000;

/// A subscriber and the guard of its writer thread.
struct Logger<G> {
    dispatch: Dispatch,
    _guard: G,
}

/// The logger that allocates a copy of each line. It discards its output, so that the queue alone is
/// measured.
static FRESH: LazyLock<Logger<tracing_appender::non_blocking::WorkerGuard>> =
    LazyLock::new(|| Logger::fresh(io::sink()));
/// The logger with pooled buffers. It discards its output, as [`FRESH`] does.
static POOLED: LazyLock<Logger<repool_tracing::WorkerGuard>> =
    LazyLock::new(|| Logger::pooled(io::sink()));

impl<G> Logger<G> {
    fn new<W>(writer: W, guard: G) -> Self
    where
        W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
    {
        // Without the time and colours, so that the lines of two loggers are equal.
        let subscriber = tracing_subscriber::fmt()
            .with_writer(writer)
            .without_time()
            .with_ansi(false)
            .finish();
        Logger {
            dispatch: Dispatch::new(subscriber),
            _guard: guard,
        }
    }

    /// Logs one message.
    fn log(&self, message: &[u8]) {
        let message = message.escape_ascii();
        tracing::dispatcher::with_default(&self.dispatch, || {
            tracing::info!(target: "study", status = 200, "{message}");
        });
    }
}

impl Logger<tracing_appender::non_blocking::WorkerGuard> {
    fn fresh(out: impl Write + Send + 'static) -> Self {
        let (writer, guard) = tracing_appender::non_blocking::NonBlockingBuilder::default()
            .lossy(false)
            .finish(out);
        Logger::new(writer, guard)
    }
}

impl Logger<repool_tracing::WorkerGuard> {
    fn pooled(out: impl Write + Send + 'static) -> Self {
        let (writer, guard) = repool_tracing::NonBlockingBuilder::default()
            .lossy(false)
            .finish(out);
        Logger::new(writer, guard)
    }
}

/// The work, on a file's lines or the sample's, which are the messages.
pub(crate) fn work(input: Option<&Path>) -> Result<Work<Vec<u8>>, String> {
    let input = Input::read(input, super::log::SAMPLE, ADVICE)?;
    Ok(Work {
        workload: Workload::Tracing,
        operation: "an event is logged",
        record_noun: "events",
        saved_work: "A fresh copy of each line",
        records: input.lines().map(<[u8]>::to_vec).collect(),
        implementations: &[
            Implementation {
                name: "TracingNoPool",
                about: "tracing-appender: a fresh copy of each line",
                follows: None,
                run: |_, message| {
                    FRESH.log(message);
                    Ok(())
                },
                reproducible: |sink, message| lines_of(sink, |out| Logger::fresh(out).log(message)),
            },
            Implementation {
                name: "TracingWithPool",
                about: "repool-tracing: lines in pooled buffers",
                follows: None,
                run: |_, message| {
                    POOLED.log(message);
                    Ok(())
                },
                reproducible: |sink, message| {
                    lines_of(sink, |out| Logger::pooled(out).log(message))
                },
            },
        ],
        profiled_operations: 50_000,
        warm,
    })
}

/// A writer whose clones append to one buffer in memory.
#[derive(Clone, Default)]
struct SharedBuffer(Arc<Mutex<Vec<u8>>>);

impl Write for SharedBuffer {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("appending does not panic").write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes to `sink` what `log` writes to its argument. `log` must drop its logger, so that the writer
/// thread has ended.
fn lines_of(sink: &mut dyn Write, log: impl FnOnce(SharedBuffer)) -> io::Result<()> {
    let buffer = SharedBuffer::default();
    log(buffer.clone());
    sink.write_all(&buffer.0.lock().expect("appending does not panic"))
}

fn warm(messages: &[Vec<u8>]) -> usize {
    for message in messages.iter().cycle().take(WARM_LINES) {
        FRESH.log(message);
        POOLED.log(message);
    }
    BUFFER_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_write_each_event_as_one_line() {
        let work = work(None).unwrap();
        work.assert_same_output();
        let text = work.after().output(&b"request done".to_vec());
        assert_eq!(text, b" INFO study: request done status=200\n");
    }
}
