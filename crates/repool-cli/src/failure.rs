use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use repool_bench::ArgError;

use crate::escape;

/// Why a command ended before its end.
#[derive(Debug)]
pub enum Failure {
    /// The arguments asked for help: the text, with colours if standard output shows them.
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
                let mut out = io::stdout().lock();
                let printed = out.write_all(help.as_bytes()).and_then(|()| out.flush());
                match printed {
                    Ok(()) => 0.into(),
                    Err(error) => Self::Output(error).report(),
                }
            }
            // The reader has seen enough (`| head -1`).
            Self::Output(error) if error.kind() == ErrorKind::BrokenPipe => 0.into(),
            Self::Findings(_) | Self::Output(_) => {
                say(&self.to_string());
                1.into()
            }
            Self::Usage(_) | Self::Input(_) => {
                say(&self.to_string());
                2.into()
            }
        }
    }
}

/// Tells the user in one line, whatever names of files are in it.
pub(crate) fn say(message: &str) {
    // Who has closed standard error does not want to know.
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
