//! Formats numbers and units for the text form of advice.

use super::NsInterval;

/// A number with three significant digits, or with all digits of its integer part.
pub(super) fn figure(value: f64) -> String {
    if value > 0.0 && value < 0.005 {
        return "<0.01".to_owned();
    }
    let decimals = match value.abs() {
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// An integer with commas between thousands.
pub(super) fn count(value: f64) -> String {
    let digits = format!("{:.0}", value.max(0.0));
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes, in units of powers of 1024.
pub(super) fn bytes(value: f64) -> String {
    scaled(value, 1024.0, &["B", "kB", "MB", "GB", "TB", "PB"])
}

/// A duration in nanoseconds, in a suitable unit.
pub(super) fn time(ns: f64) -> String {
    scaled(ns, 1000.0, &["ns", "µs", "ms", "s"])
}

/// An interval of nanoseconds, as "26–105" or as one figure if both ends print alike.
pub(super) fn interval(interval: NsInterval) -> String {
    let (low, high) = (figure(interval.low), figure(interval.high));
    match low == high {
        true => low,
        false => format!("{low}–{high}"),
    }
}

/// An interval of time, in a suitable unit for each end.
pub(super) fn time_interval(interval: NsInterval) -> String {
    let (low, high) = (time(interval.low), time(interval.high));
    match (low.rsplit_once(' '), high.rsplit_once(' ')) {
        _ if low == high => low,
        (Some((figure, one)), Some((_, other))) if one == other => format!("{figure}–{high}"),
        _ => format!("{low}–{high}"),
    }
}

/// A value in the largest unit in which it is 1 or more.
fn scaled(mut value: f64, step: f64, units: &[&str]) -> String {
    let mut unit = 0;
    while value.abs() >= step - 0.5 && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    format!("{} {}", figure(value), units[unit])
}

/// A fraction as a percentage.
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    match percent {
        // Less than all is never shown as 100 %.
        _ if share < 1.0 && percent >= 99.95 => "99.9 %".to_owned(),
        _ if percent >= 99.95 => "100 %".to_owned(),
        _ if percent > 0.0 && percent < 0.1 => "<0.1 %".to_owned(),
        _ => format!("{} %", figure(percent)),
    }
}
