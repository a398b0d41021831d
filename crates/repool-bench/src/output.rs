//! The streams for results and messages, whose readers may close them early.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process;

/// Writes a line to standard error. A closed pipe is ignored: it must neither end a run nor change its
/// exit code, as the panic of `eprintln!` does.
pub(crate) fn complain(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

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
                let name = self.name;
                complain(format_args!("repool-bench: cannot write {name}: {error}"));
                process::exit(1);
            }
        }
    }
}
