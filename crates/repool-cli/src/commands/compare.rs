use std::io::{self, ErrorKind, Write};

use anstyle::{AnsiColor, Style};
use regex::Regex;
use repool_bench::compare::{Comparison, Input, Options, Regression, Uncompared, Verdict};

use super::output;
use crate::Failure;
use crate::args::CompareArgs;
use crate::stdout::Stdout;

/// Prints what benchstat prints.
pub(super) fn run(args: CompareArgs, out: &mut Stdout) -> Result<(), Failure> {
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
    let uncompared = comparison.uncompared();
    for one in &uncompared {
        output::warn(&one.to_string());
    }
    // Before anything is printed: a reader that stops early does not change the outcome.
    let findings = args
        .fail_on_regression
        .and_then(|percent| findings(&comparison, &uncompared, percent, args.allow_missing));
    let printed = if args.json {
        output::text(out, &comparison.to_json())
    } else {
        print(&comparison, out).map_err(Failure::Output)
    };
    match (findings, printed) {
        (Some(findings), Ok(())) => Err(Failure::Findings(findings)),
        (Some(findings), Err(Failure::Output(error))) if error.kind() == ErrorKind::BrokenPipe => {
            Err(Failure::Findings(findings))
        }
        (_, printed) => printed,
    }
}

/// Why a comparison does not pass as a gate, in a line; `None` if it does.
fn findings(
    comparison: &Comparison,
    uncompared: &[Uncompared],
    percent: f64,
    allow_missing: bool,
) -> Option<String> {
    let regressions = comparison.regressions(percent);
    if !regressions.is_empty() {
        return Some(complaint(&regressions));
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

/// Prints the text, with what became better in green and what became worse in red.
fn print(comparison: &Comparison, out: &mut Stdout) -> io::Result<()> {
    let cells = comparison.tables.iter().flat_map(|table| &table.rows);
    let changes = cells
        .flat_map(|row| row.cells.iter().flatten())
        .filter_map(|cell| cell.change.as_ref());
    // In the order of the text. What is not significant has no number there.
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
