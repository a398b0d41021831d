//! `repool compare`: results of benchmarks beside each other, as benchstat prints them.

use std::io::{self, ErrorKind, Write};

use anstyle::{AnsiColor, Style};
use clap::{Args, ValueHint};
use regex::Regex;
use repool_bench::compare::{Comparison, Input, Options, Regression, Uncompared, Verdict};

use crate::failure::Failure;
use crate::output;
use crate::stdout::Stdout;

const EXAMPLES: &str = "\
Examples:
  repool compare old.txt new.txt
  repool compare main=main.txt branch=branch.txt         columns with names
  repool compare --fail-on-regression=5 old.txt new.txt  exit with 1 if a result is 5 % worse, for CI";

/// Compare results of benchmarks, as benchstat does
///
/// Reads Go's benchmark format, and prints what benchstat prints for the same files: medians with
/// their confidence intervals, and whether they differ (Mann-Whitney U test). Repeat each benchmark
/// six times at least; ten times is better.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct CompareArgs {
    /// Files of results, the oldest first; NAME=FILE names the column
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, required = true)]
    files: Vec<String>,
    /// The significance level: the largest p of a difference that is shown
    #[arg(long, value_name = "ALPHA", default_value = "0.05", value_parser = parse_share)]
    #[arg(allow_negative_numbers = true)]
    alpha: f64,
    /// The confidence level of the medians' intervals
    #[arg(long, value_name = "LEVEL", default_value = "0.95", value_parser = parse_share)]
    #[arg(allow_negative_numbers = true)]
    confidence: f64,
    /// Exit with 1 if a result is worse by more than PERCENT or is missing, or nothing was compared
    #[arg(long, value_name = "PERCENT", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "0", value_parser = parse_percent)]
    fail_on_regression: Option<f64>,
    /// Let --fail-on-regression pass if results have no counterpart or benchmarks failed
    #[arg(long, requires = "fail_on_regression")]
    allow_missing: bool,
    /// Print a JSON document, and nothing else
    #[arg(long)]
    json: bool,
}

impl CompareArgs {
    /// Prints the comparison; with `--fail-on-regression`, fails if it finds one.
    pub(super) fn run(self, out: &mut Stdout) -> Result<(), Failure> {
        let options = Options::new(self.alpha, self.confidence);
        let comparison = Input::open(&self.files)
            .and_then(|inputs| Comparison::read(&inputs, options))
            .map_err(|error| Failure::Input(error.to_string()))?;
        for warning in &comparison.warnings {
            output::warn(&warning.to_string());
        }
        let uncompared = comparison.uncompared();
        for one in &uncompared {
            output::warn(&one.to_string());
        }
        // Computed before printing, so that a closed pipe does not change the exit code.
        let findings = self
            .fail_on_regression
            .and_then(|percent| findings(&comparison, &uncompared, percent, self.allow_missing));
        let printed = if self.json {
            output::text(out, &comparison.to_json())
        } else {
            print(&comparison, out).map_err(Failure::Output)
        };
        match (findings, printed) {
            (Some(findings), Ok(())) => Err(Failure::Findings(findings)),
            (Some(findings), Err(Failure::Output(error)))
                if error.kind() == ErrorKind::BrokenPipe =>
            {
                Err(Failure::Findings(findings))
            }
            (_, printed) => printed,
        }
    }
}

/// Parses a probability between 0 and 1.
fn parse_share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err("must be a number between 0 and 1".into()),
    }
}

/// Parses a percentage of 0 or more.
fn parse_percent(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(percent) if percent >= 0.0 && percent.is_finite() => Ok(percent),
        _ => Err("must be a percentage from 0 on, such as 5".into()),
    }
}

/// Why the comparison fails `--fail-on-regression`, in one line; `None` if it passes.
fn findings(
    comparison: &Comparison,
    uncompared: &[Uncompared],
    percent: f64,
    allow_missing: bool,
) -> Option<String> {
    let regressions = comparison.regressions(percent);
    if !regressions.is_empty() {
        return Some(describe(&regressions));
    }
    let lost = uncompared.iter().filter(|one| one.is_lost()).count();
    if lost > 0 && !allow_missing {
        let results = if lost == 1 {
            "result has no counterpart or has"
        } else {
            "results have no counterpart or have"
        };
        return Some(format!(
            "{lost} {results} failed; --allow-missing accepts that"
        ));
    }
    (!comparison.compares_anything()).then(|| {
        "nothing was compared; give two files or more, of the same machine, with four runs of each \
         benchmark at least"
            .into()
    })
}

/// Prints the tables, with improvements in green and regressions in red.
fn print(comparison: &Comparison, out: &mut Stdout) -> io::Result<()> {
    let cells = comparison.tables.iter().flat_map(|table| &table.rows);
    let changes = cells
        .flat_map(|row| row.cells.iter().flatten())
        .filter_map(|cell| cell.change.as_ref());
    // In the order of the text, which shows no percentage for changes that are not significant.
    let mut verdicts = changes
        .map(|change| change.verdict)
        .filter(|verdict| *verdict != Verdict::Same);
    let number = Regex::new(r"([+-][0-9.]+%|\?) \(p=").expect("the expression is correct");
    let text = comparison.text();
    let mut rest = 0;
    for found in number.captures_iter(&text) {
        let number = found.get(1).map_or(0..0, |number| number.range());
        let style = match verdicts.next() {
            Some(Verdict::Better) => Style::new().fg_color(Some(AnsiColor::Green.into())),
            Some(Verdict::Worse) => Style::new().fg_color(Some(AnsiColor::Red.into())),
            _ => Style::new(),
        };
        out.write_all(&text.as_bytes()[rest..number.start])?;
        out.styled(style, &text[number.clone()])?;
        rest = number.end;
    }
    out.write_all(&text.as_bytes()[rest..])?;
    out.flush()
}

/// The regressions in one line.
fn describe(regressions: &[Regression]) -> String {
    let one = |worse: &Regression| {
        let percent = match worse.percent {
            Some(percent) => format!("{percent:+.2} %"),
            None => "from 0".to_string(),
        };
        format!("{} {} {percent}", worse.name, worse.unit)
    };
    let all: Vec<String> = regressions.iter().map(one).collect();
    let results = if all.len() == 1 {
        "result is"
    } else {
        "results are"
    };
    format!("{} {results} worse: {}", all.len(), all.join(", "))
}
