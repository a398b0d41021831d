use maud::{Markup, html};

use super::axis::Axis;
use super::{at, short};
use crate::report::contest::{Contest, Entry, Metric};
use crate::report::figure;

const WIDTH: f64 = 360.0;
/// Of one entry: its name and its value above, its bar and its rounds below.
const ROW: f64 = 48.0;
const BAR: f64 = 14.0;
/// Left of the plot, so that the first mark's number has room.
const LEFT: f64 = 6.0;
const RIGHT: f64 = 16.0;
const FOOT: f64 = 42.0;

/// One unit of a contest: for each entry a bar as long as its median, and a dot for every round.
pub(in crate::report) fn bars(number: usize, contest: &Contest, metric: &Metric) -> Markup {
    let id = format!("bars-{number}");
    let (title, text) = (format!("{id}-title"), format!("{id}-text"));
    let ends = (0..metric.cells.len()).filter_map(|place| Some(metric.extent(place)?.1));
    let centres = metric.cells.iter().flatten().map(|cell| cell.centre);
    let most = centres.chain(ends).fold(0.0, f64::max);
    let axis = Axis::decimal(most, 4.0);
    let plot = WIDTH - LEFT - RIGHT;
    let bottom = ROW * contest.entries.len() as f64 + 4.0;
    let x = |value: f64| at(LEFT + axis.share(value) * plot);
    html! {
        svg .bars viewBox={ "0 0 " (WIDTH) " " (at(bottom + FOOT)) } role="img"
            aria-labelledby={ (title) " " (text) } {
            title id=(title) { (metric.unit) " of " (contest.name.as_deref().unwrap_or("each variant")) }
            desc id=(text) { (described(contest, metric)) }
            @for mark in &axis.marks {
                line .grid x1=(x(*mark)) x2=(x(*mark)) y1="4" y2=(at(bottom)) {}
                text .mark x=(x(*mark)) y=(at(bottom + 16.0)) text-anchor=(anchor(*mark)) {
                    (figure::number(*mark))
                }
            }
            text .unit x=(at(LEFT + plot / 2.0)) y=(at(bottom + 35.0)) text-anchor="middle" {
                (unit_in_words(&metric.unit))
            }
            @for (place, (entry, cell)) in contest.entries.iter().zip(&metric.cells).enumerate() {
                @let top = ROW * place as f64;
                @let middle = top + 30.0;
                g .{ "v" (place % 4) } {
                    text .name x=(LEFT) y=(at(top + 17.0)) { (short(&entry.name, 30)) }
                    @if let Some(cell) = cell {
                        text .value x=(at(WIDTH - RIGHT)) y=(at(top + 17.0)) text-anchor="end" {
                            (figure::number(cell.centre))
                        }
                        rect .bar x=(LEFT) y=(at(middle - BAR / 2.0)) height=(BAR)
                            width=(at((axis.share(cell.centre) * plot).max(1.5))) {}
                        @for (round, value) in metric.rounds[place].iter().enumerate() {
                            circle .dot cx=(x(*value)) cy=(at(middle + aside(round))) r="2.6" {}
                        }
                        @if let Some((low, high)) = metric.interval(place) {
                            line .interval x1=(x(low)) x2=(x(high)) y1=(at(middle + 10.0)) y2=(at(middle + 10.0)) {}
                        }
                        line .median x1=(x(cell.centre)) x2=(x(cell.centre))
                            y1=(at(middle - 10.0)) y2=(at(middle + 10.0)) {}
                    } @else {
                        text .value x=(at(WIDTH - RIGHT)) y=(at(top + 17.0)) text-anchor="end" {
                            (metric.absence(place))
                        }
                    }
                }
            }
        }
    }
}

/// The first mark's number begins at the mark, or it would be cut.
fn anchor(mark: f64) -> &'static str {
    if mark == 0.0 { "start" } else { "middle" }
}

/// Rounds lie a little above and below each other, or equal ones would look like one.
fn aside(round: usize) -> f64 {
    [0.0, -3.0, 3.0, -1.5, 1.5][round % 5]
}

fn unit_in_words(unit: &str) -> String {
    match unit {
        "ns/op" => "nanoseconds for each operation (ns/op)".into(),
        "B/op" => "bytes for each operation (B/op)".into(),
        "allocs/op" => "allocations for each operation (allocs/op)".into(),
        other => other.into(),
    }
}

fn described(contest: &Contest, metric: &Metric) -> String {
    let one = |(place, entry): (usize, &Entry)| {
        let name = &entry.name;
        let Some(cell) = &metric.cells[place] else {
            return format!("{name}: {}", metric.absence(place));
        };
        let centre = figure::number(cell.centre);
        match metric.extent(place) {
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
    let all: Vec<String> = contest.entries.iter().enumerate().map(one).collect();
    format!("Medians: {}.", all.join("; "))
}
