//! Which functions allocate most: the table of a profile.

use maud::{Markup, html};

use super::contents::Profiled;
use super::ranking::Top;
use super::table;

/// Rows that are shown; the rest is named by its number.
const ROWS: usize = 15;

/// All of them, beside each other where there is room.
pub(super) fn section(profiles: &[Profiled]) -> Option<Markup> {
    let with_top = profiles
        .iter()
        .filter_map(|profiled| Some((profiled, profiled.top.as_ref()?)));
    let tables: Vec<Markup> = with_top
        .enumerate()
        .map(|(number, (profiled, top))| one(number, profiled, top))
        .collect();
    (!tables.is_empty()).then(|| {
        html! {
            section #tops aria-labelledby="tops-title" {
                h2 #tops-title { "Where it allocates" }
                p .note {
                    b { "flat" } " is what a function itself allocated, "
                    b { "cum" } " includes what it called."
                }
                div .beside { @for table in &tables { (table) } }
            }
        }
    })
}

fn one(number: usize, profiled: &Profiled, top: &Top) -> Markup {
    let id = format!("top-{number}");
    let left = top.rows.len().saturating_sub(ROWS);
    html! {
        div .card {
            h3 { (profiled.name) }
            @if !profiled.about.is_empty() { p .note { (profiled.about) } }
            @if top.rows.is_empty() {
                p { "Nothing was allocated." }
            } @else {
                (table::scrolling(&id, &html! {
                    table .top {
                        caption id=(id) {
                            "Top of " (profiled.name)
                            @for note in &top.notes { br; (note) }
                        }
                        thead { tr {
                            th scope="col" .n { "flat" }
                            th scope="col" .n { "flat%" }
                            th scope="col" .n { "cum" }
                            th scope="col" .n { "cum%" }
                            th scope="col" { "function" }
                        } }
                        tbody { @for row in top.rows.iter().take(ROWS) { tr {
                            td .n { (row.flat) }
                            td .n .share style={ "--p:" (percent(&row.flat_share)) "%" } { (row.flat_share) }
                            td .n { (row.cum) }
                            td .n { (row.cum_share) }
                            th scope="row" .function { (table::breakable(&row.function)) }
                        } } }
                    }
                }))
            }
            @if left > 0 {
                p .note { "And " (left) " more: " code { "repool top " (profiled.file) } }
            }
        }
    }
}

/// The number in `12.34%`, from 0 to 100.
fn percent(text: &str) -> f64 {
    let number: f64 = text.trim_end_matches('%').parse().unwrap_or(0.0);
    number.clamp(0.0, 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_stay_within_the_bar() {
        assert_eq!(percent("80.00%"), 80.0);
        assert_eq!(percent("-5%"), 0.0);
        assert_eq!(percent("1e3%"), 100.0);
        assert_eq!(percent("?"), 0.0);
    }
}
