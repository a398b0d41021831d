//! Figures as pprof writes them: the units that it knows, how it goes from one to another, and its
//! shares of a total.

/// What a unit is called, what else it may be called, and how many of the smallest it is.
struct Unit {
    name: &'static str,
    aliases: &'static [&'static str],
    factor: f64,
}

/// Units of the same kind.
struct Family {
    units: &'static [Unit],
    /// What figures are given in where none is right.
    default: (&'static str, f64),
}

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
        // pprof lists `μs` as well, and then never finds it: the `s` is cut off first.
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
    /// The unit that goes by a name, in capitals or not, of one or of many.
    fn find(&self, name: &str) -> Option<&Unit> {
        let name = name.to_lowercase();
        let name = match name.strip_suffix('s') {
            Some(one) if name.len() > 2 => one,
            _ => &name,
        };
        self.units.iter().find(|unit| unit.aliases.contains(&name))
    }

    /// In the largest unit of which there is one at least.
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

    /// `None` if the unit is of another family.
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

/// Whether the unit is to be chosen by the value.
fn is_fitting(unit: &str) -> bool {
    matches!(unit, "minimum" | "auto")
}

/// A value of one unit in another, and what that is called: nothing, where it is plain numbers.
/// `auto` and `minimum` stand for the largest unit of which there is one at least. What cannot be
/// converted stays what it is.
///
/// ```
/// use repool_pprof::measure::scale;
///
/// assert_eq!(scale(3 << 20, "bytes", "kb"), (3072.0, "kB"));
/// assert_eq!(scale(90, "minutes", "auto"), (90.0, ""));
/// ```
#[must_use]
pub fn scale<'a>(value: i64, from: &str, to: &'a str) -> (f64, &'a str) {
    // The least value has no counterpart.
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

/// Whether values of the one unit can be had in the other.
pub(crate) fn are_of_one_family(one: &str, other: &str) -> bool {
    FAMILIES
        .iter()
        .any(|family| family.find(one).is_some() && family.find(other).is_some())
}

/// A value of one unit as a text in another, with at most two digits after the point.
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

/// A value's share of a total in six columns, without its sign.
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
        format!("{:>5}%", two_digits(share))
    }
}

/// A value from 0 to 1 with two digits that count.
fn two_digits(value: f64) -> String {
    let scientific = format!("{value:.1e}");
    let (digits, exponent) = scientific.split_once('e').expect("it was asked for");
    let exponent: i32 = exponent.parse().expect("a small number");
    let plain = |text: &str| text.trim_end_matches('0').trim_end_matches('.').to_owned();
    match exponent {
        ..-4 => format!("{}e-{:02}", plain(digits), -exponent),
        -4..0 => plain(&format!("{value:.*}", (1 - exponent) as usize)),
        // It is 0, or all but 1.
        _ => plain(digits),
    }
}

/// As a whole number; one that is too large, or none, is the least, as on the machines that pprof
/// runs on most.
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
    fn shares_have_two_digits_that_count() {
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
    fn units_go_by_many_names() {
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
