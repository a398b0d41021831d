//! What the advice promised, and how it came out.

use maud::{Markup, html};

use super::figure;
use super::table;
use crate::outcome::Verdict;

/// Between a promise of allocations or of bytes and what came of it.
const EXACT: f64 = 1.1;
/// Of times, which depend on what else the machine does.
const TIMED: f64 = 1.5;

pub(super) fn section(verdicts: &[Verdict]) -> Option<Markup> {
    (!verdicts.is_empty()).then(|| {
        html! {
            section #advice aria-labelledby="advice-title" {
                h2 #advice-title { "The advice, and how it came out" }
                p .note {
                    "What the profile of the first variant promised for each operation, held against the "
                    "figures of the variant that follows it."
                }
                @for (number, verdict) in verdicts.iter().enumerate() { (one(number, verdict)) }
            }
        }
    })
}

fn one(number: usize, verdict: &Verdict) -> Markup {
    let id = format!("advice-{number}");
    let (predicted, measured) = (&verdict.predicted, &verdict.measured);
    let rows = [
        (
            "allocations (allocs/op)",
            predicted.allocs_per_op,
            measured.allocs_per_op,
            EXACT,
        ),
        (
            "bytes (B/op)",
            predicted.bytes_per_op,
            measured.bytes_per_op,
            EXACT,
        ),
        (
            "time (ns/op)",
            predicted.ns_per_op,
            measured.ns_per_op,
            TIMED,
        ),
    ];
    html! {
        article .card aria-labelledby={ (id) "-title" } {
            h3 id={ (id) "-title" } { (verdict.before) " → " (verdict.after) }
            p .advice { (verdict.advice) }
            @if !verdict.sites.is_empty() {
                p .note {
                    @if verdict.sites.len() == 1 { "Site: " } @else { "Sites: " }
                    @for (place, site) in verdict.sites.iter().enumerate() {
                        @if place > 0 { ", " }
                        code { (table::breakable(site)) }
                    }
                }
            }
            (table::scrolling(&id, &html! {
                table .verdict {
                    caption id=(id) { "Saved for each operation, from " (verdict.before) " to " (verdict.after) }
                    thead { tr {
                        th scope="col" { "what" }
                        th scope="col" .n { "predicted" }
                        th scope="col" .n { "measured" }
                        th scope="col" { "how it came out" }
                    } }
                    tbody { @for (what, predicted, measured, within) in rows {
                        @let most = predicted.abs().max(measured.abs());
                        tr {
                            th scope="row" { (what) }
                            td .n .share style={ "--p:" (part(predicted, most)) "%" } { (figure::number(predicted)) }
                            td .n .share style={ "--p:" (part(measured, most)) "%" } { (figure::number(measured)) }
                            td { (came_out(predicted, measured, within)) }
                        }
                    } }
                }
            }))
        }
    }
}

/// Percent of the greater of the two; what costs has no bar.
fn part(value: f64, most: f64) -> String {
    if value > 0.0 && most.is_finite() {
        format!("{:.0}", value / most * 100.0)
    } else {
        "0".into()
    }
}

/// In words; within the factor it is as predicted.
fn came_out(predicted: f64, measured: f64, within: f64) -> String {
    if predicted == measured {
        return "exactly as predicted".into();
    }
    // Less than a hundredth of an allocation, a byte or a nanosecond is nothing.
    if predicted.abs().max(measured.abs()) < 0.01 {
        return "as predicted: nothing".into();
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
    let ratio = measured / predicted;
    if ratio > within {
        format!("more than predicted ({change})")
    } else if ratio < 1.0 / within {
        format!("less than predicted ({change})")
    } else {
        format!("as predicted ({change})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_came_out_in_words() {
        let cases = [
            (3.0, 3.0, "exactly as predicted"),
            (100.0, 105.0, "as predicted (+5 %)"),
            (100.0, 120.0, "more than predicted (+20 %)"),
            (100.0, 80.0, "less than predicted (−20 %)"),
            (100.0, -3.0, "worse than predicted"),
            (-1.0, 5.0, "better than predicted"),
            (0.001, 0.0, "as predicted: nothing"),
        ];
        for (predicted, measured, text) in cases {
            assert_eq!(came_out(predicted, measured, EXACT), text);
        }
    }
}
