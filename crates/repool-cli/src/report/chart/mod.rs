//! Charts, as SVG within the page.
//!
//! Drawn by templates of our own, for the charts of a crate (plotters, charming) have their colours
//! and their text in their attributes: they cannot follow the reader's choice of light or dark, and
//! say nothing to somebody who cannot see them. Here colours are the page's style sheet's, each chart
//! has a title and a description, and what tells two series apart is never the colour alone.

mod axis;
mod bars;
mod lines;

pub(super) use bars::bars;
pub(super) use lines::lines;

/// So much of a name as has room, in letters.
fn short(name: &str, room: usize) -> String {
    if name.chars().count() <= room {
        return name.to_owned();
    }
    let start: String = name.chars().take(room.saturating_sub(1)).collect();
    start + "…"
}

/// A coordinate: a tenth of a pixel is as exact as anybody sees.
fn at(place: f64) -> String {
    let text = format!("{place:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
