//! The output of a [`Bench`](crate::Bench): results, its log, and failures on standard error.

use std::fs::File;
use std::io::Write;
use std::time::Duration;

use crate::arg_error::ArgError;
use crate::config::{Config, Mode};
use crate::failure::Cause;
use crate::format;
use crate::machine::Machine;
use crate::output::{Output, complain};
use crate::record::{Record, Report};

/// Prints results, checks or names, as a [`Config`] says.
pub(crate) struct Printer {
    machine: Machine,
    mode: Mode,
    json: bool,
    quiet: bool,
    report_time: bool,
    out: Output,
    log: Option<Output>,
    /// Whether the lines before the first result are printed.
    has_header: bool,
    /// How wide the column of names is, in characters.
    width: usize,
    /// How many characters a quiet check has printed.
    marks: usize,
}

impl Printer {
    /// Prints to `out`, and creates the log. An error is the line to print.
    pub(crate) fn new(
        config: &Config,
        machine: Machine,
        out: impl Write + 'static,
    ) -> Result<Self, ArgError> {
        let log = match &config.logfile {
            None => None,
            Some(path) => {
                let file = File::create(path).map_err(|error| {
                    ArgError::new(format!(
                        "--logfile {path:?}: {error}; name a file that can be written"
                    ))
                })?;
                Some(Output::new("the log", file))
            }
        };
        Ok(Self {
            machine,
            mode: config.mode,
            json: config.json,
            quiet: config.quiet,
            report_time: config.report_time,
            out: Output::new("the results", out),
            log,
            has_header: false,
            width: 0,
            marks: 0,
        })
    }

    /// Whether the reader of the results has closed them.
    pub(crate) fn is_closed(&self) -> bool {
        self.out.is_closed()
    }

    /// Prints the name of a benchmark that is only listed.
    pub(crate) fn list(&mut self, name: &str) {
        self.out.write(&format!("{name}: benchmark\n"));
        self.log("benchmark", name);
    }

    /// Prints the result of one measurement. JSON is printed by [`json`](Self::json).
    pub(crate) fn record(&mut self, record: &Record) {
        if self.json {
            return;
        }
        self.header();
        let threads = self.machine.parallelism;
        let needed = format::name_width([record.name.as_str()], threads);
        if needed > self.width {
            // With room to spare, so that the column seldom moves (as in Go).
            self.width = needed + 8;
        }
        self.out
            .write(&(format::line(record, threads, self.width) + "\n"));
    }

    /// Prints that a benchmark passed, which took `elapsed`. A measured one has its records instead.
    pub(crate) fn passed(&mut self, name: &str, elapsed: Duration) {
        if self.mode == Mode::Check {
            self.checked("checked", ".", name, elapsed);
        }
        self.log("ok", name);
    }

    /// Prints that a benchmark failed, in the results and on standard error.
    pub(crate) fn failed(&mut self, name: &str, elapsed: Duration, cause: &Cause) {
        if self.mode == Mode::Check {
            self.checked("failed", "F", name, elapsed);
        } else if !self.json {
            self.header();
            let name = format::full_name(name, self.machine.parallelism);
            self.out.write(&format!("--- FAIL: {name}\n"));
        }
        let reason = cause.line();
        complain(format_args!(
            "repool-bench: benchmark {name} failed: {reason}"
        ));
        self.log("failed", name);
    }

    /// Prints the JSON document.
    pub(crate) fn json(&mut self, report: &Report) {
        self.out.write(&report.to_json());
    }

    /// Ends the line of a quiet check.
    pub(crate) fn end(&mut self) {
        if self.marks > 0 {
            self.out.write("\n");
        }
    }

    fn checked(&mut self, word: &str, mark: &str, name: &str, elapsed: Duration) {
        if self.quiet {
            self.marks += 1;
            self.out.write(mark);
        } else if self.report_time {
            let seconds = elapsed.as_secs_f64();
            self.out.write(&format!("{word} {name} <{seconds:.3}s>\n"));
        } else {
            self.out.write(&format!("{word} {name}\n"));
        }
    }

    fn header(&mut self) {
        if !self.has_header {
            self.has_header = true;
            self.out.write(&format::header(&self.machine));
        }
    }

    fn log(&mut self, word: &str, name: &str) {
        if let Some(log) = &mut self.log {
            log.write(&format!("{word} {name}\n"));
        }
    }
}
