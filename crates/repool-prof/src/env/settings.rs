//! The settings of the environment's variables, read and checked for `session`.

use std::env;
use std::ffi::OsStr;
use std::str::FromStr;

use super::PROFILE;
use super::path::ProfilePath;

/// The variable with the mean bytes between samples.
pub(super) const RATE: &str = "REPOOL_PROFILE_RATE";
/// The variable with the most bytes that the profiler's tables may take.
pub(super) const MEMORY: &str = "REPOOL_PROFILE_MEMORY";
/// The variable that says whether SIGTERM and SIGINT write the profile.
const TERMINATION: &str = "REPOOL_PROFILE_TERMINATION";
/// Mean bytes between samples if `RATE` is unset, as in Go.
const DEFAULT_RATE: u64 = 512 * 1024;

/// The settings of a profiler that the environment asks for.
pub(super) struct Settings {
    pub(super) path: ProfilePath,
    /// Not 0.
    pub(super) rate: u64,
    /// The limit of the tables in bytes, if one is set.
    pub(super) memory_limit: Option<usize>,
    /// Whether SIGTERM and SIGINT write a profile.
    pub(super) terminations: bool,
}

impl Settings {
    /// Reads the variables; `None` if the program is not to be profiled. An error is the line to
    /// print.
    pub(super) fn read() -> Result<Option<Self>, String> {
        let Some(path) = env::var_os(PROFILE).filter(|path| !path.is_empty()) else {
            return Ok(None);
        };
        let rate = match env::var_os(RATE) {
            Some(rate) if !rate.is_empty() => parse_rate(&rate)?,
            _ => DEFAULT_RATE,
        };
        if rate == 0 {
            return Ok(None);
        }
        let memory_limit = match env::var_os(MEMORY) {
            Some(bytes) if !bytes.is_empty() => Some(parse_memory(&bytes)?),
            _ => None,
        };
        let terminations = match env::var_os(TERMINATION) {
            Some(whether) if !whether.is_empty() => parse_switch(&whether)?,
            _ => true,
        };
        let path = ProfilePath::new(path)
            .map_err(|problem| format!("{problem}; this program is not profiled"))?;
        Ok(Some(Self {
            path,
            rate,
            memory_limit,
            terminations,
        }))
    }
}

fn parse_rate(given: &OsStr) -> Result<u64, String> {
    parse_digits(given).ok_or_else(|| {
        format!(
            "{RATE} is {given:?}, but must be bytes between samples in digits, such as \
             {DEFAULT_RATE} (1 for every allocation, 0 for none); this program is not profiled"
        )
    })
}

fn parse_memory(given: &OsStr) -> Result<usize, String> {
    parse_digits(given).ok_or_else(|| {
        format!(
            "{MEMORY} is {given:?}, but must be bytes in digits, such as 16777216; this program is \
             not profiled"
        )
    })
}

/// A number in decimal digits. `FromStr` of integers also accepts a plus sign.
fn parse_digits<N: FromStr>(given: &OsStr) -> Option<N> {
    let digits = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
    given.to_str().filter(digits)?.parse().ok()
}

fn parse_switch(given: &OsStr) -> Result<bool, String> {
    match given.as_encoded_bytes() {
        b"0" => Ok(false),
        b"1" => Ok(true),
        _ => Err(format!(
            "{TERMINATION} is {given:?}, but must be 1 (SIGTERM and SIGINT write the profile) or 0; \
             this program is not profiled"
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn rates_are_digits() {
        for (text, rate) in [
            ("0", 0),
            ("1", 1),
            ("0524288", 524_288),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(parse_rate(OsStr::new(text)), Ok(rate), "{text}");
        }
    }

    #[test]
    fn a_switch_is_one_digit() {
        assert_eq!(parse_switch(OsStr::new("0")), Ok(false));
        assert_eq!(parse_switch(OsStr::new("1")), Ok(true));
        for bytes in [&b"no"[..], b"00", b"2", b" 1", b"\xff"] {
            let given = OsStr::from_bytes(bytes);
            let problem = parse_switch(given).unwrap_err();
            assert_eq!(problem.lines().count(), 1, "{problem}");
            assert!(problem.contains(&format!("{given:?}")), "{problem}");
        }
    }

    #[test]
    fn whatever_else_is_refused_in_one_line_that_shows_it() {
        for bytes in [
            &b"-1"[..],
            b"+1",
            b" 1",
            b"1.5",
            b"512k",
            b"0x10",
            b"18446744073709551616",
            b"\xff",
            b"1\n",
            "١".as_bytes(),
        ] {
            let given = OsStr::from_bytes(bytes);
            let problems = [parse_rate(given).err(), parse_memory(given).err()];
            for problem in problems.map(|problem| problem.expect("refused")) {
                assert_eq!(problem.lines().count(), 1, "{problem}");
                assert!(problem.contains(&format!("{given:?}")), "{problem}");
            }
        }
    }
}
