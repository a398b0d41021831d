//! The command line of a benchmark executable: reads it into a [`Config`], or returns an [`ArgError`] of
//! one line.

use std::ffi::OsString;
use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::time::Duration;

use clap::{CommandFactory, Parser};

use crate::arg_error::ArgError;
use crate::config::{Config, Mode};
use crate::libtest::Libtest;

/// Measure benchmarks, and print the results in the format of Go's benchmarks.
#[derive(Parser)]
#[command(
    no_binary_name = true,
    args_override_self = true,
    override_usage = "cargo bench --bench TARGET -- [OPTIONS] [FILTER]..."
)]
struct Args {
    /// Only benchmarks whose name contains one of these
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// Leave out benchmarks whose name contains this; may be given several times
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true)]
    skip: Vec<String>,
    /// Only benchmarks whose whole name is one of the filters; --skip too means whole names
    #[arg(long)]
    exact: bool,
    /// How long to measure each benchmark, in seconds [default: 1]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    #[arg(allow_negative_numbers = true)]
    time: Option<Duration>,
    /// How often to measure each benchmark [default: 1]
    #[arg(long, value_name = "N", value_parser = parse_count)]
    #[arg(allow_negative_numbers = true)]
    count: Option<NonZeroU32>,
    /// Print the results as one JSON document
    #[arg(long)]
    json: bool,
    /// Write an allocation profile of the measured loops to FILE, for pprof
    #[arg(long, value_name = "FILE")]
    memprofile: Option<PathBuf>,
    /// Bytes between samples of --memprofile; 1: every allocation [default: 524288]
    #[arg(long, value_name = "BYTES", value_parser = parse_rate)]
    #[arg(allow_negative_numbers = true)]
    memprofilerate: Option<NonZeroU64>,
    /// Print the names of the benchmarks, and run none
    #[arg(long)]
    list: bool,
    /// Run each body once, as a check, and measure nothing
    #[arg(long)]
    test: bool,
    /// Measure, also where cargo runs this as a test (`cargo bench` passes it)
    #[arg(long)]
    bench: bool,

    #[command(flatten)]
    libtest: Libtest,
}

/// Reads the arguments. `bare` is the mode if no argument selects one.
pub(crate) fn parse(
    args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    bare: Mode,
) -> Result<Config, ArgError> {
    let args = Args::try_parse_from(args).map_err(|error| ArgError::of(error, &Args::command()))?;
    if args.memprofilerate.is_some() && args.memprofile.is_none() {
        return Err(ArgError::new(
            "--memprofilerate is of no use without --memprofile; see --help".into(),
        ));
    }
    let asks_for_figures = args.bench
        || args.json
        || args.time.is_some()
        || args.count.is_some()
        || args.memprofile.is_some();
    let mode = match () {
        () if args.list => Mode::List,
        () if args.test => Mode::Check,
        () if asks_for_figures => Mode::Measure,
        () => bare,
    };
    let default = Config::default();
    Ok(Config {
        time: args.time.unwrap_or(default.time),
        count: args.count.unwrap_or(default.count),
        filters: args.filters,
        // The empty text is part of every name.
        skip: match args.libtest.selects_nothing() {
            true => vec![String::new()],
            false => args.skip,
        },
        exact: args.exact && !args.libtest.selects_nothing(),
        mode,
        json: args.json,
        memprofile: args.memprofile,
        memprofile_rate: args.memprofilerate.unwrap_or(default.memprofile_rate),
        fail_fast: args.libtest.fail_fast,
        quiet: args.libtest.is_quiet(),
        report_time: args.libtest.reports_time(),
        logfile: args.libtest.logfile,
    })
}

/// Reads a duration in seconds, such as `0.5`.
///
/// # Errors
///
/// If the text is not a number, or not a time that can be measured: it must be
/// at least a nanosecond, and finite. The message starts with "must be".
///
/// ```
/// use repool_bench::parse_seconds;
///
/// assert_eq!(parse_seconds("0.25").unwrap().as_millis(), 250);
/// assert!(parse_seconds("nan").is_err());
/// ```
pub fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .map_err(|_| "must be a number of seconds, such as 0.5")?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if time.is_zero() => Err("must be more than 0 seconds".into()),
        Ok(time) => Ok(time),
        Err(_) if seconds < 0.0 => Err("must be more than 0 seconds".into()),
        Err(_) => Err("must be a finite number of seconds".into()),
    }
}

/// Reads how often to measure: a whole number from 1 on.
///
/// # Errors
///
/// If it is anything else. The message starts with "must be".
///
/// ```
/// use repool_bench::parse_count;
///
/// assert_eq!(parse_count("10").unwrap().get(), 10);
/// assert!(parse_count("0").is_err());
/// ```
pub fn parse_count(text: &str) -> Result<NonZeroU32, String> {
    text.parse()
        .map_err(|_| format!("must be a whole number from 1 to {}", u32::MAX))
}

