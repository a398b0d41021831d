//! The lines above a table, as pprof prints them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::analysis::Analysis;
use crate::graph::{self, NodeCounts};
use crate::{measure, path};

/// The lines about the profile: program, sample type, time and duration. `unit` is the unit of
/// values.
pub(crate) fn profile(analysis: &Analysis, unit: &str) -> Vec<String> {
    let profile = analysis.profile();
    let mut lines = Vec::new();
    if let Some(program) = profile.mappings.first() {
        if !program.file.is_empty() {
            lines.push(format!(
                "File: {}",
                path::base(profile.string(program.file))
            ));
        }
        if !program.build_id.is_empty() {
            lines.push(format!("Build ID: {}", profile.string(program.build_id)));
        }
    }
    let comments = profile.comments();
    lines.extend(
        comments
            .filter(|line| !line.starts_with('#'))
            .map(Into::into),
    );
    let (kind, sample_unit) = analysis.sample_type();
    if !kind.is_empty() {
        lines.push(format!("Type: {kind}"));
    }
    if !profile.doc_url.is_empty() {
        lines.push(format!("Doc: {}", profile.string(profile.doc_url)));
    }
    // Not a line of pprof's, which these tables are with all frames.
    if profile.lost_samples > 0 && !analysis.settings().all_frames {
        lines.push(lost_samples(profile.lost_samples));
    }
    if profile.time_nanos != 0 {
        lines.push(format!("Time: {}", time(profile.time_nanos)));
    }
    let duration = profile.duration_nanos;
    if duration != 0 {
        let total = analysis.total();
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

/// What lost samples mean, and the cure.
pub(crate) fn lost_samples(count: u64) -> String {
    format!(
        "Lost samples: {count} (inuse values are too low; use a larger rate number, or a higher memory \
         limit)"
    )
}

/// The lines above a table of functions: those about the profile, the filters, and what the table
/// omits.
pub(crate) fn table(analysis: &Analysis, unit: &str, shown: &NodeCounts) -> Vec<String> {
    let mut lines = profile(analysis, unit);
    let filters = analysis.filters();
    if !filters.is_empty() {
        lines.push("Active filters:".into());
        lines.extend(
            filters
                .iter()
                .map(|filter| format!("   {}", shortened(filter))),
        );
    }
    let total = analysis.total();
    let label = |value| measure::label(value, analysis.sample_type().1, unit);
    lines.push(format!(
        "Showing nodes accounting for {}, {} of {} total",
        label(shown.flat_sum),
        measure::percentage(shown.flat_sum, total).trim(),
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

/// A filter, shortened to 80 bytes.
fn shortened(filter: &str) -> String {
    if filter.len() <= 80 {
        return filter.into();
    }
    let end = (0..=80).rev().find(|at| filter.is_char_boundary(*at));
    format!("{}…", &filter[..end.unwrap_or(0)])
}

/// Formats a time in the machine's time zone, or in UTC if that is not known.
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
