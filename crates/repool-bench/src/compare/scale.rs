//! Numbers with an SI or binary prefix, as benchstat prints them: `12.34µ`, `1.500Ki`.

use super::unit;

/// A prefix, and the number of digits behind the decimal point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    decimals: usize,
    factor: f64,
    prefix: &'static str,
}

const DECIMAL: [(i32, &str); 8] = [
    (12, "T"),
    (9, "G"),
    (6, "M"),
    (3, "k"),
    (0, ""),
    (-3, "m"),
    (-6, "µ"),
    (-9, "n"),
];

/// Bytes have no fractional prefixes.
const BINARY: [(u32, &str); 5] = [(40, "Ti"), (30, "Gi"), (20, "Mi"), (10, "Ki"), (0, "")];

/// The least value that is printed with so many digits behind the decimal point, for four digits in
/// all. Each is a power of ten less half of the last digit, because a value just below the power is
/// rounded up to it.
const THRESHOLDS: [(&str, usize); 3] = [("99.995", 1), ("9.9995", 2), (".99995", 3)];

/// The most digits behind the point, however small a number is.
const MOST_DECIMALS: usize = 10;

impl Scale {
    /// The scale that shows all these values of a unit with four digits or more: that of the one
    /// closest to 0, zeros apart.
    pub(super) fn of(values: impl IntoIterator<Item = f64>, unit: &str) -> Self {
        let sizes = values.into_iter().map(f64::abs).filter(|size| *size != 0.0);
        let Some(least) = sizes.min_by(f64::total_cmp) else {
            return Self {
                decimals: 3,
                factor: 1.0,
                prefix: "",
            };
        };
        let steps = steps(unit);
        if let Some((_, scale)) = steps.iter().find(|(from, _)| least >= *from) {
            return *scale;
        }
        let (_, smallest) = steps[steps.len() - 1];
        let shown = least / smallest.factor;
        let enough = |decimals: &usize| {
            let from = format!("9.9995e-{}", decimals - 2);
            shown >= number(&from)
        };
        Self {
            decimals: (3..MOST_DECIMALS).find(enough).unwrap_or(MOST_DECIMALS),
            ..smallest
        }
    }

    pub(super) fn text(&self, value: f64) -> String {
        let Self {
            decimals,
            factor,
            prefix,
        } = self;
        format!("{:.decimals$}{prefix}", value / factor)
    }
}

/// The scales of a unit, the largest first, and from which value on each is used.
fn steps(unit: &str) -> Vec<(f64, Scale)> {
    let mut steps = Vec::with_capacity(DECIMAL.len() * THRESHOLDS.len());
    for (from, decimals) in THRESHOLDS {
        if unit::is_binary(unit) {
            steps.extend(BINARY.map(|(power, prefix)| {
                let factor = (1_u64 << power) as f64;
                let scale = Scale {
                    decimals,
                    factor,
                    prefix,
                };
                (number(from) * factor, scale)
            }));
        } else {
            steps.extend(DECIMAL.map(|(power, prefix)| {
                let scale = Scale {
                    decimals,
                    factor: number(&format!("1e{power}")),
                    prefix,
                };
                // Read from text, and not multiplied: printing rounds the exact value, too.
                (number(&format!("{from}e{power}")), scale)
            }));
        }
    }
    steps.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    steps
}

fn number(text: &str) -> f64 {
    text.parse().expect("written above")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: f64, unit: &str) -> String {
        Scale::of([value], unit).text(value)
    }

    #[test]
    fn four_digits_at_every_magnitude() {
        let cases = [
            (0.0, "0.000"),
            (1.0, "1.000"),
            (12.345, "12.35"),
            (123.45, "123.5"),
            (99.994, "99.99"),
            (99.995, "100.0"),
            (999.94, "999.9"),
            (999.95, "1.000k"),
            (1234.5, "1.234k"),
            (123456789.0, "123.5M"),
            (1e15, "1000.0T"),
            (0.00123, "1.230m"),
            (22.5e-9, "22.50n"),
            (1.5e-10, "0.1500n"),
            (1.5e-17, "0.0000000150n"),
            (-22.5e-6, "-22.50µ"),
        ];
        for (value, text) in cases {
            assert_eq!(shown(value, "sec/op"), text, "{value}");
        }
    }

    #[test]
    fn bytes_are_shown_in_powers_of_1024() {
        let cases = [
            (999.9, "999.9"),
            (1000.0, "1000.0"),
            (1023.0, "1023.0"),
            (1024.0, "1.000Ki"),
            (1536.0, "1.500Ki"),
            (3.0 * 1048576.0, "3.000Mi"),
            (0.5, "0.5000"),
        ];
        for (value, text) in cases {
            assert_eq!(shown(value, "B/op"), text, "{value}");
        }
    }

    #[test]
    fn the_smallest_decides_for_all() {
        let scale = Scale::of([0.0, 2.0, 15000.0], "x/op");
        assert_eq!(scale.text(15000.0), "15000.000");
        assert_eq!(scale.text(0.0), "0.000");
    }
}