fn parse_rate(text: &str) -> Result<NonZeroU64, String> {
    text.parse()
        .map_err(|_| format!("must be a whole number of bytes from 1 to {}", u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(args: &[&str]) -> Config {
        parse(args, Mode::Measure).unwrap()
    }

    fn error(args: &[&str]) -> String {
        let error = parse(args, Mode::Measure).unwrap_err();
        assert_eq!((error.is_help(), error.exit_code()), (false, 2));
        assert_eq!(error.to_string().lines().count(), 1);
        error.to_string()
    }

    #[test]
    fn no_argument_is_the_default() {
        assert_eq!(config(&[]), Config::default());
    }

    #[test]
    fn every_argument_is_read() {
        let args = [
            "--time",
            "2.5",
            "--count",
            "10",
            "--json",
            "--exact",
            "--bench",
            "a",
            "b",
            "--skip",
            "c",
            "--skip=d",
            "--memprofile",
            "m.pb.gz",
            "--memprofilerate",
            "4096",
        ];
        let expected = Config {
            time: Duration::from_millis(2500),
            count: NonZeroU32::new(10).unwrap(),
            filters: vec!["a".into(), "b".into()],
            skip: vec!["c".into(), "d".into()],
            exact: true,
            mode: Mode::Measure,
            json: true,
            memprofile: Some("m.pb.gz".into()),
            memprofile_rate: NonZeroU64::new(4096).unwrap(),
            ..Config::default()
        };
        assert_eq!(config(&args), expected);
    }

    #[test]
    fn under_cargo_test_only_arguments_ask_for_figures() {
        let mode = |args: &[&str]| parse(args, Mode::Check).unwrap().mode;
        assert_eq!(mode(&[]), Mode::Check);
        assert_eq!(mode(&["Log"]), Mode::Check);
        assert_eq!(
            mode(&["--nocapture", "--test-threads", "1", "-q"]),
            Mode::Check
        );
        for asked in [
            &["--bench"][..],
            &["--time", "1"],
            &["--count", "2"],
            &["--json"],
            &["--memprofile", "m.pb.gz"],
        ] {
            assert_eq!(mode(asked), Mode::Measure, "{asked:?}");
        }
    }

    #[test]
    fn checking_and_listing_win_over_measuring() {
        assert_eq!(config(&["--bench", "--test"]).mode, Mode::Check);
        assert_eq!(config(&["--bench", "--list"]).mode, Mode::List);
    }

    #[test]
    fn times_that_cannot_be_measured_are_refused() {
        for (text, reason) in [
            ("0", "must be more than 0 seconds"),
            ("-1", "must be more than 0 seconds"),
            ("1e-12", "must be more than 0 seconds"),
            ("-inf", "must be more than 0 seconds"),
            ("inf", "must be a finite number of seconds"),
            ("nan", "must be a finite number of seconds"),
            ("1e300", "must be a finite number of seconds"),
            ("1s", "must be a number of seconds, such as 0.5"),
            ("", "must be a number of seconds, such as 0.5"),
        ] {
            assert_eq!(parse_seconds(text).unwrap_err(), reason, "{text}");
        }
    }

    #[test]
    fn an_error_is_one_line_that_names_the_argument() {
        assert_eq!(
            error(&["--time", "0"]),
            "invalid value '0' for '--time <SECONDS>': must be more than 0 seconds; see --help",
        );
        assert_eq!(
            error(&["--count=-1"]),
            "invalid value '-1' for '--count <N>': must be a whole number from 1 to 4294967295; \
             see --help",
        );
        assert!(error(&["--count", "0"]).contains("must be a whole number"));
        assert!(error(&["--time"]).starts_with("a value is required for '--time <SECONDS>'"));
        for rate in ["0", "-1", "1.5", "512k", ""] {
            let error = error(&["--memprofile", "m", "--memprofilerate", rate]);
            assert!(error.contains("'--memprofilerate <BYTES>'"), "{error}");
        }
        assert!(error(&["--memprofilerate", "1"]).contains("without --memprofile;"));
        assert_eq!(
            error(&["--what\never\u{1b}[2J"]),
            "unexpected argument '--what\\never\\u{1b}[2J' found; see --help"
        );
        assert_eq!(
            error(&["--format", "xml"]),
            "invalid value 'xml' for '--format <FORMAT>'; possible values: pretty, terse, json, junit; see --help"
        );
        assert_eq!(
            error(&["--color=alway"]),
            "invalid value 'alway' for '--color <COLOR>'; did you mean 'always'? possible values: auto, always, never; see --help"
        );
    }

    #[test]
    fn help_is_not_an_error() {
        let help = parse(["--help"], Mode::Measure).unwrap_err();
        assert_eq!((help.is_help(), help.exit_code()), (true, 0));
        assert!(help.to_string().contains("--time <SECONDS>"), "{help}");
        assert!(!help.to_string().contains("nocapture"), "{help}");
    }
}
