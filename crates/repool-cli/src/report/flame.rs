//! Flame graphs, each a document of its own within the page.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{Markup, html};

use super::contents::Profiled;

/// Makes a flame graph's frames reachable by keyboard.
const KEYS: &str = include_str!("flame.js");

/// What is shown at most, in pixels; the rest is scrolled to.
const TALLEST: f64 = 720.0;

pub(super) fn section(profiles: &[Profiled]) -> Option<Markup> {
    let graphs: Vec<Markup> = profiles
        .iter()
        .filter_map(|profiled| Some(one(profiled, profiled.flame.as_deref()?)))
        .collect();
    (!graphs.is_empty()).then(|| {
        html! {
            section #flames aria-labelledby="flames-title" {
                h2 #flames-title { "Flame graphs" }
                p .note {
                    "Width is the share of what was allocated; what calls is below what it calls. A click on "
                    "a frame zooms in. By keyboard: Tab, then the arrow keys from frame to frame, Enter to zoom, "
                    "Escape to leave."
                }
                @for graph in &graphs { (graph) }
            }
        }
    })
}

/// A frame that runs scripts and may nothing else: graphs bring ids, styles and scripts that would
/// clash with each other's, and names from a profile that nobody has looked at.
fn one(profiled: &Profiled, svg: &str) -> Markup {
    html! {
        figure .flame {
            figcaption { h3 { (profiled.name) } @if !profiled.about.is_empty() { " " span .note { (profiled.about) } } }
            iframe sandbox="allow-scripts" title={
                "Flame graph of " (profiled.name) ". The table of its functions says the same in text."
            } height=(height(svg).min(TALLEST)) src={
                "data:image/svg+xml;base64," (BASE64_STANDARD.encode(with_keys(svg)))
            } {}
        }
    }
}

/// The graph with the script that listens to keys, last in it.
fn with_keys(svg: &str) -> String {
    match svg.rfind("</svg>") {
        Some(end) => format!(
            "{}<script><![CDATA[{KEYS}]]></script>{}",
            &svg[..end],
            &svg[end..]
        ),
        None => svg.into(),
    }
}

/// The height that the graph's first tag says, in pixels.
fn height(svg: &str) -> f64 {
    let tag = svg.find("<svg").map(|start| &svg[start..]);
    let tag = tag.and_then(|tag| Some(&tag[..tag.find('>')?]));
    let said = tag.and_then(|tag| tag.split_once(" height=\""));
    let said = said.and_then(|(_, rest)| rest.split('"').next());
    let height = said.and_then(|said| said.trim_end_matches("px").parse::<f64>().ok());
    height
        .filter(|height| (20.0..1e5).contains(height))
        .unwrap_or(400.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_height_is_the_graphs_own() {
        assert_eq!(
            height(r#"<?xml?><svg version="1" width="1200" height="262" x="1">"#),
            262.0
        );
        assert_eq!(
            height(r#"<svg viewBox="0 0 1 1"><rect height="9"/></svg>"#),
            400.0
        );
        assert_eq!(height("<svg height=\"1e9\">"), 400.0);
        assert_eq!(height("nothing"), 400.0);
    }

    #[test]
    fn keys_come_last() {
        let svg = with_keys("<svg><svg></svg></svg>\n");
        assert!(
            svg.starts_with("<svg><svg></svg><script><![CDATA["),
            "{svg}"
        );
        assert!(svg.ends_with("]]></script></svg>\n"), "{svg}");
        assert!(!KEYS.contains("]]>"));
    }
}
