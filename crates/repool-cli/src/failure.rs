use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use repool_bench::ArgError;

/// Why a command ended before its end.
#[derive(Debug)]
pub enum Failure {
    /// The arguments were wrong, or asked for help.
    Usage(ArgError),
    /// The input cannot be used: what, where, and what to do about it.
    Input(String),
    /// The results cannot be written.
    Output(io::Error),
}

impl Failure {
    /// Tells the user, in one line, and returns what to exit with.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Self::Usage(help) if help.is_help() => {
                // Nobody misses help that nobody reads.
                let _ = write!(io::stdout(), "{help}");
            }
            // The reader has seen enough (`| head -1`).
            Self::Output(error) if error.kind() == ErrorKind::BrokenPipe => {
                return ExitCode::SUCCESS;
            }
            _ => eprintln!("repool: {self}"),
        }
        match self {
            Self::Usage(error) => error.exit_code().into(),
            Self::Input(_) => 2.into(),
            Self::Output(_) => 1.into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(error) => error.fmt(f),
            Self::Input(problem) => f.write_str(problem),
            Self::Output(error) => write!(f, "cannot write the results: {error}"),
        }
    }
}

impl std::error::Error for Failure {}
