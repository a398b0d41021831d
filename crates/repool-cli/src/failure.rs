//! [`Failure`]: why a command ended early, its message and its exit code.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use repool_bench::ArgError;

use crate::escape;

/// Why a command ended without a result. Displays as the message for standard error, in one line.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// The arguments asked for help or the version: the text to print, with escape sequences for colours
    /// if standard output shows them.
    Help(String),
    /// An argument is unknown, missing or has a bad value.
    Usage(ArgError),
    /// The input cannot be used. The text says what is wrong, where, and what to do.
    Input(String),
    /// The results were printed, and a check on them failed (`compare --fail-on-regression`). The text
    /// names the results.
    Findings(String),
    /// Standard output or a file cannot be written.
    Output(io::Error),
}

impl Failure {
    /// Prints the message, and returns the exit code: 0 for help and for a closed pipe, 1 for results that
    /// fail a check or cannot be written, 2 for arguments and input.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Self::Help(help) => {
                let mut out = io::stdout().lock();
                let printed = out.write_all(help.as_bytes()).and_then(|()| out.flush());
                match printed {
                    Ok(()) => 0.into(),
                    Err(error) => Self::Output(error).report(),
                }
            }
            // The reader closed the pipe (`| head -1`).
            Self::Output(error) if error.kind() == ErrorKind::BrokenPipe => 0.into(),
            Self::Findings(_) | Self::Output(_) => {
                warn(&self.to_string());
                1.into()
            }
            Self::Usage(_) | Self::Input(_) => {
                warn(&self.to_string());
                2.into()
            }
        }
    }
}

/// Prints `message` to standard error as one line; control characters in it are escaped.
pub(crate) fn warn(message: &str) {
    // A closed standard error is no failure of the command.
    let _ = writeln!(io::stderr(), "repool: {}", escape::on_one_line(message));
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
