//! The lines over a report.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::graph::{self, Shown};
use crate::{Report, measure, path};

/// What the profile is of: program, type, time and duration. `unit` is that of the figures.
pub(crate) fn profile(report: &Report, unit: &str) -> Vec<String> {
    let profile = report.profile();
    let mut lines = Vec::new();
    if let Some(program) = profile.mappings.first() {
        if !program.file.is_empty() {
            lines.push(format!("File: {}", path::base(profile.text(program.file))));
        }
        if !program.build_id.is_empty() {
            lines.push(format!("Build ID: {}", profile.text(program.build_id)));
        }
    }
    let comments = profile.comments();
    lines.extend(
        comments
            .filter(|line| !line.starts_with('#'))
            .map(Into::into),
    );
    let (kind, sample_unit) = report.sample_type();
    if !kind.is_empty() {
        lines.push(format!("Type: {kind}"));
    }
    if !profile.doc_url.is_empty() {
        lines.push(format!("Doc: {}", profile.text(profile.doc_url)));
    }
    if profile.time_nanos != 0 {
        lines.push(format!("Time: {}", time(profile.time_nanos)));
    }
    let duration = profile.duration_nanos;
    if duration != 0 {
        let total = report.total();
        let share = match measure::scale(total, sample_unit, "nanoseconds") {
            (nanos, "ns") if nanos != 0.0 => {
                format!("({})", measure::percentage(measure::whole(nanos), duration))
            }
            _ => String::new(),
        };
        lines.push(format!(
            "Duration: {}, Total samples = {} {share}",
            measure::label(duration, "nanoseconds", "auto"),
            measure::label(total, sample_unit, unit),
        ));
    }
    lines
}

/// All lines over a table of functions.
pub(crate) fn table(report: &Report, unit: &str, shown: &Shown) -> Vec<String> {
    let mut lines = profile(report, unit);
    let filters = report.filters();
    if !filters.is_empty() {
        lines.push("Active filters:".into());
        lines.extend(filters.iter().map(|filter| format!("   {}", cut(filter))));
    }
    let total = report.total();
    let label = |value| measure::label(value, report.sample_type().1, unit);
    lines.push(format!(
        "Showing nodes accounting for {}, {} of {} total",
        label(shown.total),
        measure::percentage(shown.total, total).trim(),
        label(total),
    ));
    if total != 0 {
        if shown.dropped > 0 {
            lines.push(format!(
                "Dropped {} node{} (cum <= {})",
                shown.dropped,
                if shown.dropped > 1 { "s" } else { "" },
                label(measure::whole(total as f64 * graph::NODE_FRACTION).wrapping_abs()),
            ));
        }
        if shown.nodes > 0 && shown.nodes < shown.nodes_before {
            lines.push(format!(
                "Showing top {} nodes out of {}",
                shown.nodes, shown.nodes_before
            ));
        }
    }
    lines
}

/// The first 80 bytes.
fn cut(filter: &str) -> String {
    if filter.len() <= 80 {
        return filter.into();
    }
    let end = (0..=80).rev().find(|at| filter.is_char_boundary(*at));
    format!("{}…", &filter[..end.unwrap_or(0)])
}

/// In the zone of this machine; where nobody knows which that is, in UTC.
fn time(nanos: i64) -> String {
    let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
    match Timestamp::from_nanosecond(nanos.into()) {
        Ok(time) => time
            .to_zoned_datetime(zone)
            .strftime("%Y-%m-%d %H:%M:%S %Z")
            .to_string(),
        Err(_) => nanos.to_string(),
    }
}
