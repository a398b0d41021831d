//! The tables of benchmarks and of retained memory, and the elements that all tables share.

use maud::{Markup, html};

use super::benchmark_group::{BenchmarkGroup, Metric};
use super::figure;
use crate::outcome::Retained;

/// A container that scrolls horizontally if `wide` is too wide, also by keyboard. `label` is the id of the
/// element that names it.
pub(super) fn scrolling(label: &str, wide: &Markup) -> Markup {
    html! { div .scroll role="group" tabindex="0" aria-labelledby=(label) { (wide) } }
}

/// A function's name with a line break opportunity after each `::`.
pub(super) fn breakable(name: &str) -> Markup {
    html! { @for part in name.split_inclusive("::") { (part) wbr; } }
}

/// The table of a group: for each entry and unit the median, its interval and its change.
pub(super) fn figures(number: usize, group: &BenchmarkGroup) -> Markup {
    let id = format!("figures-{number}");
    let of = group.name.as_deref().unwrap_or("each variant");
    let rounds = group.rounds();
    let table = html! {
        table .figures {
            caption id=(id) {
                "Medians of " (of) " in " (rounds) @if rounds == 1 { " round" } @else { " rounds" }
                ", the interval that holds the true median with 95 % confidence"
                @if let Some(first) = group.entries.first() { ", and the change against " (first.name) }
                ". ~ marks a change that is not significant (p > 0.05)."
            }
            thead {
                tr {
                    th scope="col" rowspan="2" { "variant" }
                    @for metric in &group.metrics { th scope="colgroup" colspan="3" .group { (metric.unit) } }
                }
                tr { @for _ in &group.metrics {
                    th scope="col" .n .group { "median" }
                    th scope="col" .n { "95 %" }
                    th scope="col" .n { "change" }
                } }
            }
            tbody { @for (index, entry) in group.entries.iter().enumerate() { tr {
                th scope="row" { span .key .{ "v" (index % 4) } {} (entry.name) }
                @for metric in &group.metrics { (cells(metric, index)) }
            } } }
        }
    };
    scrolling(&id, &table)
}

/// The three cells of one entry in one unit.
fn cells(metric: &Metric, index: usize) -> Markup {
    let Some(cell) = &metric.cells[index] else {
        return html! { td .group .quiet colspan="3" { (metric.absence(index)) } };
    };
    html! {
        td .n .group { (figure::number(cell.centre)) }
        td .n .quiet {
            @match metric.interval(index) {
                None => { "too few" }
                Some((low, high)) if low == high => { "exact" }
                Some((low, high)) => { (figure::number(low)) " – " (figure::number(high)) }
            }
        }
        td .n {
            @match (&cell.change, &metric.uncompared[index]) {
                (_, Some(reason)) => { span .quiet { "not compared: " (reason.brief()) } }
                (None, None) => { span .quiet { "–" } }
                (Some(change), None) => {
                    @let text = match change.percent {
                        Some(percent) => figure::percent(percent),
                        None => "from 0".into(),
                    };
                    @if change.significant || change.percent == Some(0.0) { (text) }
                    @else { span .quiet { "~ " (text) } }
                }
            }
        }
    }
}

/// The table of retained memory: for each series the first, the largest and the last value.
pub(super) fn retained(all: &[Retained]) -> Markup {
    let table = html! {
        table {
            caption #retained-table { "Retained memory in numbers" }
            thead { tr {
                th scope="col" { "series" }
                th scope="col" .n { "first" }
                th scope="col" .n { "largest" }
                th scope="col" .n { "last" }
                th scope="col" .n { "after" }
            } }
            tbody { @for (index, one) in all.iter().enumerate() { tr {
                th scope="row" { span .key .{ "v" (index % 4) } {} (one.name) }
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
