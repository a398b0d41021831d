//! The page's first section: headline numbers, takeaways, and what is missing.

use maud::{Markup, html};

use super::benchmark_group::{BenchmarkGroup, Metric};
use super::contents::Contents;
use super::figure;

/// The section.
pub(super) fn section(contents: &Contents) -> Markup {
    let headlines = match &contents.groups[..] {
        [one] => headlines(one),
        _ => Vec::new(),
    };
    html! {
        section #findings aria-labelledby="findings-title" {
            h2 #findings-title { "Findings" }
            @if !headlines.is_empty() { dl .headlines { @for one in &headlines { div {
                dt { (one.what) }
                dd .big { (one.big) }
                dd .note { (one.small) }
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

/// One headline number: its quantity, the number, and the two figures it is from.
struct Headline {
    what: &'static str,
    big: String,
    small: String,
}

/// The last entry compared with the first, in each unit in which they were compared.
fn headlines(group: &BenchmarkGroup) -> Vec<Headline> {
    if group.entries.len() < 2 {
        return Vec::new();
    }
    group.metrics.iter().filter_map(headline).collect()
}

fn headline(metric: &Metric) -> Option<Headline> {
    let first = metric.cells.first()?.as_ref()?.centre;
    let cell = metric.cells.last()?.as_ref()?;
    if metric.uncompared.last()?.is_some() {
        return None;
    }
    let last = cell.centre;
    let is_sure = cell
        .change
        .as_ref()
        .is_some_and(|change| change.significant);
    let small = format!(
        "{} → {} {}{}",
        figure::number(first),
        figure::number(last),
        metric.unit,
        if is_sure || first == last {
            ""
        } else {
            ", perhaps by chance"
        }
    );
    let change = figure::change(first, last);
    let (what, big) = match metric.unit.as_str() {
        "ns/op" if last <= 0.0 || first <= 0.0 => return None,
        "ns/op" if last <= first => ("times as fast", times(first / last)),
        "ns/op" => ("times as long", times(last / first)),
        "B/op" => ("bytes", change),
        "allocs/op" => ("allocations", change),
        _ => return None,
    };
    Some(Headline { what, big, small })
}

fn times(ratio: f64) -> String {
    if ratio < 10.0 {
        format!("{ratio:.2} ×")
    } else {
        format!("{} ×", figure::number(ratio.round()))
    }
}
