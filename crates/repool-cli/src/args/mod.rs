//! The command line: what it says, as plain data.

mod advise;
mod compare;
mod examples;
mod flame;
mod list;
mod profile;
mod study;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand, ValueHint};
use repool_bench::ArgError;

use crate::{Failure, stdout};

pub(crate) use advise::AdviseArgs;
pub(crate) use compare::CompareArgs;
pub(crate) use flame::FlameArgs;
pub(crate) use list::ListArgs;
pub(crate) use profile::{BinaryArgs, ProfileArgs};
pub(crate) use study::StudyArgs;

/// Find what to pool, pool it, prove that it helped
///
/// Without a command, repool does the study.
#[derive(Parser)]
#[command(name = "repool", version, args_conflicts_with_subcommands = true)]
#[command(after_long_help = examples::REPOOL)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    study: StudyArgs,
}

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Rank functions by what they allocate: pprof's top
    ///
    /// Prints what `go tool pprof -top` prints of the same file, or of the same files, which are added
    /// up. Any profile in pprof's format will do: repool's, Go's, or another tool's. Which values are
    /// shown is the profile's choice, unless --sample says it: all bytes that were allocated
    /// (alloc_space) in files that repool-prof writes, what is alive (inuse_space) in heap profiles of
    /// its http endpoint and of Go.
    #[command(after_long_help = examples::TOP)]
    Top(ProfileArgs),
    /// Show the source of functions, with the figures of each line: pprof's list
    ///
    /// Prints what `go tool pprof -list` prints of the same files. The source is read from where the
    /// profile says that it was when the program was built.
    #[command(after_long_help = examples::LIST)]
    List(ListArgs),
    /// Show who calls whom: pprof's tree
    ///
    /// Prints what `go tool pprof -tree` prints of the same files: each function between those that
    /// call it and those that it calls.
    #[command(after_long_help = examples::TREE)]
    Tree(ProfileArgs),
    /// Show every stack with its figures: pprof's traces
    ///
    /// Prints what `go tool pprof -traces` prints of the same files.
    #[command(after_long_help = examples::TRACES)]
    Traces(ProfileArgs),
    /// Draw a flame graph, or how two profiles differ
    #[command(after_long_help = examples::FLAME)]
    Flame(FlameArgs),
    /// Say which call sites are worth a pool, or something simpler
    ///
    /// Ranks the sites that allocate by what a pool would save, and says what to do about each: a
    /// pool, a pool of buffers, room asked for in time, one buffer that is kept, or nothing. It
    /// needs a profile that repool-prof wrote: others do not say what became of what was allocated.
    #[command(after_long_help = examples::ADVISE)]
    Advise(AdviseArgs),
    /// Compare the results of benchmarks, as benchstat does
    ///
    /// Reads Go's benchmark format and prints medians with their intervals, and whether they differ
    /// (Mann-Whitney U test): what benchstat prints of the same files. Six results of each
    /// benchmark are the least to say anything; ten are better.
    #[command(after_long_help = examples::COMPARE)]
    Compare(CompareArgs),
    /// Make one HTML page of a study's folder, or of results before and after
    ///
    /// Reads what `repool study` left in the folder, and writes report.html there: one file that
    /// needs no network. In a folder without study.json it takes before.txt and after.txt (results
    /// of benchmarks) and before.pb.gz and after.pb.gz (profiles), as many of them as there are.
    #[command(after_long_help = examples::REPORT)]
    Report(ReportArgs),
    /// Do work without a pool and with one: measure, profile, advise, and see how that came out
    ///
    /// log: a line is the time (UTC), " : ", the message and a newline. Three loggers write the
    /// same lines: LogNoPool into a fresh buffer each, LogWithPool into a buffer from a pool, and
    /// LogNoAlloc into one from the pool and with the time written straight into it.
    ///
    /// json: a record is serialised, into a fresh text or one from a pool. zstd: a record is
    /// compressed, with a fresh context or one from a pool. parse: a JSON document is parsed, with
    /// fresh tables or those of a parser from a pool.
    ///
    /// Prints the format of Go's benchmarks, which benchstat reads, and what follows from the
    /// figures. Takes about 20 seconds: 6 rounds, as benchstat wants, of half a second each.
    #[command(after_long_help = examples::STUDY)]
    Study(StudyArgs),
    /// Print completions for a shell
    #[command(after_long_help = examples::COMPLETIONS)]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write all of them into a folder
    #[command(after_long_help = examples::MAN)]
    Man {
        /// Write a page for each command into this folder
        #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        folder: Option<PathBuf>,
    },
}

/// Where the report is made.
#[derive(clap::Args)]
pub(crate) struct ReportArgs {
    /// The study's folder
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
    /// Open the page in a browser
    #[arg(long)]
    pub(crate) open: bool,
}

/// Reads the command line, the program's name its first word.
pub(crate) fn parse(
    args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<Command, Failure> {
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let cli = Cli::try_parse_from(&args).map_err(|error| failure(error, &args))?;
    Ok(cli.command.unwrap_or(Command::Study(cli.study)))
}

/// Reads a number of things.
fn parse_positive<N: std::str::FromStr>(text: &str) -> Result<N, &'static str> {
    let number = text.parse();
    number.map_err(|_| "must be a whole number from 1 on, such as 10")
}

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

/// The command line's own description, for help in other forms.
pub(crate) fn description() -> clap::Command {
    Cli::command()
}
