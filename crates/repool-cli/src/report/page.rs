//! [`page`]: renders [`Contents`] as HTML.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use repool_bench::compare::Better;

use super::contents::Contents;
use super::{advice, chart, facts, findings, flame, table, top};

const STYLE: &str = include_str!("style.css");

/// The content security policy: forbids all loading, but for `data:` URLs of flame graphs, and allows
/// inline styles and the scripts within flame graphs.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      frame-src data:; base-uri 'none'; form-action 'none'";

/// Renders a page as an HTML document.
///
/// ```no_run
/// use repool_cli::report::{Contents, page};
///
/// let html = page(&Contents::read("repool-study".as_ref())?);
/// assert!(html.starts_with("<!DOCTYPE html>"));
/// # Ok::<(), String>(())
/// ```
#[must_use]
pub fn page(contents: &Contents) -> String {
    let tops = top::section(&contents.profiles);
    let flames = flame::section(&contents.profiles);
    let advised = advice::section(&contents.verdicts);
    let figures = figures(contents);
    let retained = retained(contents);
    let parts = [
        ("figures", "Figures", &figures),
        ("tops", "Where it allocates", &tops),
        ("flames", "Flame graphs", &flames),
        ("retained", "Retained memory", &retained),
        ("advice", "Advice", &advised),
    ];
    let html = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (contents.title) " · repool" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a .skip href="#main" { "Skip to the findings" }
                header {
                    p .eyebrow { "repool report" }
                    h1 { (contents.title) }
                    p .lead { (contents.lead) }
                    nav aria-label="On this page" { ul {
                        li { a href="#findings" { "Findings" } }
                        @for (id, name, part) in parts { @if part.is_some() {
                            li { a href={ "#" (id) } { (name) } }
                        } }
                        li { a href="#repeat" { "How to repeat" } }
                    } }
                }
                main #main tabindex="-1" {
                    (findings::section(contents))
                    @for (_, _, part) in parts { @if let Some(part) = part { (part) } }
                    (facts::section(&contents.facts))
                }
                footer { p { "Made by repool " (env!("CARGO_PKG_VERSION")) "." } }
            }
        }
    };
    html.into_string()
}

/// The section of benchmarks: for each group, charts and then a table of the same figures.
fn figures(contents: &Contents) -> Option<Markup> {
    (!contents.groups.is_empty()).then(|| {
        // Each chart has its own number, for its ids.
        let mut number = 0..;
        html! {
            section #figures aria-labelledby="figures-title" {
                h2 #figures-title { "Figures" }
                p .note { "Bars show medians, dots the rounds, and the line below a bar the confidence interval of the median, if "
                    "they are known." }
                @for (index, group) in contents.groups.iter().enumerate() {
                    @if let Some(name) = &group.name { h3 { (name) } }
                    div .charts { @for metric in &group.metrics {
                        figure .chart {
                            figcaption { (metric.unit) span .note { (better(metric.better)) } }
                            (chart::bars(number.next().unwrap_or(0), group, metric))
                        }
                    } }
                    (table::figures(index, group))
                    @let described = group.entries.iter().filter(|entry| !entry.about.is_empty());
                    @if described.clone().next().is_some() { dl .about { @for entry in described { dt { (entry.name) } dd { (entry.about) } } } }
                }
            }
        }
    })
}

fn better(better: Better) -> &'static str {
    match better {
        Better::Lower => " · less is better",
        Better::Higher => " · more is better",
        Better::Unknown => "",
    }
}

/// The section of retained memory: a chart, and a table of the same figures.
fn retained(contents: &Contents) -> Option<Markup> {
    (!contents.retained.is_empty()).then(|| {
        html! {
            section #retained aria-labelledby="retained-title" {
                h2 #retained-title { "Retained memory over time" }
                figure .chart { (table::scrolling("lines-title", &chart::lines(&contents.retained))) }
                (table::retained(&contents.retained))
            }
        }
    })
}
