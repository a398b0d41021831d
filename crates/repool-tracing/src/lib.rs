//! A non-blocking writer for [`tracing`](https://docs.rs/tracing): lines wait for a writer thread in
//! pooled buffers, so that a warm line allocates nothing.
//!
//! It has the names and the choices of `tracing_appender::non_blocking`, so that a program changes
//! one word:
//!
//! ```
//! // Before: tracing_appender::non_blocking(std::io::stdout())
//! let (writer, _guard) = repool_tracing::non_blocking(std::io::stdout());
//! let subscriber = tracing_subscriber::fmt().with_writer(writer).finish();
//! tracing::subscriber::with_default(subscriber, || tracing::info!(port = 8080, "listening"));
//! // Dropping the guard writes what is left: keep it until `main` ends.
//! ```
//!
//! # How it works
//!
//! A subscriber formats an event and writes it as one line. [`NonBlocking`] copies that line to the
//! end of a pooled buffer of 32 KiB, in which it waits beside the lines before it. The writer thread
//! takes all buffers at once, writes each in one call, flushes the underlying writer, and returns the
//! buffers to their [pool](repool::Pool). It then waits up to a millisecond for more lines before the
//! next round, so that a busy program wakes it at most a thousand times a second. The first line
//! after a pause is written at once.
//!
//! Lines of one thread stay in order. A line is one call of `write`; it is written whole or not at
//! all, except the line that an error of the underlying writer cuts short (the next one then begins
//! with a line break).
//!
//! # Rolling files
//!
//! Any `Write + Send` does, `tracing-appender`'s rolling files among them:
//!
//! ```
//! # let folder = std::env::temp_dir().join(format!("repool-tracing-doc-{}", std::process::id()));
//! let file = tracing_appender::rolling::daily(&folder, "service.log");
//! let (writer, guard) = repool_tracing::non_blocking(file);
//! # let subscriber = tracing_subscriber::fmt().with_writer(writer).finish();
//! # tracing::subscriber::with_default(subscriber, || tracing::info!("listening"));
//! # drop(guard);
//! # std::fs::remove_dir_all(&folder).unwrap();
//! ```
//!
//! # What happens when …
//!
//! | | |
//! |---|---|
//! | lines come faster than they are written | they wait, up to [`buffered_lines_limit`](NonBlockingBuilder::buffered_lines_limit) lines; then a line is dropped and [counted](ErrorCounter::dropped_lines), or with [`lossy(false)`](NonBlockingBuilder::lossy) its thread waits |
//! | the guard is dropped, also by a panic that unwinds | all lines that were written before are with the underlying writer, which is flushed |
//! | the program calls `std::process::exit`, or aborts | what is queued is lost: call [`flush`](NonBlocking#method.flush) before, in a panic hook for example |
//! | writing fails (the disk is full) | the line is lost and [counted](ErrorCounter::write_errors), the first of such failures is [reported](NonBlockingBuilder::on_error), the program goes on, and so does writing |
//! | the underlying writer panics | as for an error |
//! | the process forks | the child has no writer thread: its lines are dropped and counted, and it waits for nothing |
//!
//! # Performance
//!
//! `cargo run --release -- study --workload tracing` in this project's repository compares it with
//! `tracing-appender`.
#![forbid(unsafe_code)]

mod builder;
mod chunk;
mod counter;
mod guard;
mod queue;
mod thread;
mod writer;

pub use builder::{NonBlockingBuilder, non_blocking};
pub use counter::ErrorCounter;
pub use guard::WorkerGuard;
pub use writer::NonBlocking;
