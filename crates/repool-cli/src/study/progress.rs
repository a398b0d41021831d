use indicatif::{ProgressBar, ProgressStyle};

/// How far the study is, on standard error, if that is a terminal. It is drawn
/// between measurements only: a thread that draws meanwhile would be measured.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Of so many measurements, none is done.
    pub(super) fn new(measurements: usize) -> Self {
        // Draws on standard error, and hides itself where that is no terminal.
        let bar = ProgressBar::new(measurements as u64);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}")
            .expect("the template is correct");
        bar.set_style(style);
        Self { bar }
    }

    /// A loop of so many iterations begins.
    pub(super) fn running(&self, name: &str, iterations: u64, things: &str) {
        if !self.bar.is_hidden() {
            self.bar
                .set_message(format!("{name}, {iterations} {things}"));
        }
    }

    /// A measurement is done.
    pub(super) fn done_one(&self) {
        self.bar.inc(1);
    }

    /// Prints something to the same terminal, out of the bar's way.
    pub(super) fn aside<R>(&self, print: impl FnOnce() -> R) -> R {
        self.bar.suspend(print)
    }

    /// Leaves no trace on the terminal.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
