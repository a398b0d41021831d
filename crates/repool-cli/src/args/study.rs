use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, ValueHint};
use repool_bench::{parse_count, parse_seconds};

use crate::study::{self, Workload};

/// What to study, and how long.
#[derive(Args)]
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
