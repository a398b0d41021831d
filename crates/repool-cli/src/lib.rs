//! <!-- The front page is README.md. Its links are defined here as paths; definitions that come first
//! win, so rustdoc does not use those of the README, which lead to docs.rs. -->
//! [`report`]: report
//! [`run`]: run
//! [`study`]: study
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod browser;
mod command_line;
mod commands;
mod costs;
mod escape;
mod failure;
mod file;
mod outcome;
mod output;
mod profile_args;
pub mod report;
mod stdout;
pub mod study;

use std::ffi::OsString;
use std::process::ExitCode;

pub use failure::Failure;
use stdout::Stdout;

/// Does what the command line says, the program's name its first word, and
/// returns what the process should exit with: 0, 1 if `compare` was asked to
/// fail on a regression and found one or results could not be written, or 2 if
/// the arguments or the input were wrong. Whoever reads the results may stop at
/// any time; that is no failure.
///
/// Prints results to standard output, and a failure, in one line, to standard
/// error. Colours are for terminals only, and never if `NO_COLOR` is set. Files and pipes get every
/// byte; on terminals, control characters of names are escaped.
///
/// ```
/// assert_eq!(repool_cli::run(["repool", "--version"]), std::process::ExitCode::SUCCESS);
/// ```
pub fn run(args: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> ExitCode {
    let outcome = command_line::parse(args).and_then(|command| command.run(&mut Stdout::lock()));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
