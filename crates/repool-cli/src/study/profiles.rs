//! A profile of each logger: where it allocates.

use std::fs;
use std::hint::black_box;
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

use repool_prof::Profiler;

use super::loggers::{LOGGERS, Logger};
use super::messages::Messages;
use crate::Failure;

/// Lines that a profile is made of, and so the same in each: 100,000.
const LINES: u32 = 100_000;

/// Mean bytes between samples. Far fewer than in a profile of a service, as so few lines are logged:
/// they make some 200 samples of a logger that allocates 8 bytes a line.
const RATE: u64 = 4096;

/// Writes the profiles into `folder`, which is made if it is not there: `LogNoPool.pb.gz` and so on.
pub(super) fn write(folder: &Path, messages: &Messages) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| {
        Failure::Input(format!(
            "cannot make the folder {}: {error}",
            folder.display()
        ))
    })?;
    for logger in &LOGGERS {
        let profiler = Profiler::builder()
            .rate(RATE)
            .paused()
            .start()
            .map_err(|error| Failure::Output(io::Error::other(error)))?;
        log(&profiler, logger, messages).map_err(Failure::Output)?;
        let path = folder.join(format!("{}.pb.gz", logger.name));
        profiler
            .snapshot()
            .write_pprof(path)
            .map_err(Failure::Output)?;
    }
    Ok(())
}

/// Logs, and samples meanwhile.
fn log(profiler: &Profiler, logger: &Logger, messages: &Messages) -> io::Result<()> {
    let mut message = messages.cycle();
    let mut sink = io::sink();
    // Unknown to the optimiser, or it would drop the writing and then the line.
    let sink: &mut dyn Write = black_box(&mut sink);
    profiler.resume();
    let outcome =
        (0..LINES).try_for_each(|_| (logger.log)(sink, SystemTime::now(), message.next()));
    profiler.pause();
    outcome
}
