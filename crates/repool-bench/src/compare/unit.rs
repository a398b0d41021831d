//! Units: their base units, and the direction in which each gets better.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The direction in which a unit's values get better.
///
/// ```
/// use repool_bench::compare::{Better, Comparison, Input, Options};
///
/// let results = "Unit hits/op better=higher\nBenchmarkCache-2 1000 0.9 hits/op\n";
/// let comparison = Comparison::read(&[Input::new("old", results)], Options::default())?;
/// assert_eq!(comparison.tables[0].better, Better::Higher);
/// # Ok::<(), repool_bench::compare::CompareError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// More is better: `B/s`, and units with a line `Unit NAME better=higher`.
    Higher,
    /// Less is better: `sec/op`, `B/op`, `allocs/op`, and units with a line
    /// `Unit NAME better=lower`.
    Lower,
    /// Every other unit.
    Unknown,
}

/// The properties of units that the lines `Unit NAME key=value …` set.
#[derive(Default)]
pub(super) struct Units {
    /// By base unit and key: the first value that was given.
    values: BTreeMap<(String, String), String>,
}

impl Units {
    /// Sets `key` of `unit` to `value`. If it has another value already, that is the error, and is
    /// kept.
    pub(super) fn set(&mut self, unit: &str, key: &str, value: &str) -> Result<(), &str> {
        let entry = self.values.entry((in_base(1.0, unit).1, key.into()));
        let standing = entry.or_insert_with(|| value.into());
        if standing == value {
            Ok(())
        } else {
            Err(standing)
        }
    }

    fn get(&self, unit: &str, key: &str) -> Option<&str> {
        let key = (in_base(1.0, unit).1, key.into());
        self.values.get(&key).map(String::as_str)
    }

    /// Whether the unit's values do not vary between measurements, such as sizes of files.
    pub(super) fn is_exact(&self, unit: &str) -> bool {
        self.get(unit, "assume") == Some("exact")
    }

    pub(super) fn better(&self, unit: &str) -> Better {
        match self.get(unit, "better") {
            Some("higher") => Better::Higher,
            Some("lower") => Better::Lower,
            Some(_) => Better::Unknown,
            None => match unit {
                // A value of 0 keeps its unit as it was written.
                "sec/op" | "ns/op" | "B/op" | "allocs/op" => Better::Lower,
                "B/s" | "MB/s" => Better::Higher,
                _ => Better::Unknown,
            },
        }
    }
}

/// A value in its base unit: `ns` becomes `sec` and `MB` becomes `B`, wherever they are a word of
/// the unit and not below a `/`.
pub(super) fn in_base(value: f64, unit: &str) -> (f64, String) {
    let mut factor = 1.0;
    let mut base = String::with_capacity(unit.len() + 2);
    let mut copied = 0;
    for word in words(unit).filter(|word| !word.below) {
        let better_known = match word.text {
            "ns" => {
                factor /= 1e9;
                "sec"
            }
            "MB" => {
                factor *= 1e6;
                "B"
            }
            _ => continue,
        };
        base.push_str(&unit[copied..word.start]);
        base.push_str(better_known);
        copied = word.start + word.text.len();
    }
    base.push_str(&unit[copied..]);
    (value * factor, base)
}

/// Whether values of a unit are shown in powers of 1024: whether it counts bytes.
pub(super) fn is_binary(unit: &str) -> bool {
    words(unit).any(|word| !word.below && matches!(word.text, "B" | "MB" | "bytes"))
}

struct Word<'a> {
    text: &'a str,
    start: usize,
    /// Whether the word is part of a denominator: behind a `/`, and before the next `*`.
    below: bool,
}

fn words(unit: &str) -> impl Iterator<Item = Word<'_>> {
    let parts = unit.split_inclusive(|c: char| matches!(c, '*' | '/' | '-') || c.is_whitespace());
    let mut next_start = 0;
    let mut next_below = false;
    parts.filter_map(move |part| {
        let (start, below) = (next_start, next_below);
        next_start += part.len();
        let text = part.trim_end_matches(|c: char| match c {
            '*' => {
                next_below = false;
                true
            }
            '/' => {
                next_below = true;
                true
            }
            c => c == '-' || c.is_whitespace(),
        });
        (!text.is_empty()).then_some(Word { text, start, below })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pre_scaled_units_become_base_units() {
        let cases = [
            ("ns/op", 1e-9, "sec/op"),
            ("MB/s", 1e6, "B/s"),
            ("B/op", 1.0, "B/op"),
            ("p99-ns", 1e-9, "p99-sec"),
            ("ns", 1e-9, "sec"),
            ("op/ns", 1.0, "op/ns"),
            ("x/op*ns", 1e-9, "x/op*sec"),
            ("MB*ns/ns", 1e6 / 1e9, "B*sec/ns"),
            ("runs/op", 1.0, "runs/op"),
            ("MBs", 1.0, "MBs"),
            ("", 1.0, ""),
        ];
        for (unit, factor, base) in cases {
            let (value, tidied) = in_base(1.0, unit);
            assert_eq!(tidied, base, "{unit}");
            assert!((value / factor - 1.0).abs() < 1e-15, "{unit}: {value}");
        }
    }

    #[test]
    fn only_counts_of_bytes_are_binary() {
        for unit in ["B/op", "B", "MB/s", "text-bytes", "op/x*B"] {
            assert!(is_binary(unit), "{unit}");
        }
        for unit in ["sec/op", "allocs/op", "op/B", "sec/MB", "Bs", ""] {
            assert!(!is_binary(unit), "{unit}");
        }
    }

    #[test]
    fn what_was_said_first_of_a_unit_stands() {
        let mut units = Units::default();
        assert_eq!(units.better("ns/op"), Better::Lower);
        assert_eq!(units.set("ns/op", "better", "higher"), Ok(()));
        assert_eq!(units.set("sec/op", "better", "higher"), Ok(()));
        assert_eq!(units.set("ns/op", "better", "lower"), Err("higher"));
        assert_eq!(units.better("sec/op"), Better::Higher);
        assert_eq!(units.better("hits/op"), Better::Unknown);
        assert_eq!(units.set("hits/op", "better", "sideways"), Ok(()));
        assert_eq!(units.better("hits/op"), Better::Unknown);
        assert!(!units.is_exact("hits/op"));
    }
}
