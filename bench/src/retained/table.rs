//! The results as tables in Markdown.

use std::fmt::Write;

use crate::plan::{Burst, Outliers};
use crate::sample::Series;

/// Bytes with a binary unit.
pub fn bytes(bytes: u64) -> String {
    let amount = |unit: f64| {
        let amount = bytes as f64 / unit;
        let digits = if amount < 9.95 && amount.fract() > 0.0 {
            1
        } else {
            0
        };
        format!("{amount:.digits$}")
    };
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..0x10_0000 => format!("{} KiB", amount(1024.0)),
        0x10_0000..0x4000_0000 => format!("{} MiB", amount(1024.0 * 1024.0)),
        _ => format!("{} GiB", amount(1024.0 * 1024.0 * 1024.0)),
    }
}

/// A number with separated thousands.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut apart = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart
}

fn head(columns: &[String]) -> String {
    format!(
        "| | {} |\n|---|{}\n",
        columns.join(" | "),
        "---|".repeat(columns.len())
    )
}

/// Bytes right after chosen sweeps, and bytes that were allocated.
pub fn outliers(plan: &Outliers, all: &[Series]) -> String {
    let later: Vec<usize> = [1, 2, 3, plan.small].into();
    let mut columns = vec![format!("sweep {}, the last with huge requests", plan.mixed)];
    columns.extend(later.iter().map(|sweeps| format!("{sweeps} later")));
    columns.extend(["allocated until then", "and after"].map(str::to_owned));
    let mut table = head(&columns);
    for series in all {
        let at = |sweeps: usize| bytes(series.samples[plan.mixed - 1 + sweeps].retained);
        let retained: Vec<String> = [0].iter().chain(&later).map(|sweeps| at(*sweeps)).collect();
        let (mixed, small) = (series.allocated("mixed"), series.allocated("small"));
        let allocated = format!("{} | {}", bytes(mixed), bytes(small));
        // Writing to a String cannot fail.
        let _ = writeln!(
            table,
            "| {} | {} | {allocated} |",
            series.name,
            retained.join(" | ")
        );
    }
    table
}

/// Objects and bytes right after chosen sweeps, and objects that the steady load created.
pub fn burst(plan: &Burst, all: &[Series]) -> String {
    let later: Vec<usize> = [1, 2, plan.after].into();
    let mut columns = vec![
        "before the burst".to_owned(),
        "at the sweep after it".to_owned(),
    ];
    columns.extend(later.iter().map(|sweeps| format!("{sweeps} later")));
    columns.push("created by the steady load, once warm".to_owned());
    let mut table = head(&columns);
    for series in all {
        let at = |period: usize| {
            let sample = &series.samples[period];
            let objects = sample.objects.map(count).unwrap_or_default();
            format!("{objects} · {}", bytes(sample.retained))
        };
        let first = [plan.before - 1, plan.before].map(at);
        let rest: Vec<String> = later
            .iter()
            .map(|sweeps| at(plan.before + sweeps))
            .collect();
        let steady = series.samples.iter().enumerate().skip(1);
        let created: u64 = steady
            .filter(|(period, _)| *period != plan.before)
            .map(|(_, sample)| sample.created)
            .sum();
        // Writing to a String cannot fail.
        let _ = writeln!(
            table,
            "| {} | {} | {} | {created} |",
            series.name,
            first.join(" | "),
            rest.join(" | ")
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        let amounts = [0, 1023, 1024, 20_480, 1 << 20, 288 << 20, 13 << 28].map(bytes);
        let expected = [
            "0 B", "1023 B", "1 KiB", "20 KiB", "1 MiB", "288 MiB", "3.2 GiB",
        ];
        assert_eq!(amounts, expected);
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(count),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
