//! The progress bar of a study, on standard error.

use indicatif::{ProgressBar, ProgressStyle};

/// A progress bar, shown if standard error is a terminal. It is drawn between measurements only, because
/// a drawing thread would disturb the measurement.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar for this many measurements.
    pub(super) fn new(measurements: usize) -> Self {
        // `ProgressBar` draws on standard error, and is hidden if that is no terminal.
        let bar = ProgressBar::new(measurements as u64);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}")
            .expect("the template is correct");
        bar.set_style(style);
        Self { bar }
    }

    /// Shows that a loop of this many iterations begins. `record_noun` is what one iteration handles, in the
    /// plural.
    pub(super) fn start_loop(&self, name: &str, iterations: u64, record_noun: &str) {
        if !self.bar.is_hidden() {
            self.bar
                .set_message(format!("{name}, {iterations} {record_noun}"));
        }
    }

    /// Advances the bar by one measurement.
    pub(super) fn finish_one(&self) {
        self.bar.inc(1);
    }

    /// Hides the bar, calls `print`, which may print to the same terminal, and shows the bar again.
    pub(super) fn print_above<R>(&self, print: impl FnOnce() -> R) -> R {
        self.bar.suspend(print)
    }

    /// Removes the bar from the terminal.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
