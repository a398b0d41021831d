//! Plots of the series, as SVG.
//!
//! Plots have a white background, so that they look the same on a dark page. Lines get thinner from the
//! first to the last, so that lines of equal values are all visible; each is named at its right end.

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::heap::OBJECT;
use crate::plan::{AT_ONCE, Burst, Outliers, STEADY};
use crate::sample::{Sample, Series};
use crate::{burst, go, outliers, table};

const SIZE: (u32, u32) = (1000, 500);
/// The width of the names right of the plot, in pixels.
const NAMES: i32 = 296;
/// The least distance of two names, in pixels.
const LINE: i32 = 18;
const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);
/// The background of the highlighted periods.
const BAND: RGBColor = RGBColor(0xf3, 0xee, 0xe0);

type Drawn = Result<(), Box<dyn Error>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The differences between the two plots.
struct Plot<'a> {
    title: &'a str,
    /// The label of the vertical axis.
    unit: &'a str,
    /// The base of the logarithmic axis; `exponents` are its ends.
    base: f64,
    exponents: (f64, f64),
    /// The number of steps on the axis.
    steps: usize,
    /// Formats a value.
    write: fn(u64) -> String,
    /// The value of a sample that the plot shows.
    value: fn(&Sample) -> u64,
    /// The highlighted periods, from and to, and their label.
    band: (usize, usize, &'a str),
}

/// Bytes over time, with outliers.
///
/// # Errors
///
/// The error of plotters.
pub fn outliers(plan: &Outliers, all: &[Series]) -> Result<String, String> {
    let plot = Plot {
        title: "Retained after huge requests: 1 % need 16 MiB for a while, all others 1 KiB",
        unit: "retained bytes (log scale)",
        base: 4.0,
        exponents: (6.0, 15.0),
        steps: 9,
        write: table::bytes,
        value: |sample| sample.retained,
        band: (0, plan.mixed, "1 % of the requests are huge"),
    };
    plot.draw(all).map_err(|problem| problem.to_string())
}

/// Objects over time, with a burst.
///
/// # Errors
///
/// The error of plotters.
pub fn burst(plan: &Burst, all: &[Series]) -> Result<String, String> {
    let title = format!(
        "Retained after a burst: {STEADY} objects of {} in use, once {} at a time",
        table::bytes(OBJECT as u64),
        table::count(AT_ONCE as u64)
    );
    let plot = Plot {
        title: &title,
        unit: "retained objects (log scale)",
        base: 10.0,
        exponents: (0.0, 5.0),
        steps: 5,
        write: table::count,
        value: |sample| sample.objects.unwrap_or(0),
        band: (plan.before, plan.before + 1, "burst"),
    };
    plot.draw(all).map_err(|problem| problem.to_string())
}

/// Colour and width of a contender's line: dark enough for text on white, and distinguishable with colour
/// blindness.
fn style(name: &str) -> (RGBColor, u32) {
    match name {
        "thread_local Vec" => (RGBColor(0x70, 0x70, 0x70), 12),
        "object-pool" => (RGBColor(0x96, 0x74, 0x00), 8),
        go::SWEPT => (RGBColor(0xc2, 0x4a, 0x00), 5),
        outliers::BOUNDED | burst::BOUNDED => (RGBColor(0x7a, 0x3f, 0x98), 3),
        outliers::FADING => (RGBColor(0x00, 0x7a, 0x55), 4),
        _ => (RGBColor(0x00, 0x5f, 0xa8), 2),
    }
}

