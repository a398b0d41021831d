//! The stream that results go to, whose reader may stop early.

use std::io::{ErrorKind, Write};
use std::process;

/// A stream for results. A closed pipe (`| head -1`) is not an error: from
/// then on nothing is written.
pub(crate) struct Output {
    /// What error messages call it.
    name: &'static str,
    writer: Box<dyn Write>,
    closed: bool,
}

impl Output {
    pub(crate) fn new(name: &'static str, writer: impl Write + 'static) -> Self {
        Self {
            name,
            writer: Box::new(writer),
            closed: false,
        }
    }

    /// Whether the reader has closed its end.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Writes `text` and flushes it. Any error but a closed pipe (a full disk)
    /// ends the process with 1 and a line on standard error.
    pub(crate) fn write(&mut self, text: &str) {
        if self.closed {
            return;
        }
        match self
            .writer
            .write_all(text.as_bytes())
            .and_then(|()| self.writer.flush())
        {
            Ok(()) => (),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => self.closed = true,
            Err(error) => {
                eprintln!("repool-bench: cannot write {}: {error}", self.name);
                process::exit(1);
            }
        }
    }
}
