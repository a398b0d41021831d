//! The arguments of libtest beside those of a [benchmark executable](crate::args). `cargo test -- …` passes
//! them to every test executable of a package, and nextest to each that it lists or runs.
//!
//! The options are those of Rust 1.95 (`library/test/src/cli.rs`). Values are checked as there. More lenient than
//! libtest: an option may be repeated, and an unstable one needs no `-Z unstable-options`.

use std::fmt::Display;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

/// The options of libtest; [`Bench::new`](crate::Bench::new) lists those that have a meaning here.
#[derive(clap::Args)]
pub(crate) struct Libtest {
    #[arg(long, hide = true, conflicts_with = "include_ignored")]
    ignored: bool,
    #[arg(long, hide = true)]
    include_ignored: bool,
    #[arg(long, hide = true, alias = "no-capture")]
    nocapture: bool,
    #[arg(long, hide = true)]
    show_output: bool,
    #[arg(long, hide = true, short)]
    quiet: bool,
    #[arg(long, hide = true, value_parser = parse_threads, allow_negative_numbers = true)]
    test_threads: Option<NonZeroUsize>,
    #[arg(long, hide = true, value_parser = ["pretty", "terse", "json", "junit"])]
    format: Option<String>,
    #[arg(long, hide = true, value_parser = ["auto", "always", "never"])]
    color: Option<String>,
    #[arg(long, hide = true, value_name = "FILE")]
    pub(crate) logfile: Option<PathBuf>,
    #[arg(short = 'Z', hide = true, value_parser = parse_unstable)]
    unstable: Vec<String>,
    /// Earlier versions of Rust accept `--report-time=plain` and `=colored`; that of 1.95 has no value.
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "plain", value_parser = parse_report_time)]
    report_time: Option<String>,
    #[arg(long, hide = true)]
    ensure_time: bool,
    #[arg(long, hide = true)]
    shuffle: bool,
    #[arg(long, hide = true, value_parser = parse_seed, allow_negative_numbers = true)]
    shuffle_seed: Option<u64>,
    #[arg(long, hide = true)]
    exclude_should_panic: bool,
    #[arg(long, hide = true)]
    force_run_in_process: bool,
    #[arg(long, hide = true)]
    pub(crate) fail_fast: bool,
}

impl Libtest {
    /// Whether only ignored tests are asked for: no benchmark is one.
    pub(crate) fn selects_nothing(&self) -> bool {
        self.ignored
    }

    /// Whether a character for each benchmark is asked for. `--format` decides, if it is given.
    pub(crate) fn is_quiet(&self) -> bool {
        match &self.format {
            Some(format) => format == "terse",
            None => self.quiet,
        }
    }

    /// Whether the time of each benchmark is asked for.
    pub(crate) fn reports_time(&self) -> bool {
        self.report_time.is_some() || self.ensure_time
    }
}

/// A parser of texts that accepts only `words`.
fn parse_word(text: &str, words: &[&str], problem: &'static str) -> Result<String, &'static str> {
    match words.contains(&text) {
        true => Ok(text.to_string()),
        false => Err(problem),
    }
}

fn parse_unstable(text: &str) -> Result<String, &'static str> {
    parse_word(text, &["unstable-options"], "must be unstable-options")
}

fn parse_report_time(text: &str) -> Result<String, &'static str> {
    parse_word(
        text,
        &["plain", "colored"],
        "must be plain or colored, if it has a value",
    )
}

fn parse_threads(text: &str) -> Result<NonZeroUsize, String> {
    parse_number(text, 1, usize::MAX)
}

fn parse_seed(text: &str) -> Result<u64, String> {
    parse_number(text, 0, u64::MAX)
}

fn parse_number<T: FromStr>(text: &str, least: u8, most: impl Display) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("must be a whole number from {least} to {most}"))
}

#[cfg(test)]
mod tests {
    use crate::args;
    use crate::config::{Config, Mode};

    fn config(said: &[&str]) -> Config {
        args::parse(said, Mode::Measure).unwrap_or_else(|error| panic!("{said:?}: {error}"))
    }

