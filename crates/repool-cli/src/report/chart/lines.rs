//! A line chart of retained memory over time.

use maud::{Markup, html};

use super::axis::Axis;
use super::{at, short};
use crate::outcome::Retained;
use crate::report::figure;

/// The width of the chart. All sizes are in units of the `viewBox`.
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 320.0;
/// The margin left of the plot, for the marks of memory.
const LEFT: f64 = 78.0;
const TOP: f64 = 14.0;
/// The width of the names right of the plot.
const NAMES: f64 = 176.0;
/// The height of the marks of time below the plot.
const FOOT: f64 = 48.0;
/// The least vertical distance of two names.
const GAP: f64 = 17.0;
/// The y coordinate of the time axis.
const BOTTOM: f64 = HEIGHT - FOOT;

/// The chart: a line for each series, with its name at the end. Lines differ in dash pattern too, not in
/// colour alone.
pub(in crate::report) fn lines(all: &[Retained]) -> Markup {
    let points = || all.iter().flat_map(|one| &one.points);
    let time = Axis::decimal(points().map(|point| point.0).fold(0.0, f64::max), 6.0);
    let memory = Axis::binary(
        points().map(|point| point.1 as f64).fold(0.0, f64::max),
        5.0,
    );
    let plot = WIDTH - LEFT - NAMES;
    let x = |seconds: f64| LEFT + time.share(seconds) * plot;
    let y = |bytes: f64| BOTTOM - memory.share(bytes) * (BOTTOM - TOP);
    let path = |one: &Retained| {
        let points = one
            .points
            .iter()
            .map(|(seconds, bytes)| (x(*seconds), y(*bytes as f64)));
        let places: Vec<String> = points
            .map(|(x, y)| format!("{},{}", at(x), at(y)))
            .collect();
        places.join(" ")
    };
    let lasts = all
        .iter()
        .map(|one| one.points.last().map(|last| y(last.1 as f64)));
    let names = apart(lasts.collect());
    html! {
        svg .lines viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img"
            aria-labelledby="lines-title lines-text" {
            title #lines-title { "Retained memory over time" }
            desc #lines-text { (described(all)) }
            @for mark in &memory.marks {
                line .grid x1=(LEFT) x2=(at(LEFT + plot)) y1=(at(y(*mark))) y2=(at(y(*mark))) {}
                text .mark x=(LEFT - 8.0) y=(at(y(*mark) + 4.0)) text-anchor="end" { (figure::bytes(*mark)) }
            }
            @for mark in &time.marks {
                line .tick x1=(at(x(*mark))) x2=(at(x(*mark))) y1=(BOTTOM) y2=(BOTTOM + 5.0) {}
                text .mark x=(at(x(*mark))) y=(BOTTOM + 19.0) text-anchor="middle" { (figure::number(*mark)) }
            }
            text .unit x=(at(LEFT + plot / 2.0)) y=(HEIGHT - 8.0) text-anchor="middle" { "seconds" }
            text .unit text-anchor="middle" transform={ "translate(13 " (at(f64::midpoint(TOP, BOTTOM))) ") rotate(-90)" } {
                "bytes retained"
            }
            @for (index, (one, name)) in all.iter().zip(names).enumerate() {
                @if let Some((seconds, bytes)) = one.points.last().copied() {
                    @let (end, height) = (x(seconds), y(bytes as f64));
                    g .{ "v" (index % 4) } {
                        polyline .line points=(path(one)) {}
                        circle .dot cx=(at(end)) cy=(at(height)) r="3.2" {}
                        line .lead x1=(at(end + 5.0)) y1=(at(height)) x2=(at(LEFT + plot + 14.0)) y2=(at(name)) {}
                        text .name x=(at(LEFT + plot + 18.0)) y=(at(name + 4.0)) { (short(&one.name, 22)) }
                    }
                }
            }
        }
    }
}

/// The y coordinates of the names: those of the lines' ends, moved apart where names would overlap, and
/// none below the plot.
fn apart(lasts: Vec<Option<f64>>) -> Vec<f64> {
    let mut order: Vec<usize> = (0..lasts.len())
        .filter(|one| lasts[*one].is_some())
        .collect();
    order.sort_by(|a, b| {
        lasts[*a]
            .unwrap_or(0.0)
            .total_cmp(&lasts[*b].unwrap_or(0.0))
    });
    let mut places: Vec<f64> = lasts.into_iter().map(Option::unwrap_or_default).collect();
    let mut free = f64::NEG_INFINITY;
    for one in &order {
        places[*one] = places[*one].max(free);
        free = places[*one] + GAP;
    }
    // Names below the plot are moved up, and with them those above.
    let mut free = BOTTOM;
    for one in order.iter().rev() {
        places[*one] = places[*one].min(free);
        free = places[*one] - GAP;
    }
    places
}

/// The chart as text, for screen readers.
fn described(all: &[Retained]) -> String {
    let one = |one: &Retained| {
        let Some(((_, first), (seconds, last))) = one.points.first().zip(one.points.last()) else {
            return format!("{} was not measured", one.name);
        };
        let most = one.points.iter().map(|point| point.1).max().unwrap_or(0);
        format!(
            "{} begins at {}, reaches {} and ends at {} after {} seconds",
            one.name,
            figure::bytes(*first as f64),
            figure::bytes(most as f64),
            figure::bytes(*last as f64),
            figure::number(*seconds),
        )
    };
    format!("{}.", all.iter().map(one).collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_overlap_and_stay_within_the_plot() {
        let places = apart(vec![
            Some(270.0),
            Some(100.0),
            Some(271.0),
            None,
            Some(104.0),
        ]);
        let mut shown = [places[0], places[1], places[2], places[4]];
        shown.sort_by(f64::total_cmp);
        assert!(
            shown.windows(2).all(|two| two[1] - two[0] >= GAP),
            "{places:?}"
        );
        assert!(shown[3] <= BOTTOM);
        assert!(places[0] < places[2], "in the order of their ends");
    }
}
