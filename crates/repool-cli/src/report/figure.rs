//! Numbers as the page shows them.

/// A number with four significant digits or more, as in Go's benchmarks, and separated thousands:
/// `7.180`, `170.9`, `12,345`. A whole number has no decimals.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        _ if size == size.trunc() || size >= 999.95 => 0,
        _ if size >= 99.995 => 1,
        _ if size >= 9.9995 => 2,
        _ => 3,
    };
    let text = format!("{size:.decimals$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::new();
    // A value that is rounded to 0 has no sign.
    if value < 0.0 && text.contains(|c: char| ('1'..='9').contains(&c)) {
        out.push('−');
    }
    for (index, digit) in whole.char_indices() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

/// A number of bytes in the largest binary unit in which it is at least 1: `1.5 MiB`.
pub(super) fn bytes(value: f64) -> String {
    let mut size = value;
    let mut unit = "B";
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if size.abs() < 1024.0 {
            break;
        }
        size /= 1024.0;
        unit = next;
    }
    if size == size.trunc() {
        format!("{size:.0} {unit}")
    } else {
        format!("{size:.1} {unit}")
    }
}

/// The change from `base` to `value`, as [`percent`] shows it.
pub(super) fn change(base: f64, value: f64) -> String {
    match (value - base) / base.abs() * 100.0 {
        _ if value == base => percent(0.0),
        _ if base == 0.0 => format!("+{}", number(value)),
        change => percent(change),
    }
}

/// A change in percent: `+12.3 %`, `−100 %`, `no change`. From ten times on it is a factor: `25 times`.
pub(super) fn percent(percent: f64) -> String {
    let sign = if percent < 0.0 { '−' } else { '+' };
    let size = percent.abs();
    match size {
        0.0 => "no change".into(),
        _ if percent >= 999.5 => format!("{} times", number((percent / 100.0 + 1.0).round())),
        _ if (size - size.round()).abs() < 0.05 => format!("{sign}{size:.0} %"),
        _ => format!("{sign}{size:.1} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits() {
        let cases = [
            (0.0, "0"),
            (7.18, "7.180"),
            (30.99, "30.99"),
            (170.94, "170.9"),
            (999.96, "1,000"),
            (12345.6, "12,346"),
            (1234567.0, "1,234,567"),
            (-80.25, "−80.25"),
            (-0.0001, "0.000"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn bytes_are_in_powers_of_1024() {
        let cases = [
            (0.0, "0 B"),
            (1023.0, "1023 B"),
            (1536.0, "1.5 KiB"),
            (16777216.0, "16 MiB"),
        ];
        for (value, text) in cases {
            assert_eq!(bytes(value), text);
        }
    }

    #[test]
    fn changes_have_a_sign() {
        let cases = [
            (220.0, 8.0, "−96.4 %"),
            (4.0, 0.0, "−100 %"),
            (100.0, 150.0, "+50 %"),
            (2.0, 2.0, "no change"),
            (0.0, 3.0, "+3"),
            (2.0, 50.0, "25 times"),
        ];
        for (base, value, text) in cases {
            assert_eq!(change(base, value), text);
        }
    }
}