    /// Every option of `cargo test -- --help` that changes nothing here.
    #[test]
    fn what_libtest_accepts_is_accepted() {
        for said in [
            &["--include-ignored"][..],
            &["--format", "pretty"],
            &["--format=json", "-Z", "unstable-options"],
            &["--format", "junit", "-Zunstable-options"],
            &["-q", "--format", "pretty"],
            &["--color=always"],
            &["--color", "auto"],
            &["--color", "never", "--color", "auto"],
            &["--shuffle", "--shuffle-seed", "17"],
            &["--shuffle-seed=18446744073709551615"],
            &["--exclude-should-panic", "--force-run-in-process"],
            &["--nocapture", "--no-capture", "--show-output"],
            &["--test-threads=2"],
            &["--test-threads", "1", "--test-threads", "2"],
        ] {
            assert_eq!(config(said), Config::default(), "{said:?}");
        }
    }

    #[test]
    fn what_has_a_meaning_here_keeps_it() {
        let quiet = || Config {
            quiet: true,
            ..Config::default()
        };
        let timed = || Config {
            report_time: true,
            ..Config::default()
        };
        for (said, expected) in [
            (&["-q"][..], quiet()),
            (&["--quiet", "-q"], quiet()),
            (&["--format", "terse"], quiet()),
            (&["--report-time"], timed()),
            (&["--report-time=plain", "-Zunstable-options"], timed()),
            (&["--report-time=colored"], timed()),
            (&["--ensure-time"], timed()),
        ] {
            assert_eq!(config(said), expected, "{said:?}");
        }
        // A filter, and no value of the option before it.
        assert_eq!(config(&["--report-time", "plain"]).filters, ["plain"]);
        assert!(config(&["--fail-fast"]).fail_fast);
        assert_eq!(config(&["--logfile", "l"]).logfile, Some("l".into()));
    }

    #[test]
    fn what_libtest_refuses_is_refused() {
        let long = "99999999999999999999999";
        for (said, problem) in [
            (
                &["--color", "purple"][..],
                "possible values: auto, always, never",
            ),
            (&["--color="], "--color"),
            (&["--color"], "--color"),
            (
                &["--format", "xml"],
                "possible values: pretty, terse, json, junit",
            ),
            (&["--format", "JSON"], "possible values: pretty"),
            (&["--report-time=fast"], "must be plain or colored"),
            (&["--report-time="], "--report-time"),
            (&["--test-threads", "0"], "must be a whole number from 1"),
            (&["--test-threads", "-1"], "must be a whole number from 1"),
            (&["--test-threads", "x"], "must be a whole number from 1"),
            (&["--shuffle-seed", "-1"], "must be a whole number from 0"),
            (&["--shuffle-seed", long], "must be a whole number from 0"),
            (&["-Z", "magic"], "must be unstable-options"),
            (&["-Z"], "-Z"),
            (&["--ignored", "--include-ignored"], "cannot be used with"),
            (&["--nocapture=1"], "--nocapture"),
            (&["--logfile"], "--logfile"),
            (&["--skip"], "--skip"),
            (&["--ignor"], "--ignor"),
        ] {
            let error = args::parse(said, Mode::Measure)
                .expect_err(said[0])
                .to_string();
            assert!(error.contains(problem), "{said:?}: {error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }

    #[test]
    fn what_nextest_says_is_understood() {
        let listed = config(&["--list", "--format", "terse"]);
        assert!(listed.mode == Mode::List && listed.selects("Log"));
        let ignored = config(&["--list", "--format", "terse", "--ignored"]);
        assert!(ignored.mode == Mode::List && !ignored.selects("Log"));
        let ignored = config(&["--list", "--ignored", "--exact", "Log"]);
        assert!(!ignored.selects("Log"));
        let one = config(&["--exact", "Log", "--nocapture"]);
        assert!(one.selects("Log") && !one.selects("LogNoPool"));
    }

    #[test]
    fn filters_may_be_repeated() {
        let two = config(&["--exact", "A", "--exact", "B", "--skip", "-x"]);
        assert!(two.selects("A") && two.selects("B") && !two.selects("AB"));
        assert_eq!(two.skip, ["-x"]);
        assert_eq!(config(&["--", "--skip"]).filters, ["--skip"]);
    }
}
