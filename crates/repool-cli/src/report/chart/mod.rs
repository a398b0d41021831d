//! Charts, as SVG within the page.
//!
//! The templates are this crate's own: the crates plotters and charming write colours into attributes, so
//! that charts cannot follow the reader's choice of light or dark, and give no description to screen
//! readers. Here the page's style sheet sets the colours, each chart has a title and a description, and
//! two series never differ in colour alone.

mod axis;
mod bars;
mod lines;

pub(super) use bars::bars;
pub(super) use lines::lines;

/// A name cut to at most `room` characters.
fn short(name: &str, room: usize) -> String {
    if name.chars().count() <= room {
        return name.to_owned();
    }
    let start: String = name.chars().take(room.saturating_sub(1)).collect();
    start + "…"
}

/// A coordinate with one decimal, which is finer than a pixel.
fn at(coordinate: f64) -> String {
    let text = format!("{coordinate:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
