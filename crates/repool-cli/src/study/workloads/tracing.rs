//! Events of `tracing` are logged through a writer thread: `tracing-appender`'s, which copies each
//! line into a fresh `Vec`, and `repool-tracing`'s, whose lines wait in pooled buffers.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use tracing::Dispatch;
use tracing_subscriber::fmt::MakeWriter;

use super::{Way, Work, Workload};
use crate::study::input::Input;

const ADVICE: &str = "name a file whose lines are log messages, or - for standard input";

/// Bytes that a buffer of repool-tracing holds, and lines that fill some of them.
const BUFFER: usize = 32 << 10;
const WARM_LINES: usize = 20_000;

/// A subscriber, and the guard of its writer thread.
struct Logger<G> {
    dispatch: Dispatch,
    _guard: G,
}

/// Both write to nothing, so that what is measured is the way there.
static FRESH: LazyLock<Logger<tracing_appender::non_blocking::WorkerGuard>> =
    LazyLock::new(|| Logger::fresh(io::sink()));
static POOLED: LazyLock<Logger<repool_tracing::WorkerGuard>> =
    LazyLock::new(|| Logger::pooled(io::sink()));

impl<G> Logger<G> {
    fn new<W>(writer: W, guard: G) -> Self
    where
        W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
    {
        // Without the time and colours, so that a line is the same whenever it is written.
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

/// The work on the lines of a file, which are the messages, or on the sample.
pub(crate) fn work(input: Option<&Path>) -> Result<Work<Vec<u8>>, String> {
    let input = Input::read(input, super::log::SAMPLE, ADVICE)?;
    Ok(Work {
        workload: Workload::Tracing,
        operation: "an event is logged",
        things: "events",
        spared: "A fresh copy of each line",
        records: input.lines().map(<[u8]>::to_vec).collect(),
        ways: &[
            Way {
                name: "TracingNoPool",
                about: "tracing-appender: a fresh copy of each line",
                follows: None,
                run: |_, message| {
                    FRESH.log(message);
                    Ok(())
                },
                checked: |sink, message| lines_of(sink, |out| Logger::fresh(out).log(message)),
            },
            Way {
                name: "TracingWithPool",
                about: "repool-tracing: lines in pooled buffers",
                follows: None,
                run: |_, message| {
                    POOLED.log(message);
                    Ok(())
                },
                checked: |sink, message| lines_of(sink, |out| Logger::pooled(out).log(message)),
            },
        ],
        profiled: 50_000,
        warm,
    })
}

/// What a writer thread writes, kept for the caller.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("appending does not panic").write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes to `sink` what `log` writes to its argument; its logger has ended then.
fn lines_of(sink: &mut dyn Write, log: impl FnOnce(Kept)) -> io::Result<()> {
    let kept = Kept::default();
    log(kept.clone());
    sink.write_all(&kept.0.lock().expect("appending does not panic"))
}

fn warm(messages: &[Vec<u8>]) -> usize {
    for message in messages.iter().cycle().take(WARM_LINES) {
        FRESH.log(message);
        POOLED.log(message);
    }
    BUFFER
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
