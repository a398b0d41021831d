//! `repool study`, which is also what `repool` does without a command; the study itself is
//! [`crate::study`].

use std::io::Write;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, ValueHint};
use repool_bench::{parse_count, parse_seconds};

use crate::Failure;
use crate::study::{self, Workload};

const EXAMPLES: &str = "\
Examples:
  repool study                                  three loggers, about 20 seconds
  repool study --input app.log --out app-study  with messages of yours
  repool study --workload json --input records.ndjson
  repool study --time 0.1 --count 6 --json";

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
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct StudyArgs {
    /// The work to study
    #[arg(long, value_name = "NAME", default_value_t)]
    #[arg(value_parser = PossibleValuesParser::new(Workload::ALL.map(Workload::name)).map(named))]
    workload: Workload,
    /// Work on the lines of this file, in turn; - is standard input [default: a built-in sample]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    input: Option<PathBuf>,
    /// How long each measurement lasts, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "0.5", value_parser = parse_seconds)]
    #[arg(allow_negative_numbers = true)]
    time: Duration,
    /// How many rounds to measure, without the pool and with it in each
    #[arg(long, value_name = "N", default_value = "6", value_parser = parse_count)]
    #[arg(allow_negative_numbers = true)]
    count: NonZeroU32,
    /// Print the figures as one JSON document, and nothing else
    #[arg(long)]
    json: bool,
    /// Write benchmarks, profiles and the report into this folder, which is made if need be
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    #[arg(default_value = study::Options::OUT)]
    out: PathBuf,
}

/// The work of that name, which is one of theirs.
fn named(name: String) -> Workload {
    let named = |workload: &Workload| workload.name() == name;
    Workload::ALL.into_iter().find(named).unwrap_or_default()
}

impl From<StudyArgs> for study::Options {
    fn from(args: StudyArgs) -> Self {
        let StudyArgs {
            workload,
            input,
            time,
            count,
            json,
            out,
        } = args;
        Self {
            workload,
            input,
            time,
            count,
            json,
            out,
        }
    }
}

impl StudyArgs {
    /// Does the study.
    pub(super) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        study::run(&self.into(), out)
    }
}
