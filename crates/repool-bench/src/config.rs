//! The settings of a [`Bench`](crate::Bench), as data; [`args`] reads them from a command line.

use std::ffi::OsString;
use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::time::Duration;

use crate::arg_error::ArgError;
use crate::{args, launch};

/// What a [`Bench`](crate::Bench) does with each of its benchmarks.
///
/// ```
/// use repool_bench::{Bench, Config, Machine, Mode};
///
/// let mut config = Config::default();
/// config.mode = Mode::Check;
/// let mut bench = Bench::with_output(config, Machine::here(None), std::io::stdout());
/// let mut calls = 0;
/// bench.bench("Counted", || calls += 1); // Prints "checked Counted".
/// assert!(bench.records().is_empty());
/// drop(bench);
/// assert_eq!(calls, 1);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// Measure it and print the figures.
    #[default]
    Measure,
    /// Run its body once, as a check, and print that it ran.
    Check,
    /// Print its name and do not run it.
    List,
}

/// The settings of a [`Bench`](crate::Bench). The default measures every
/// benchmark once, for a second, and prints text.
///
/// ```
/// use repool_bench::Config;
/// use std::time::Duration;
///
/// let quick = Config::new(Duration::from_millis(10));
/// assert_eq!(quick.count.get(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// How long each benchmark's loop should last.
    pub time: Duration,
    /// How often each benchmark is measured; each time is a result.
    pub count: NonZeroU32,
    /// If there are any, only benchmarks whose name contains one of them.
    pub filters: Vec<String>,
    /// Benchmarks whose name contains one of them are left out, also those that a filter selects.
    pub skip: Vec<String>,
    /// Whether a filter, or a name to skip, must be the whole name.
    pub exact: bool,
    /// Measure, check or list.
    pub mode: Mode,
    /// Whether the results are printed as JSON instead of text.
    pub json: bool,
    /// Where to write an allocation profile of the measured loops, if anywhere. Only
    /// [`Mode::Measure`] writes it.
    pub memprofile: Option<PathBuf>,
    /// The mean number of allocated bytes between two samples of that profile; with 1 every
    /// allocation is sampled.
    pub memprofile_rate: NonZeroU64,
    /// Whether no further benchmark runs after one has failed.
    pub fail_fast: bool,
    /// Whether [`Mode::Check`] prints a character for each benchmark instead of a line: `.` for one
    /// that passed, `F` for one that failed.
    pub quiet: bool,
    /// Whether [`Mode::Check`] prints the seconds that each benchmark took, unless it is
    /// [`quiet`](Self::quiet).
    pub report_time: bool,
    /// Where to write a line `ok NAME` or `failed NAME` for each benchmark, if anywhere; of
    /// [`Mode::List`] the lines are `benchmark NAME`. The file is replaced when the
    /// [`Bench`](crate::Bench) is made.
    pub logfile: Option<PathBuf>,
}

/// 512 KiB between samples, the default of Go's `runtime.MemProfileRate`.
const DEFAULT_RATE: NonZeroU64 = NonZeroU64::new(512 * 1024).unwrap();

impl Default for Config {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(1),
            count: NonZeroU32::MIN,
            filters: Vec::new(),
            skip: Vec::new(),
            exact: false,
            mode: Mode::default(),
            json: false,
            memprofile: None,
            memprofile_rate: DEFAULT_RATE,
            fail_fast: false,
            quiet: false,
            report_time: false,
            logfile: None,
        }
    }
}

impl Config {
    /// The default settings, but for the time of each benchmark's loop. Other fields are set afterwards.
    ///
    /// ```
    /// use repool_bench::Config;
    /// use std::time::Duration;
    ///
    /// let mut quick = Config::new(Duration::from_millis(10));
    /// quick.json = true;
    /// assert_eq!(quick.count.get(), 1);
    /// ```
    #[must_use]
    pub fn new(time: Duration) -> Self {
        Self {
            time,
            ..Self::default()
        }
    }

    /// Reads a benchmark executable's arguments, without the program's name.
    /// [`Bench::new`](crate::Bench::new) lists them, and explains how a start by
    /// `cargo test` is distinguished from one by hand.
    ///
    /// # Errors
    ///
    /// If an argument is unknown or has a bad value, and if help is asked for.
    ///
    /// ```
    /// use repool_bench::Config;
    ///
    /// let config = Config::from_args(["--time", "0.5", "--count", "6", "Log"])?;
    /// assert_eq!(config.time.as_millis(), 500);
    /// assert_eq!(config.filters, ["Log"]);
    ///
    /// let error = Config::from_args(["--time", "0"]).unwrap_err();
    /// assert!(error.to_string().contains("more than 0 seconds"));
    /// # Ok::<(), repool_bench::ArgError>(())
    /// ```
    pub fn from_args(
        args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> Result<Self, ArgError> {
        let bare = if launch::is_cargo_test() {
            Mode::Check
        } else {
            Mode::Measure
        };
        args::parse(args, bare)
    }

    /// Whether a benchmark of this name runs: it passes the filters, and is not skipped.
    pub(crate) fn selects(&self, name: &str) -> bool {
        self.passes_filters(name) && !self.skip.iter().any(|skip| self.fits(skip, name))
    }

    /// Whether a filter fits the name, or there is none.
    pub(crate) fn passes_filters(&self, name: &str) -> bool {
        let mut filters = self.filters.iter();
        self.filters.is_empty() || filters.any(|filter| self.fits(filter, name))
    }

    fn fits(&self, filter: &str, name: &str) -> bool {
        if self.exact {
            name == filter
        } else {
            name.contains(filter)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(filters: &[&str], exact: bool) -> Config {
        let filters = filters.iter().map(ToString::to_string).collect();
        Config {
            filters,
            exact,
            ..Config::default()
        }
    }

    #[test]
    fn a_filter_is_part_of_a_name_or_all_of_it() {
        let part = filtered(&["pair", "Log"], false);
        assert!(part.selects("pair/Vec") && part.selects("LogNoPool") && !part.selects("Sizes"));
        let whole = filtered(&["pair/Vec"], true);
        assert!(whole.selects("pair/Vec") && !whole.selects("pair/Vec2"));
    }

    #[test]
    fn what_is_skipped_is_not_wanted_whatever_the_filters_say() {
        let skip = |filters: &[&str], exact| Config {
            skip: vec!["pair/Vec".into()],
            ..filtered(filters, exact)
        };
        let part = skip(&["pair"], false);
        assert!(part.selects("pair/Box"));
        assert!(!part.selects("pair/Vec") && !part.selects("pair/Vec2"));
        let whole = skip(&[], true);
        assert!(!whole.selects("pair/Vec") && whole.selects("pair/Vec2"));
    }

    #[test]
    fn without_a_filter_everything_is_wanted() {
        assert!(filtered(&[], false).selects("anything"));
        assert!(filtered(&[], true).selects("anything"));
    }
}
