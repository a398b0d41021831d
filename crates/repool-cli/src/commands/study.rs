//! `repool study`, which is also what `repool` does without a command; the study itself is
//! [`crate::study`].

use std::io::Write;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, ValueHint};
use repool_bench::{parse_count, parse_seconds};

use crate::failure::Failure;
use crate::study::{self, Workload};

const EXAMPLES: &str = "\
Examples:
  repool study                                  three loggers, about 20 seconds
  repool study --input app.log --out app-study  with your own messages
  repool study --workload json --input records.ndjson
  repool study --time 0.1 --count 6 --json";

/// Measure and profile a workload without and with a pool, and check the advice
///
/// log: a line is the time (UTC), " : ", the message and a newline. Three loggers write the same
/// lines: LogNoPool with a fresh buffer for each line, LogWithPool with a buffer from a pool, and
/// LogNoAlloc with a buffer from a pool into which it writes the time directly.
///
/// json: a record is serialised, into a fresh buffer or one from a pool. zstd: a record is
/// compressed, with a fresh context or one from a pool. parse: a JSON document is parsed, with fresh
/// tables or those of a parser from a pool. tracing: an event is logged by a writer thread, which gets
/// a fresh copy of each line or lines in pooled buffers.
///
/// Prints results in the format of Go's benchmarks, which benchstat reads, and conclusions. Takes
/// about 20 seconds: 6 rounds, the least for benchstat, of half a second for each measurement.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct StudyArgs {
    /// The workload to study
    #[arg(long, value_name = "NAME", default_value_t)]
    #[arg(value_parser = PossibleValuesParser::new(Workload::ALL.map(Workload::name)).map(named))]
    workload: Workload,
    /// Use the lines of this file, in turn; - is standard input [default: a built-in sample]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    input: Option<PathBuf>,
    /// How long each measurement lasts, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "0.5", value_parser = parse_seconds)]
    #[arg(allow_negative_numbers = true)]
    time: Duration,
    /// How many rounds to measure; each measures every variant once
    #[arg(long, value_name = "N", default_value = "6", value_parser = parse_count)]
    #[arg(allow_negative_numbers = true)]
    count: NonZeroU32,
    /// Print the results as one JSON document, and nothing else
    #[arg(long)]
    json: bool,
    /// Write benchmarks, profiles and the report into this folder; creates it if needed
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    #[arg(default_value = study::Options::OUT)]
    out: PathBuf,
}

/// The workload of a name that the parser has accepted.
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
    /// Runs the study.
    pub(super) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        study::run(&self.into(), out)
    }
}
