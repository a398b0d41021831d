//! A bar chart of one unit of a [`BenchmarkGroup`].

use maud::{Markup, html};

use super::axis::Axis;
use super::{at, short};
use crate::report::benchmark_group::{BenchmarkGroup, Entry, Metric};
use crate::report::figure;

/// The width of the chart. All sizes are in units of the `viewBox`.
const WIDTH: f64 = 360.0;
/// The height of an entry: name and value above, bar and rounds below.
const ROW: f64 = 48.0;
/// The height of a bar.
const BAR: f64 = 14.0;
/// The margin left of the plot, which the first mark's number needs.
const LEFT: f64 = 6.0;
/// The margin right of the plot.
const RIGHT: f64 = 16.0;
/// The height of the marks' numbers and the unit below the plot.
const FOOT: f64 = 42.0;

/// The chart of one unit: for each entry a bar of the median's length, and a dot for each round.
pub(in crate::report) fn bars(number: usize, group: &BenchmarkGroup, metric: &Metric) -> Markup {
    let id = format!("bars-{number}");
    let (title, text) = (format!("{id}-title"), format!("{id}-text"));
    let ends = (0..metric.cells.len()).filter_map(|index| Some(metric.extent(index)?.1));
    let centres = metric.cells.iter().flatten().map(|cell| cell.centre);
    let most = centres.chain(ends).fold(0.0, f64::max);
    let axis = Axis::decimal(most, 4.0);
    let plot = WIDTH - LEFT - RIGHT;
    let bottom = ROW * group.entries.len() as f64 + 4.0;
    let x = |value: f64| at(LEFT + axis.share(value) * plot);
    html! {
        svg .bars viewBox={ "0 0 " (WIDTH) " " (at(bottom + FOOT)) } role="img"
            aria-labelledby={ (title) " " (text) } {
            title id=(title) { (metric.unit) " of " (group.name.as_deref().unwrap_or("each variant")) }
            desc id=(text) { (described(group, metric)) }
            @for mark in &axis.marks {
                line .grid x1=(x(*mark)) x2=(x(*mark)) y1="4" y2=(at(bottom)) {}
                text .mark x=(x(*mark)) y=(at(bottom + 16.0)) text-anchor=(anchor(*mark)) {
                    (figure::number(*mark))
                }
            }
            text .unit x=(at(LEFT + plot / 2.0)) y=(at(bottom + 35.0)) text-anchor="middle" {
                (unit_in_words(&metric.unit))
            }
            @for (index, (entry, cell)) in group.entries.iter().zip(&metric.cells).enumerate() {
                @let top = ROW * index as f64;
                @let middle = top + 30.0;
                g .{ "v" (index % 4) } {
                    text .name x=(LEFT) y=(at(top + 17.0)) { (short(&entry.name, 30)) }
                    @if let Some(cell) = cell {
                        text .value x=(at(WIDTH - RIGHT)) y=(at(top + 17.0)) text-anchor="end" {
                            (figure::number(cell.centre))
                        }
                        rect .bar x=(LEFT) y=(at(middle - BAR / 2.0)) height=(BAR)
                            width=(at((axis.share(cell.centre) * plot).max(1.5))) {}
                        @for (round, value) in metric.rounds[index].iter().enumerate() {
                            circle .dot cx=(x(*value)) cy=(at(middle + dot_offset(round))) r="2.6" {}
                        }
                        @if let Some((low, high)) = metric.interval(index) {
                            line .interval x1=(x(low)) x2=(x(high)) y1=(at(middle + 10.0)) y2=(at(middle + 10.0)) {}
                        }
                        line .median x1=(x(cell.centre)) x2=(x(cell.centre))
                            y1=(at(middle - 10.0)) y2=(at(middle + 10.0)) {}
                    } @else {
                        text .value x=(at(WIDTH - RIGHT)) y=(at(top + 17.0)) text-anchor="end" {
                            (metric.absence(index))
                        }
                    }
                }
            }
        }
    }
}

/// The `text-anchor` of a mark's number. The first number begins at its mark; centred, it would be cut off.
fn anchor(mark: f64) -> &'static str {
    if mark == 0.0 { "start" } else { "middle" }
}

/// The vertical offset of a round's dot, so that dots of equal values do not cover each other.
fn dot_offset(round: usize) -> f64 {
    [0.0, -3.0, 3.0, -1.5, 1.5][round % 5]
}

/// A unit in words, for the axis.
fn unit_in_words(unit: &str) -> String {
    match unit {
        "ns/op" => "nanoseconds for each operation (ns/op)".into(),
        "B/op" => "bytes for each operation (B/op)".into(),
        "allocs/op" => "allocations for each operation (allocs/op)".into(),
        other => other.into(),
    }
}

/// The chart as text, for screen readers.
fn described(group: &BenchmarkGroup, metric: &Metric) -> String {
    let one = |(index, entry): (usize, &Entry)| {
        let name = &entry.name;
        let Some(cell) = &metric.cells[index] else {
            return format!("{name}: {}", metric.absence(index));
        };
        let centre = figure::number(cell.centre);
        match metric.extent(index) {
            Some((low, high)) if low < high => {
                format!(
                    "{name} {centre}, from {} to {}",
                    figure::number(low),
                    figure::number(high)
                )
            }
            _ => format!("{name} {centre}"),
        }
    };
    let all: Vec<String> = group.entries.iter().enumerate().map(one).collect();
    format!("Medians: {}.", all.join("; "))
}
