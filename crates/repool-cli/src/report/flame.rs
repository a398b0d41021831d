//! The page's section of flame graphs, each an SVG document in an `iframe`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{Markup, html};

use super::contents::ProfileView;

/// The script that makes a flame graph usable by keyboard.
const KEYS: &str = include_str!("flame.js");

/// The largest height of an `iframe`, in pixels; taller graphs scroll.
const TALLEST: f64 = 720.0;

/// The section; `None` if there is no flame graph.
pub(super) fn section(profiles: &[ProfileView]) -> Option<Markup> {
    let graphs: Vec<Markup> = profiles
        .iter()
        .filter_map(|profiled| Some(one(profiled, profiled.flame.as_deref()?)))
        .collect();
    (!graphs.is_empty()).then(|| {
        html! {
            section #flames aria-labelledby="flames-title" {
                h2 #flames-title { "Flame graphs" }
                p .note {
                    "A frame's width is its share of the allocated bytes. Callers are below their callees. A click on "
                    "a frame zooms in. By keyboard: Tab, then the arrow keys from frame to frame, Enter to zoom, "
                    "Escape to leave."
                }
                @for graph in &graphs { (graph) }
            }
        }
    })
}

/// One graph in a sandboxed `iframe`, which may only run scripts: the graphs' ids, styles and scripts
/// would collide in one document, and their names come from untrusted profiles.
fn one(profiled: &ProfileView, svg: &str) -> Markup {
    html! {
        figure .flame {
            figcaption { h3 { (profiled.name) } @if !profiled.about.is_empty() { " " span .note { (profiled.about) } } }
            iframe sandbox="allow-scripts" title={
                "Flame graph of " (profiled.name) ". The top table has the same figures as text."
            } height=(height(svg).min(TALLEST)) src={
                "data:image/svg+xml;base64," (BASE64_STANDARD.encode(with_keys(svg)))
            } {}
        }
    }
}

/// The graph with the keyboard script before its closing tag.
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

/// The height in pixels that the graph's first tag gives; 400 if it is missing or implausible.
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
