//! Values as pprof prints them: its units, its conversions between units, and its percentages.

/// A unit: its name in output, the names that are accepted in input, and its factor to the family's
/// smallest unit.
struct Unit {
    name: &'static str,
    aliases: &'static [&'static str],
    factor: f64,
}

/// Units that convert into each other: of bytes, of time, or of pprof's GCU.
struct Family {
    units: &'static [Unit],
    /// The unit of values that are less than 1 in every unit, with its factor.
    default: (&'static str, f64),
}

/// A [`Unit`] for the tables below.
const fn unit(name: &'static str, aliases: &'static [&'static str], factor: f64) -> Unit {
    Unit {
        name,
        aliases,
        factor,
    }
}

static FAMILIES: [Family; 3] = [
    Family {
        units: &[
            unit("B", &["b", "byte"], 1.0),
            unit("kB", &["kb", "kbyte", "kilobyte"], (1u64 << 10) as f64),
            unit("MB", &["mb", "mbyte", "megabyte"], (1u64 << 20) as f64),
            unit("GB", &["gb", "gbyte", "gigabyte"], (1u64 << 30) as f64),
            unit("TB", &["tb", "tbyte", "terabyte"], (1u64 << 40) as f64),
            unit("PB", &["pb", "pbyte", "petabyte"], (1u64 << 50) as f64),
        ],
        default: ("B", 1.0),
    },
    Family {
        // pprof also lists `μs`, but never finds it, because it removes a trailing `s` first.
        units: &[
            unit("ns", &["ns", "nanosecond"], 1.0),
            unit("us", &["us", "microsecond"], 1e3),
            unit("ms", &["ms", "millisecond"], 1e6),
            unit("s", &["s", "sec", "second"], 1e9),
            unit("hrs", &["hour", "hr"], 3600e9),
        ],
        default: ("s", 1e9),
    },
    Family {
        units: &[
            unit("n*GCU", &["nanogcu"], 1e-9),
            unit("u*GCU", &["microgcu"], 1e-6),
            unit("m*GCU", &["milligcu"], 1e-3),
            unit("GCU", &["gcu"], 1.0),
            unit("k*GCU", &["kilogcu"], 1e3),
            unit("M*GCU", &["megagcu"], 1e6),
            unit("G*GCU", &["gigagcu"], 1e9),
            unit("T*GCU", &["teragcu"], 1e12),
            unit("P*GCU", &["petagcu"], 1e15),
        ],
        default: ("GCU", 1.0),
    },
];

impl Family {
    /// The unit with this name, singular or plural, in upper or lower case.
    fn find(&self, name: &str) -> Option<&Unit> {
        let name = name.to_lowercase();
        let name = match name.strip_suffix('s') {
            Some(singular) if name.len() > 2 => singular,
            _ => &name,
        };
        self.units.iter().find(|unit| unit.aliases.contains(&name))
    }

    /// The value in the largest unit in which it is 1 or more.
    fn in_fitting_unit(&self, value: f64) -> (f64, &'static str) {
        let mut fitting = None;
        for unit in self.units {
            if value / unit.factor >= 1.0 {
                fitting = Some((unit.factor, unit.name));
            }
        }
        let (factor, name) = fitting.unwrap_or((self.default.1, self.default.0));
        (value / factor, name)
    }

    /// Converts a value; `None` if `from` is not of this family.
    fn convert(&self, value: i64, from: &str, to: &str) -> Option<(f64, &'static str)> {
        let value = value as f64 * self.find(from)?.factor;
        if is_fitting(to) {
            return Some(self.in_fitting_unit(value));
        }
        let (name, factor) = self
            .find(to)
            .map_or(self.default, |unit| (unit.name, unit.factor));
        Some((value / factor, name))
    }
}

/// Whether the unit is to be selected by the value.
fn is_fitting(unit: &str) -> bool {
    matches!(unit, "minimum" | "auto")
}

/// Converts a value to another unit. Returns the converted value, and the unit's name as pprof
/// prints it: empty for plain numbers.
///
/// `auto` and `minimum` select the largest unit in which the value is 1 or more. A value that
/// cannot be converted to `to` is returned unchanged.
///
/// # Examples
///
/// ```
/// use repool_pprof::measure::scale;
///
/// assert_eq!(scale(3 << 20, "bytes", "kb"), (3072.0, "kB"));
/// assert_eq!(scale(90, "minutes", "auto"), (90.0, ""));
/// ```
#[must_use]
pub fn scale<'a>(value: i64, from: &str, to: &'a str) -> (f64, &'a str) {
    // `i64::MIN` has no positive counterpart.
    if value < 0 && value != i64::MIN {
        let (value, unit) = scale(-value, from, to);
        return (-value, unit);
    }
    let converted = FAMILIES
        .iter()
        .find_map(|family| family.convert(value, from, to));
    converted.unwrap_or_else(|| {
        let plain = matches!(to, "count" | "sample" | "unit") || is_fitting(to);
        (value as f64, if plain { "" } else { to })
    })
}

/// Whether the two units convert into each other.
pub(crate) fn are_of_one_family(one: &str, other: &str) -> bool {
    FAMILIES
        .iter()
        .any(|family| family.find(one).is_some() && family.find(other).is_some())
}

/// Formats a value in another unit, with at most two digits after the decimal point. Units are
/// those of
/// [`scale`].
///
/// # Examples
///
/// ```
/// use repool_pprof::measure::label;
///
/// assert_eq!(label(1536, "bytes", "auto"), "1.50kB");
/// assert_eq!(label(-2_000_000, "nanoseconds", "ms"), "-2ms");
/// ```
#[must_use]
pub fn label(value: i64, from: &str, to: &str) -> String {
    let (value, unit) = scale(value, from, to);
    let mut text = format!("{value:.2}");
    if text.ends_with(".00") {
        text.truncate(text.len() - 3);
    }
    if matches!(&*text, "0" | "-0") {
        return "0".into();
    }
    text + unit
}

/// Formats a value's percentage of a total without its sign, right-aligned in six columns. The
/// percentage of a total of 0 is 0.
///
/// # Examples
///
/// ```
/// use repool_pprof::measure::percentage;
///
/// assert_eq!(percentage(1, 3), "33.33%");
/// assert_eq!(percentage(-1, 1000), "  0.1%");
/// ```
#[must_use]
pub fn percentage(value: i64, total: i64) -> String {
    let share = match total {
        0 => 0.0,
        _ => (value as f64 / total as f64).abs() * 100.0,
    };
    if (99.95..=100.05).contains(&share) {
        "  100%".into()
    } else if share >= 1.0 {
        format!("{share:5.2}%")
    } else {
        format!("{:>5}%", two_significant_digits(share))
    }
}

/// Formats a value from 0 to 1 with two significant digits, as Go's `%.2g`.
fn two_significant_digits(value: f64) -> String {
    let scientific = format!("{value:.1e}");
    let (digits, exponent) = scientific
        .split_once('e')
        .expect("the format has an exponent");
    let exponent: i32 = exponent.parse().expect("a small number");
    let plain = |text: &str| text.trim_end_matches('0').trim_end_matches('.').to_owned();
    match exponent {
        ..-4 => format!("{}e-{:02}", plain(digits), -exponent),
        -4..0 => plain(&format!("{value:.*}", (1 - exponent) as usize)),
        // The value is 0, or rounds to 1.
        _ => plain(digits),
    }
}

/// Converts to an integer. Values out of range and NaN become `i64::MIN`, as in Go on x86-64.
pub(crate) fn whole(value: f64) -> i64 {
    if value >= -(2f64.powi(63)) && value < 2f64.powi(63) {
        value as i64
    } else {
        i64::MIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_have_two_significant_digits() {
        let shares = [
            (0, "    0%"),
            (5, "5e-07%"),
            (12_345, "0.0012%"),
            (9_990_000, "    1%"),
            (9_940_000, " 0.99%"),
            (100_000_000, "10.00%"),
            (999_499_999, "99.95%"),
            (1_000_000_000, "  100%"),
            (1_000_600_000, "100.06%"),
        ];
        for (value, text) in shares {
            assert_eq!(percentage(value, 1_000_000_000), text, "{value}");
        }
        assert_eq!(percentage(1, 0), "    0%");
        assert_eq!(percentage(15, 100_000_000), "1.5e-05%");
    }

    #[test]
    fn units_have_several_names() {
        assert_eq!(scale(1, "Megabytes", "B"), (1_048_576.0, "B"));
        assert_eq!(scale(2, "sec", "us"), (2e6, "us"));
        assert_eq!(scale(2, "s", "bytes"), (2.0, "s"));
        assert_eq!(scale(1500, "nanoGCU", "auto"), (1.5, "u*GCU"));
        assert_eq!(scale(7, "things", "things"), (7.0, "things"));
        assert_eq!(scale(7, "things", "count"), (7.0, ""));
        assert_eq!(label(0, "ns", "auto"), "0");
        assert_eq!(label(i64::MIN, "bytes", "auto"), "-9223372036854775808B");
        assert_eq!(label(5_400_000_000_000, "ns", "auto"), "1.50hrs");
    }
}
