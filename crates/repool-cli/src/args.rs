use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use repool_bench::{ArgError, parse_count, parse_seconds};

use crate::study;

/// Find what to pool, pool it, prove that it helped.
///
/// Without a command, repool does the study.
#[derive(Parser)]
#[command(name = "repool", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    study: StudyArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Measure a logger that builds lines without a pool, with one, and without allocating
    ///
    /// A line is the time (UTC), " : ", the message and a newline. Three loggers
    /// write the same lines: LogNoPool into a fresh buffer each, LogWithPool into
    /// a buffer from a pool, and LogNoAlloc into one from the pool and with the
    /// time written straight into it. Prints the format of Go's benchmarks, which
    /// benchstat reads, and what follows from the figures.
    Study(StudyArgs),
}

#[derive(Args)]
struct StudyArgs {
    /// Log the lines of this file, in turn; - is standard input [default: a built-in sample]
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// How long to measure each logger, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = parse_seconds)]
    #[arg(allow_negative_numbers = true)]
    time: Duration,
    /// How many rounds to measure, each with every logger
    #[arg(long, value_name = "N", default_value = "1", value_parser = parse_count)]
    #[arg(allow_negative_numbers = true)]
    count: NonZeroU32,
    /// Print the figures as one JSON document, and nothing else
    #[arg(long)]
    json: bool,
    /// Also write a profile of what each logger allocates into this folder, for go tool pprof
    #[arg(long, value_name = "FOLDER")]
    profiles: Option<PathBuf>,
}

/// Reads the command line, the program's name its first word.
pub(crate) fn parse(
    args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<study::Options, ArgError> {
    let cli = Cli::try_parse_from(args)?;
    let StudyArgs {
        input,
        time,
        count,
        json,
        profiles,
    } = match cli.command {
        Some(Command::Study(args)) => args,
        None => cli.study,
    };
    Ok(study::Options {
        input,
        time,
        count,
        json,
        profiles,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(args: &[&str]) -> study::Options {
        parse(["repool"].iter().chain(args)).unwrap()
    }

    #[test]
    fn nothing_said_is_the_study_of_the_sample() {
        let options = options(&[]);
        assert_eq!((options.input, options.json), (None, false));
        assert_eq!(
            (options.time, options.count.get()),
            (Duration::from_secs(1), 1)
        );
    }

    #[test]
    fn the_word_study_may_be_left_out() {
        let said = [
            "--input",
            "x.log",
            "--time",
            "0.5",
            "--count",
            "7",
            "--json",
            "--profiles",
            "p",
        ];
        for options in [options(&said), options(&[&["study"][..], &said].concat())] {
            assert_eq!(options.input.as_deref(), Some("x.log".as_ref()));
            assert_eq!((options.time.as_millis(), options.count.get()), (500, 7));
            assert!(options.json);
            assert_eq!(options.profiles.as_deref(), Some("p".as_ref()));
        }
    }

    #[test]
    fn a_minus_is_an_input() {
        assert_eq!(
            options(&["--input", "-"]).input.as_deref(),
            Some("-".as_ref())
        );
    }
}
