//! The command line: `repool COMMAND`, or the study's arguments alone. Reads it into a
//! [`Command`], and turns clap's errors into a [`Failure`].

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use repool_bench::ArgError;

use crate::commands::{Command, StudyArgs};
use crate::failure::Failure;
use crate::stdout;

#[cfg(test)]
mod tests;

const EXAMPLES: &str = "\
Examples:
  repool                                  run the study, and write repool-study/
  REPOOL_PROFILE=allocs.pb.gz my-service  profile a program that calls repool_prof::from_env
  repool top allocs.pb.gz                 which functions allocate
  repool advise allocs.pb.gz              which of them to pool
  cargo bench > old.txt                   before the change; after it, into new.txt
  repool compare old.txt new.txt          whether it helped

Exit codes:
  0  done
  1  compare --fail-on-regression found one, or results cannot be written
  2  bad arguments or input; one line on standard error says what, where and what to do

Only terminals get colours, and none if NO_COLOR is set. Files and pipes get every byte; on a terminal,
control characters of names are escaped: \\u{1b}.";

/// Find what to pool, pool it, prove that it helped
///
/// Without a command, repool runs the study.
#[derive(Parser)]
#[command(name = "repool", version, args_conflicts_with_subcommands = true)]
#[command(after_long_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    study: StudyArgs,
}

/// Parses a command line, whose first word is the program's name. Without a command it is `study`.
pub(crate) fn parse(
    args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<Command, Failure> {
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let cli = Cli::try_parse_from(&args).map_err(|error| failure(error, &args))?;
    Ok(cli.command.unwrap_or(Command::Study(cli.study)))
}

/// Parses a number that must be positive.
///
/// # Errors
///
/// Text that begins with "must be".
pub(crate) fn parse_positive<N: std::str::FromStr>(text: &str) -> Result<N, &'static str> {
    let number = text.parse();
    number.map_err(|_| "must be a whole number from 1 on, such as 10")
}

/// clap's error as a [`Failure`], with the nearest name of the command whose arguments were read.
fn failure(error: clap::Error, args: &[OsString]) -> Failure {
    if !error.use_stderr() {
        let help = error.render();
        return Failure::Help(match stdout::has_colours() {
            true => help.ansi().to_string(),
            false => help.to_string(),
        });
    }
    let program = description();
    let named = |arg: &OsString| program.find_subcommand(arg);
    let command = match error.kind() {
        ErrorKind::InvalidSubcommand => None,
        _ => args.iter().skip(1).find_map(named),
    };
    Failure::Usage(ArgError::of(error, command.unwrap_or(&program)))
}

/// clap's description of the command line, for completions and manual pages.
pub(crate) fn description() -> clap::Command {
    Cli::command()
}
