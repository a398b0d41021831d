//! The first section of the report's page: headline numbers, takeaways, and what the page does not show.

use maud::{Markup, html};

use super::benchmark_group::{BenchmarkGroup, Metric};
use super::contents::Contents;
use super::figure;

/// Renders the section. Shows headline numbers only if there is one group of benchmarks, because they
/// do not name the group.
pub(super) fn section(contents: &Contents) -> Markup {
    let headlines = match &contents.groups[..] {
        [one] => headlines(one),
        _ => Vec::new(),
    };
    html! {
        section #findings aria-labelledby="findings-title" {
            h2 #findings-title { "Findings" }
            @if !headlines.is_empty() { dl .headlines { @for headline in &headlines { div {
                dt { (headline.quantity) }
                dd .big { (headline.change) }
                dd .note { (headline.values) }
            } } } }
            @if !contents.takeaways.is_empty() {
                ul .takeaways { @for line in &contents.takeaways { li { (line) } } }
            }
            @if !contents.missing.is_empty() { div .missing {
                p { "Not on this page:" }
                ul { @for line in &contents.missing { li { (line) } } }
            } }
        }
    }
}

/// One headline number.
struct Headline {
    /// What the number counts: "times as fast", "bytes".
    quantity: &'static str,
    /// The number: how the quantity changed from the first entry to the last.
    change: String,
    /// The values of the first and the last entry, with their unit.
    values: String,
}

/// Compares the group's last entry with its first. One headline for each unit that has one.
fn headlines(group: &BenchmarkGroup) -> Vec<Headline> {
    if group.entries.len() < 2 {
        return Vec::new();
    }
    group.metrics.iter().filter_map(headline).collect()
}

/// Compares the last entry with the first in one unit. `None` if the unit is not one of a headline, or if
/// the entries were not compared in it.
fn headline(metric: &Metric) -> Option<Headline> {
    let first = metric.cells.first()?.as_ref()?.centre;
    let cell = metric.cells.last()?.as_ref()?;
    if metric.uncompared.last()?.is_some() {
        return None;
    }
    let last = cell.centre;
    let is_significant = cell
        .change
        .as_ref()
        .is_some_and(|change| change.significant);
    let values = format!(
        "{} → {} {}{}",
        figure::number(first),
        figure::number(last),
        metric.unit,
        if is_significant || first == last {
            ""
        } else {
            ", perhaps by chance"
        }
    );
    let change = figure::change(first, last);
    let (quantity, change) = match metric.unit.as_str() {
        // A time of zero has no ratio.
        "ns/op" if last <= 0.0 || first <= 0.0 => return None,
        "ns/op" if last <= first => ("times as fast", format_ratio(first / last)),
        "ns/op" => ("times as long", format_ratio(last / first)),
        "B/op" => ("bytes", change),
        "allocs/op" => ("allocations", change),
        _ => return None,
    };
    Some(Headline {
        quantity,
        change,
        values,
    })
}

/// Formats a ratio with two decimals if it is below 10, else as an integer.
fn format_ratio(ratio: f64) -> String {
    if ratio < 10.0 {
        format!("{ratio:.2} ×")
    } else {
        format!("{} ×", figure::number(ratio.round()))
    }
}
