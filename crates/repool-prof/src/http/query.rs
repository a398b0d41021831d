//! Parses the parameters of a request.

use std::time::Duration;

/// The longest window in seconds. A longer one is probably a mistake, and proxies would time out.
const MOST_SECONDS: u64 = 3600;

/// The parameters that have an effect.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// How long to wait for changes; `None` for all counts since the start.
    pub(super) window: Option<Duration>,
}

/// What is wrong with a parameter, in one line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct QueryError(pub(super) String);

impl Query {
    /// Parses the part of the address after the question mark. Unknown parameters, and `gc`, may
    /// have any value.
    pub(super) fn parse(query: &str) -> Result<Self, QueryError> {
        let mut window = None;
        for parameter in query.split('&') {
            match parameter.split_once('=').unwrap_or((parameter, "")) {
                ("seconds", text) => window = parse_seconds(text)?,
                ("debug", "" | "0") => (),
                ("debug", _) => {
                    return Err(QueryError(
                        "there is no text form of this profile: leave debug out, and read it with \
                         go tool pprof"
                            .into(),
                    ));
                }
                _ => (),
            }
        }
        Ok(Self { window })
    }
}

fn parse_seconds(text: &str) -> Result<Option<Duration>, QueryError> {
    if text.is_empty() {
        return Ok(None);
    }
    // The number parser takes a plus sign, too.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(0) if digits => Ok(None),
        Ok(seconds @ 1..=MOST_SECONDS) if digits => Ok(Some(Duration::from_secs(seconds))),
        _ => Err(QueryError(format!(
            "seconds must be a whole number from 0 to {MOST_SECONDS}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(query: &str) -> Option<u64> {
        let Query { window } = Query::parse(query).expect(query);
        window.map(|window| window.as_secs())
    }

    #[test]
    fn seconds_are_the_window() {
        assert_eq!(window(""), None);
        assert_eq!(window("seconds=0"), None);
        assert_eq!(window("seconds="), None);
        assert_eq!(window("seconds"), None);
        assert_eq!(window("seconds=1"), Some(1));
        assert_eq!(window("gc=1&seconds=3600&debug=0"), Some(3600));
    }

    #[test]
    fn parameters_without_effect_are_ignored() {
        for query in [
            "gc=1",
            "gc=x",
            "debug=0",
            "debug=",
            "rate=5&&=",
            "Seconds=x",
        ] {
            assert_eq!(window(query), None, "{query}");
        }
    }

    #[test]
    fn unsupported_values_are_refused() {
        for query in [
            "seconds=3601",
            "seconds=-1",
            "seconds=+1",
            "seconds=1.5",
            "seconds=1s",
            "seconds=%31",
            "seconds=18446744073709551616",
            "seconds=1&seconds=x",
            "debug=1",
            "debug=2&seconds=1",
            "debug=00",
        ] {
            let QueryError(problem) = Query::parse(query).expect_err(query);
            assert_eq!(problem.lines().count(), 1, "{problem}");
        }
    }
}
