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

/// Runs the command of a command line, whose first word is the program's name.
///
/// Prints results to standard output, and a failure as one line to standard error. Only terminals get
/// colours, and none if `NO_COLOR` is set. Files and pipes get every byte; on terminals, control
/// characters of names are escaped.
///
/// Returns the exit code: 0 after success; 1 if `compare --fail-on-regression` found a regression, or
/// results could not be written; 2 if the arguments or the input were wrong. A reader that closes the
/// pipe early (`| head -1`) does not change it.
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
