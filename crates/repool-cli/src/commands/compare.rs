use std::io::Write;

use anstyle::{AnsiColor, Style};
use regex::Regex;
use repool_bench::compare::{Comparison, Input, Options, Regression, Verdict};

use super::output;
use crate::Failure;
use crate::args::CompareArgs;

/// Prints what benchstat prints.
pub(super) fn run(args: CompareArgs, out: &mut dyn Write) -> Result<(), Failure> {
    let options = Options {
        alpha: args.alpha,
        confidence: args.confidence,
    };
    let comparison = Input::open(&args.files)
        .and_then(|inputs| Comparison::read(&inputs, options))
        .map_err(|error| Failure::Input(error.to_string()))?;
    for warning in &comparison.warnings {
        output::warn(&warning.to_string());
    }
    if args.json {
        output::text(out, &comparison.to_json())?;
    } else {
        output::text(out, &coloured(&comparison))?;
    }
    let Some(percent) = args.fail_on_regression else {
        return Ok(());
    };
    match comparison.regressions(percent).as_slice() {
        [] => Ok(()),
        found => Err(Failure::Findings(complaint(found))),
    }
}

/// The text, with what became better in green and what became worse in red.
fn coloured(comparison: &Comparison) -> String {
    let cells = comparison.tables.iter().flat_map(|table| &table.rows);
    let changes = cells
        .flat_map(|row| row.cells.iter().flatten())
        .filter_map(|cell| cell.change.as_ref());
    // In the order of the text. What is not significant has no number there.
    let mut verdicts = changes
        .map(|change| change.verdict)
        .filter(|verdict| *verdict != Verdict::Same);
    let number = Regex::new(r"([+-][0-9.]+%|\?)( \(p=)").expect("the expression is correct");
    let paint = |found: &regex::Captures<'_>| {
        let style = match verdicts.next() {
            Some(Verdict::Better) => Style::new().fg_color(Some(AnsiColor::Green.into())),
            Some(Verdict::Worse) => Style::new().fg_color(Some(AnsiColor::Red.into())),
            _ => Style::new(),
        };
        format!("{style}{}{style:#}{}", &found[1], &found[2])
    };
    number.replace_all(&comparison.text(), paint).into_owned()
}

/// What became worse, in a line.
fn complaint(regressions: &[Regression]) -> String {
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
