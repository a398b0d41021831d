//! The page's section of top tables, one for each profile.

use maud::{Markup, html};

use super::contents::ProfileView;
use super::table;
use super::top_table::TopTable;

/// The most rows of a table. The number of further ones is shown below it.
const ROWS: usize = 15;

/// The section; `None` if there is no profile. Tables stand beside each other if the page is wide enough.
pub(super) fn section(profiles: &[ProfileView]) -> Option<Markup> {
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
                    b { "flat" } " is allocated by the function itself, "
                    b { "cum" } " by the function and its callees."
                }
                div .beside { @for table in &tables { (table) } }
            }
        }
    })
}

fn one(number: usize, profiled: &ProfileView, top: &TopTable) -> Markup {
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
                            "TopTable of " (profiled.name)
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
