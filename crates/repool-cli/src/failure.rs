use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use repool_bench::ArgError;

/// Why a command ended before its end.
#[derive(Debug)]
pub enum Failure {
    /// The arguments asked for help: the text, with the escapes of a terminal.
    Help(String),
    /// The arguments were wrong.
    Usage(ArgError),
    /// The input cannot be used: what, where, and what to do about it.
    Input(String),
    /// The results are there, and are not what was to be: what is wrong with them.
    Findings(String),
    /// The results cannot be written.
    Output(io::Error),
}

impl Failure {
    /// Tells the user, in one line, and returns what to exit with.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Self::Help(help) => {
                // Nobody misses help that nobody reads.
                let _ = write!(anstream::stdout(), "{help}");
            }
            // The reader has seen enough (`| head -1`).
            Self::Output(error) if error.kind() == ErrorKind::BrokenPipe => {
                return ExitCode::SUCCESS;
            }
            _ => say(&self.to_string()),
        }
        match self {
            Self::Help(_) => 0.into(),
            Self::Findings(_) | Self::Output(_) => 1.into(),
            Self::Usage(_) | Self::Input(_) => 2.into(),
        }
    }
}

/// Tells the user in one line, whatever names of files are in it.
pub(crate) fn say(message: &str) {
    // Who has closed standard error does not want to know.
    let _ = writeln!(io::stderr(), "repool: {}", one_line(message));
}

/// With what would end the line, or mean something to a terminal, escaped.
fn one_line(message: &str) -> String {
    let mut line = String::new();
    for c in message.chars() {
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Self {
        if error.use_stderr() {
            Self::Usage(error.into())
        } else {
            Self::Help(error.render().ansi().to_string())
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(error) => error.fmt(f),
            Self::Help(text) | Self::Input(text) | Self::Findings(text) => f.write_str(text),
            Self::Output(error) => write!(f, "cannot write the results: {error}"),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_end_no_line_and_colour_nothing() {
        assert_eq!(one_line("a\nb\u{1b}[31m: ü"), "a\\nb\\u{1b}[31m: ü");
    }
}
