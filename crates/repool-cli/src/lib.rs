//! The `repool` program, as a library, so that its parts can be tested.
//!
//! [`run`] is the whole of it. What it does is in a module for each command:
//! [`study`] has the Go study of `sync.Pool`, done here.

#![forbid(unsafe_code)]

mod args;
mod failure;
pub mod study;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

pub use failure::Failure;

/// The front page's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct FrontPage;

/// Does what the command line says, the program's name its first word, and
/// returns what the process should exit with: 0, 1 if results could not be
/// written, or 2 if the arguments or the input were wrong. Whoever reads the
/// results may stop at any time; that is no failure.
///
/// Prints results to standard output, and a failure, in one line, to standard
/// error.
///
/// ```
/// assert_eq!(repool_cli::run(["repool", "--version"]), std::process::ExitCode::SUCCESS);
/// ```
pub fn run(args: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> ExitCode {
    let outcome = args::parse(args)
        .map_err(Failure::Usage)
        .and_then(|study| study::run(&study, &mut io::stdout().lock()));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