impl Plot<'_> {
    fn draw(&self, all: &[Series]) -> Result<String, Box<dyn Error>> {
        // The two series of Go differ only by chance; the plot shows one.
        let mut all: Vec<&Series> = all.iter().filter(|one| one.name != go::DEFAULT).collect();
        all.sort_by_key(|series| std::cmp::Reverse(style(&series.name).1));
        let mut svg = String::new();
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        self.draw_on(&root, &all)?;
        root.present()?;
        drop(root);
        let title = format!("role=\"img\">\n<title>{}</title>\n", self.title);
        Ok(svg.replacen(">\n", &format!(" {title}"), 1))
    }

    fn exponent(&self, value: u64) -> f64 {
        let (least, _) = self.exponents;
        (value.max(1) as f64).log(self.base).max(least)
    }

    fn draw_on(&self, root: &Area<'_>, all: &[&Series]) -> Drawn {
        let periods = all
            .iter()
            .map(|series| series.samples.len())
            .max()
            .unwrap_or(0);
        let (least, most) = self.exponents;
        let text = |size: u32| ("sans-serif", size).into_font().color(&INK);
        let centred = text(14).pos(Pos::new(HPos::Center, VPos::Center));
        let mut chart = ChartBuilder::on(root)
            .caption(self.title, text(18))
            .margin(14)
            .margin_right(NAMES)
            .x_label_area_size(44)
            .y_label_area_size(76)
            .build_cartesian_2d(0.0..periods as f64, least..most)?;
        let (from, to, said) = self.band;
        chart.draw_series([Rectangle::new(
            [(from as f64, least), (to as f64, most)],
            BAND.filled(),
        )])?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(INK)
            .x_desc("sweeps (for Go: runtime.GC)")
            .y_desc(self.unit)
            .x_labels(periods.min(16))
            .y_labels(self.steps + 1)
            .x_label_formatter(&|sweep| format!("{sweep:.0}"))
            .y_label_formatter(&|exponent| (self.write)(self.base.powf(*exponent).round() as u64))
            .label_style(text(13))
            .axis_desc_style(text(14))
            .draw()?;
        let middle = (from + to) as f64 / 2.0;
        chart.draw_series([Text::new(said.to_owned(), (middle, most - 0.35), centred)])?;
        let mut ends = Vec::new();
        for series in all {
            let (colour, width) = style(&series.name);
            let points: Vec<(f64, f64)> = (1..)
                .zip(&series.samples)
                .map(|(sweep, sample)| (f64::from(sweep), self.exponent((self.value)(sample))))
                .collect();
            let Some((end, last)) = points.last().zip(series.samples.last()) else {
                continue;
            };
            let name = format!("{}: {}", series.name, (self.write)((self.value)(last)));
            ends.push((chart.backend_coord(end), name, colour));
            chart.draw_series(LineSeries::new(points.clone(), colour.stroke_width(width)))?;
            let dot = |&point| Circle::new(point, width / 2 + 1, colour.filled());
            chart.draw_series(points.iter().map(dot))?;
        }
        name_ends(root, ends)
    }
}

/// Writes each line's name right of its end, and moves names apart that would overlap.
fn name_ends(root: &Area<'_>, mut ends: Vec<((i32, i32), String, RGBColor)>) -> Drawn {
    ends.sort_by_key(|((_, y), ..)| *y);
    let bottom = SIZE.1 as i32 - 64;
    let mut places: Vec<i32> = Vec::new();
    for ((_, y), ..) in &ends {
        let free = places.last().map_or(*y, |above| (above + LINE).max(*y));
        places.push(free);
    }
    // Names below the plot are moved up, and with them those above.
    let mut free = bottom;
    for place in places.iter_mut().rev() {
        *place = (*place).min(free);
        free = *place - LINE;
    }
    let heading = ("sans-serif", 14).into_font().color(&INK);
    root.draw(&Text::new(
        "at the last sweep:",
        (SIZE.0 as i32 - NAMES + 26, 46),
        heading,
    ))?;
    for (((x, y), name, colour), place) in ends.into_iter().zip(places) {
        let near = (x + 22, place);
        root.draw(&PathElement::new(
            [(x + 6, y), near],
            colour.stroke_width(1),
        ))?;
        let style = ("sans-serif", 14).into_font().color(&colour);
        let style = style.pos(Pos::new(HPos::Left, VPos::Center));
        root.draw(&Text::new(name, (near.0 + 4, near.1), style))?;
    }
    Ok(())
}
