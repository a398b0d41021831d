//! The table of benchmarks, and what all tables have.

use maud::{Markup, html};

use super::contest::{Contest, Metric};
use super::figure;
use crate::outcome::Retained;

/// A part of the page that scrolls by itself where it is too wide, also by keyboard; `label` is the
/// id of what names it.
pub(super) fn scrolling(label: &str, wide: &Markup) -> Markup {
    html! { div .scroll role="group" tabindex="0" aria-labelledby=(label) { (wide) } }
}

/// A function's name, which may be broken after each `::`.
pub(super) fn breakable(name: &str) -> Markup {
    html! { @for part in name.split_inclusive("::") { (part) wbr; } }
}

/// Every entry's median, its interval and its change, unit by unit.
pub(super) fn figures(number: usize, contest: &Contest) -> Markup {
    let id = format!("figures-{number}");
    let of = contest.name.as_deref().unwrap_or("each variant");
    let rounds = contest.rounds();
    let table = html! {
        table .figures {
            caption id=(id) {
                "Medians of " (of) " in " (rounds) @if rounds == 1 { " round" } @else { " rounds" }
                ", the interval that holds the true median with 95 % confidence"
                @if let Some(first) = contest.entries.first() { ", and the change against " (first.name) }
                ". ~ stands where chance alone may have made the change (p > 0.05)."
            }
            thead {
                tr {
                    th scope="col" rowspan="2" { "variant" }
                    @for metric in &contest.metrics { th scope="colgroup" colspan="3" .group { (metric.unit) } }
                }
                tr { @for _ in &contest.metrics {
                    th scope="col" .n .group { "median" }
                    th scope="col" .n { "95 %" }
                    th scope="col" .n { "change" }
                } }
            }
            tbody { @for (place, entry) in contest.entries.iter().enumerate() { tr {
                th scope="row" { span .key .{ "v" (place % 4) } {} (entry.name) }
                @for metric in &contest.metrics { (cells(metric, place)) }
            } } }
        }
    };
    scrolling(&id, &table)
}

fn cells(metric: &Metric, place: usize) -> Markup {
    let Some(cell) = &metric.cells[place] else {
        return html! { td .group .quiet colspan="3" { (metric.absence(place)) } };
    };
    html! {
        td .n .group { (figure::number(cell.centre)) }
        td .n .quiet {
            @match metric.interval(place) {
                None => { "too few" }
                Some((low, high)) if low == high => { "exact" }
                Some((low, high)) => { (figure::number(low)) " – " (figure::number(high)) }
            }
        }
        td .n {
            @match (&cell.change, &metric.uncompared[place]) {
                (_, Some(reason)) => { span .quiet { "not compared: " (reason.brief()) } }
                (None, None) => { span .quiet { "–" } }
                (Some(change), None) => {
                    @let said = match change.percent {
                        Some(percent) => figure::percent(percent),
                        None => "from 0".into(),
                    };
                    @if change.significant || change.percent == Some(0.0) { (said) }
                    @else { span .quiet { "~ " (said) } }
                }
            }
        }
    }
}

/// What each line of memory over time says, in numbers.
pub(super) fn retained(all: &[Retained]) -> Markup {
    let table = html! {
        table {
            caption #retained-table { "Retained memory in numbers" }
            thead { tr {
                th scope="col" { "what" }
                th scope="col" .n { "at first" }
                th scope="col" .n { "at most" }
                th scope="col" .n { "at last" }
                th scope="col" .n { "after" }
            } }
            tbody { @for (place, one) in all.iter().enumerate() { tr {
                th scope="row" { span .key .{ "v" (place % 4) } {} (one.name) }
                @if let Some((first, last)) = one.points.first().zip(one.points.last()) {
                    @let most = one.points.iter().map(|point| point.1).max().unwrap_or(0);
                    td .n { (figure::bytes(first.1 as f64)) }
                    td .n { (figure::bytes(most as f64)) }
                    td .n { (figure::bytes(last.1 as f64)) }
                    td .n { (figure::number(last.0)) " s" }
                } @else {
                    td colspan="4" { "not measured" }
                }
            } } }
        }
    };
    scrolling("retained-table", &table)
}
