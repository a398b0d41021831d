//! The Go study of `sync.Pool`, done here: a logger that builds each line in a
//! fresh buffer, the same with a pool of buffers, and the same without the
//! allocation that the study left.

mod clock;
mod loggers;
mod messages;
mod profiles;
mod progress;
mod takeaways;

use std::hint::black_box;
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use repool_bench::{Machine, Record, Report, Runner, format};

use self::loggers::{LOGGERS, Logger};
use self::messages::Messages;
use self::progress::Progress;
use crate::Failure;

/// What to study.
#[derive(Clone, Debug)]
pub struct Options {
    /// The file whose lines are the messages; `-` is standard input, and `None`
    /// the built-in sample.
    pub input: Option<PathBuf>,
    /// How long each measurement lasts.
    pub time: Duration,
    /// How many rounds are measured. A round measures every logger once, so
    /// that a machine that slows down for a while slows all of them.
    pub count: NonZeroU32,
    /// Whether to print JSON instead of text.
    pub json: bool,
    /// The folder to which a profile of each logger is written, for `go tool pprof`.
    pub profiles: Option<PathBuf>,
}

/// Does the study, and prints the figures to `out` and progress to a terminal's
/// standard error.
///
/// # Errors
///
/// If the input cannot be read or is empty, or `out` or the profiles cannot be written to.
///
/// # Panics
///
/// If the loggers do not write the same lines, for then their figures could not
/// be compared.
///
/// ```
/// use repool_cli::study::{Options, run};
/// use std::{num::NonZeroU32, time::Duration};
///
/// let time = Duration::from_millis(1);
/// let options = Options { input: None, time, count: NonZeroU32::MIN, json: true, profiles: None };
/// let mut out = Vec::new();
/// run(&options, &mut out)?;
/// assert!(String::from_utf8(out).unwrap().contains("\"LogNoAlloc\""));
/// # Ok::<(), repool_cli::Failure>(())
/// ```
pub fn run(options: &Options, out: &mut dyn Write) -> Result<(), Failure> {
    let messages = Messages::read(options.input.as_deref()).map_err(Failure::Input)?;
    assert_same_lines(&messages);
    // First, for a folder that cannot be written to should not cost the time of measuring.
    if let Some(folder) = &options.profiles {
        profiles::write(folder, &messages)?;
    }
    measure(options, &messages, out).map_err(Failure::Output)
}

/// Every logger on every message, at one instant. (This also grows the pooled
/// buffer to its final size before anything is measured.)
fn assert_same_lines(messages: &Messages) {
    let now = UNIX_EPOCH + Duration::from_secs(15 * 3600 + 4 * 60 + 5);
    let [first, others @ ..] = &LOGGERS;
    for message in messages.iter() {
        let expected = first.line(now, message);
        for logger in others {
            let line = logger.line(now, message);
            assert!(
                line == expected,
                "{} and {} write different lines",
                first.name,
                logger.name
            );
        }
    }
}

fn measure(options: &Options, messages: &Messages, out: &mut dyn Write) -> io::Result<()> {
    let machine = Machine::here(Some("repool".into()));
    let width = format::name_width(LOGGERS.map(|logger| logger.name), machine.parallelism);
    let runner = Runner::new(options.time);
    let progress = Progress::new(options.count.get() as usize * LOGGERS.len());

    let mut print =
        |text: &str| progress.aside(|| out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    if !options.json {
        print(&format::header(&machine))?;
    }
    let mut records = Vec::new();
    for _ in 0..options.count.get() {
        for logger in &LOGGERS {
            let record = figures(&runner, logger, messages, &progress);
            progress.done_one();
            if !options.json {
                print(&(format::line(&record, machine.parallelism, width) + "\n"))?;
            }
            records.push(record);
        }
    }
    progress.finish();
    if options.json {
        return print(
            &Report {
                benchmarks: records,
            }
            .to_json(),
        );
    }
    print(&format!(
        "\n{}",
        takeaways::text(&records, repool::backend())
    ))
}

/// Measures one logger: a line an operation, the messages in turn.
fn figures(runner: &Runner, logger: &Logger, messages: &Messages, progress: &Progress) -> Record {
    runner.measure_with(
        logger.name,
        |run| {
            let mut message = messages.cycle();
            let mut sink = io::sink();
            // Unknown to the optimiser, or it would drop the writing and then
            // the line.
            let sink: &mut dyn Write = black_box(&mut sink);
            run.iter(|| (logger.log)(sink, SystemTime::now(), message.next()));
        },
        |step| progress.running(logger.name, step.iterations),
    )
}
