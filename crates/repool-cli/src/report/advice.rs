//! The page's section on advice: a table of predicted and measured savings for each verdict.

use maud::{Markup, html};

use super::figure;
use super::table;
use crate::outcome::Verdict;

/// The largest ratio of measured to predicted allocations or bytes that is called "as predicted".
const EXACT_FACTOR: f64 = 1.1;
/// As [`EXACT_FACTOR`], for times, which vary with the machine's load.
const TIME_FACTOR: f64 = 1.5;

/// The section; `None` if there are no verdicts.
pub(super) fn section(verdicts: &[Verdict]) -> Option<Markup> {
    (!verdicts.is_empty()).then(|| {
        html! {
            section #advice aria-labelledby="advice-title" {
                h2 #advice-title { "Advice: predicted and measured savings" }
                p .note {
                    "The savings for each operation that the advice on the first variant's profile predicts, and "
                    "those measured in the variant that follows the advice."
                }
                @for (number, verdict) in verdicts.iter().enumerate() { (one(number, verdict)) }
            }
        }
    })
}

fn one(number: usize, verdict: &Verdict) -> Markup {
    let id = format!("advice-{number}");
    let (predicted, measured) = (&verdict.predicted, &verdict.measured);
    let of_time = match verdict.predicted_ns_bounds {
        Some((low, high)) => Expected::Between(low, high),
        None => Expected::Factor(TIME_FACTOR),
    };
    let rows = [
        (
            "allocations (allocs/op)",
            predicted.allocs_per_op,
            measured.allocs_per_op,
            Expected::Factor(EXACT_FACTOR),
        ),
        (
            "bytes (B/op)",
            predicted.bytes_per_op,
            measured.bytes_per_op,
            Expected::Factor(EXACT_FACTOR),
        ),
        (
            "time (ns/op)",
            predicted.ns_per_op,
            measured.ns_per_op,
            of_time,
        ),
    ];
    html! {
        article .card aria-labelledby={ (id) "-title" } {
            h3 id={ (id) "-title" } { (verdict.before) " → " (verdict.after) }
            p .advice { (verdict.advice) }
            @if !verdict.sites.is_empty() {
                p .note {
                    @if verdict.sites.len() == 1 { "Site: " } @else { "Sites: " }
                    @for (index, site) in verdict.sites.iter().enumerate() {
                        @if index > 0 { ", " }
                        code { (table::breakable(site)) }
                    }
                }
            }
            (table::scrolling(&id, &html! {
                table .verdict {
                    caption id=(id) { "Saved for each operation, from " (verdict.before) " to " (verdict.after) }
                    thead { tr {
                        th scope="col" { "quantity" }
                        th scope="col" .n { "predicted" }
                        th scope="col" .n { "measured" }
                        th scope="col" { "result" }
                    } }
                    tbody { @for (what, predicted, measured, expected) in rows {
                        @let most = predicted.abs().max(measured.abs());
                        tr {
                            th scope="row" { (what) }
                            td .n .share style={ "--p:" (share(predicted, most)) "%" } {
                                (figure::number(predicted))
                                @if let Expected::Between(low, high) = expected {
                                    " (" (figure::number(low)) " to " (figure::number(high)) ")"
                                }
                            }
                            td .n .share style={ "--p:" (share(measured, most)) "%" } { (figure::number(measured)) }
                            td { (in_words(predicted, measured, expected)) }
                        }
                    } }
                }
            }))
        }
    }
}

/// A bar's length in percent of the longer one; 0 for a negative saving.
fn share(value: f64, most: f64) -> String {
    if value > 0.0 && most.is_finite() {
        format!("{:.0}", value / most * 100.0)
    } else {
        "0".into()
    }
}

/// Which measured savings are "as predicted".
#[derive(Clone, Copy)]
enum Expected {
    /// Those within a factor of the prediction.
    Factor(f64),
    /// Those between the prediction's bounds.
    Between(f64, f64),
}

/// The measured saving relative to the predicted one, in words.
fn in_words(predicted: f64, measured: f64, expected: Expected) -> String {
    if predicted == measured {
        return "exactly as predicted".into();
    }
    // Less than a hundredth of an allocation, a byte or a nanosecond counts as none.
    if predicted.abs().max(measured.abs()) < 0.01 {
        return "as predicted: none".into();
    }
    if predicted <= 0.0 || measured <= 0.0 {
        return if measured > predicted {
            "better than predicted"
        } else {
            "worse than predicted"
        }
        .into();
    }
    let change = figure::change(predicted, measured);
    let (least, most) = match expected {
        Expected::Factor(factor) => (predicted / factor, predicted * factor),
        Expected::Between(low, high) => (low, high),
    };
    if measured > most {
        format!("more than predicted ({change})")
    } else if measured < least {
        format!("less than predicted ({change})")
    } else {
        format!("as predicted ({change})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_named() {
        let cases = [
            (3.0, 3.0, "exactly as predicted"),
            (100.0, 105.0, "as predicted (+5 %)"),
            (100.0, 120.0, "more than predicted (+20 %)"),
            (100.0, 80.0, "less than predicted (−20 %)"),
            (100.0, -3.0, "worse than predicted"),
            (-1.0, 5.0, "better than predicted"),
            (0.001, 0.0, "as predicted: none"),
        ];
        for (predicted, measured, text) in cases {
            let expected = Expected::Factor(EXACT_FACTOR);
            assert_eq!(in_words(predicted, measured, expected), text);
        }
        for (measured, text) in [
            (60.0, "as predicted (−40 %)"),
            (210.0, "more than predicted (+110 %)"),
            (40.0, "less than predicted (−60 %)"),
        ] {
            let expected = Expected::Between(50.0, 200.0);
            assert_eq!(in_words(100.0, measured, expected), text);
        }
    }
}
