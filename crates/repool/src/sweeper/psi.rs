//! Parses pressure stall information (PSI), the text of `/proc/pressure/memory` and of a cgroup's
//! `memory.pressure`:
//!
//! ```text
//! some avg10=0.00 avg60=0.00 avg300=0.00 total=0
//! full avg10=0.00 avg60=0.00 avg300=0.00 total=0
//! ```
//!
//! `some` is the share of time in which at least one task waited for memory, `full` that in which
//! all did; `avg10` over the last ten seconds, in percent. Source: Linux's
//! Documentation/accounting/psi.rst. This file needs std alone, so that a fuzzer can include it.

use core::str;

/// How short memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PressureLevel {
    /// Some tasks wait for memory some of the time.
    Low,
    /// All tasks wait for memory some of the time.
    High,
}

/// The averages over ten seconds, in hundredths of a percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Averages {
    some: u32,
    full: u32,
}

impl Averages {
    /// The level that these averages mean: [`High`](PressureLevel::High) from 5 % full, [`Low`](PressureLevel::Low) from 10 %
    /// some.
    pub(super) fn level(self) -> Option<PressureLevel> {
        match self {
            Averages { full: 500.., .. } => Some(PressureLevel::High),
            Averages { some: 1000.., .. } => Some(PressureLevel::Low),
            _ => None,
        }
    }
}

/// Parses a whole file.
///
/// # Errors
///
/// The fault, in words that follow the file's name. A file that is cut off anywhere is refused, because
/// the first digits of a number are another number.
pub(super) fn averages(text: &[u8]) -> Result<Averages, &'static str> {
    let text = str::from_utf8(text).map_err(|_| "it is not text")?;
    if text.is_empty() {
        return Err("it is empty");
    }
    let text = text.strip_suffix('\n').ok_or("its last line has no end")?;
    let (mut some, mut full) = (None, None);
    for line in text.split('\n') {
        let (name, fields) = line.split_once(' ').unwrap_or((line, ""));
        let field = match name {
            "some" => &mut some,
            "full" => &mut full,
            _ => return Err("a line begins with neither `some` nor `full`"),
        };
        if field.replace(average(fields)?).is_some() {
            return Err("a line comes twice");
        }
    }
    Ok(Averages {
        some: some.ok_or("it has no line `some`")?,
        full: full.ok_or("it has no line `full`")?,
    })
}

/// The `avg10` of a line without its name.
fn average(fields: &str) -> Result<u32, &'static str> {
    let mut fields = fields.split(' ');
    let mut value = |key: &str| {
        let (name, value) = fields.next()?.split_once('=')?;
        (name == key).then_some(value)
    };
    let averages = ["avg10", "avg60", "avg300"].map(|key| value(key).and_then(hundredths));
    let total = value("total").and_then(|total| total.parse::<u64>().ok());
    // Newer kernels may add fields after these.
    match (averages, total) {
        ([Some(ten), Some(_), Some(_)], Some(_)) => Ok(ten),
        _ => Err("a line is not `avg10=0.00 avg60=0.00 avg300=0.00 total=0` after its name"),
    }
}

/// A percentage with two decimals, as the kernel writes them.
fn hundredths(percentage: &str) -> Option<u32> {
    let (whole, part) = percentage.split_once('.')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if part.len() != 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let (whole, part) = (whole.parse::<u32>().ok()?, part.parse::<u32>().ok()?);
    whole.checked_mul(100)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(some: &str, full: &str) -> String {
        format!(
            "some avg10={some} avg60=1.00 avg300=2.00 total=3\n\
             full avg10={full} avg60=1.00 avg300=2.00 total=3\n"
        )
    }

    fn level(some: &str, full: &str) -> Option<PressureLevel> {
        averages(text(some, full).as_bytes()).unwrap().level()
    }

    #[test]
    fn levels() {
        assert_eq!(level("0.00", "0.00"), None);
        assert_eq!(level("9.99", "4.99"), None);
        assert_eq!(level("10.00", "4.99"), Some(PressureLevel::Low));
        assert_eq!(level("100.00", "4.99"), Some(PressureLevel::Low));
        assert_eq!(level("10.00", "5.00"), Some(PressureLevel::High));
        assert_eq!(level("0.00", "100.00"), Some(PressureLevel::High));
    }

    #[test]
    fn order_and_further_fields_may_vary() {
        let longer = text("1.00", "2.00").replace("total=3", "total=18446744073709551615 new=x");
        let turned = "full avg10=2.00 avg60=0.00 avg300=0.00 total=0\n\
                      some avg10=1.00 avg60=0.00 avg300=0.00 total=0\n";
        for text in [&*longer, turned] {
            let (some, full) = (100, 200);
            assert_eq!(averages(text.as_bytes()), Ok(Averages { some, full }));
        }
    }

    #[test]
    fn malformed_text_is_refused() {
        let good = text("1.00", "2.00");
        let with = |from: &str, to: &str| {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good);
            bad
        };
        let lines: Vec<_> = good.lines().collect();
        let bad = [
            String::new(),
            "\n".into(),
            "\n\n".into(),
            "some".into(),
            "some\n".into(),
            "some \nfull \n".into(),
            "repool\n".into(),
            format!("{good}\n"),
            format!("{good}{good}"),
            format!("{}\n", lines[0]),
            format!("{}\n", lines[1]),
            format!("{0}\n{0}\n", lines[0]),
            format!(" {good}"),
            good.replace('\n', "\r\n"),
            good.replace('\n', " "),
            with("some", "SOME"),
            with("some ", "some  "),
            with("some ", "some\t"),
            with("avg10", "avg11"),
            with("avg10=", "avg10 "),
            with("avg10=1.00", "avg10"),
            with("avg10=1.00 ", ""),
            with("avg60=1.00 ", ""),
            with(" total=3", ""),
            with("total=3", "total=-3"),
            with("total=3", "total="),
            with("total=3", "total=18446744073709551616"),
            with("avg60=1.00", "avg60=x"),
        ];
        for text in &bad {
            assert!(averages(text.as_bytes()).is_err(), "{text:?}");
        }
        for number in [
            "",
            ".",
            "1",
            "1.",
            ".5",
            "1.0",
            "1.000",
            "-1.00",
            "+1.00",
            "1.+0",
            "1,00",
            "NaN",
            "inf",
            "1e5",
            "1.e5",
            "0x1.00",
            "1.00%",
            "1.0\u{0660}",
            "42949673.00",
            "42949672.96",
            "99999999999999999999.00",
        ] {
            assert!(
                averages(text(number, "0.00").as_bytes()).is_err(),
                "{number:?}"
            );
            assert!(
                averages(text("0.00", number).as_bytes()).is_err(),
                "{number:?}"
            );
        }
        assert!(averages(&[0xff; 100]).is_err());
        assert!(averages(&[0; 4096]).is_err());
    }

    #[test]
    fn every_cut_is_refused_and_no_changed_byte_panics() {
        let good = text("12.34", "56.78").into_bytes();
        for cut in 0..good.len() {
            assert!(averages(&good[..cut]).is_err(), "{cut}");
        }
        for at in 0..good.len() {
            for byte in 0..=u8::MAX {
                let mut bad = good.clone();
                bad[at] = byte;
                let _ = averages(&bad);
                bad.insert(at, byte);
                let _ = averages(&bad);
            }
        }
    }
}
