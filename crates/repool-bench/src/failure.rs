//! Why a benchmark failed: its body panicked, or its run has no result that can be reported.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};

/// A benchmark that failed, as [`Bench::failures`](crate::Bench::failures) and a
/// [`Report`](crate::Report) list it.
///
/// ```
/// use repool_bench::Report;
///
/// let text = r#"{"benchmarks":[],"failures":[{"name":"Boxed","reason":"its body panicked: boom"}]}"#;
/// let report: Report = serde_json::from_str(text).unwrap();
/// assert_eq!(report.failures[0].name, "Boxed");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// The benchmark's name, as in [`Record::name`](crate::Record::name).
    pub name: String,
    /// Why it failed: a sentence without its full stop. It holds the message of a panic, which may
    /// have several lines.
    pub reason: String,
}

/// The cause of a failure.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The body panicked with this message, which the panic hook has printed.
    Panic(String),
    /// The run has no result, for this reason, which is not printed yet.
    NoResult(String),
}

impl Cause {
    /// The reason in one line, for standard error. The message of a panic is not repeated.
    pub(crate) fn line(&self) -> &str {
        match self {
            Self::Panic(_) => "its body panicked",
            Self::NoResult(reason) => reason,
        }
    }

    /// The whole reason, for [`Failure::reason`].
    pub(crate) fn reason(self) -> String {
        match self {
            Self::Panic(message) => format!("its body panicked: {message}"),
            Self::NoResult(reason) => reason,
        }
    }
}

/// Calls `measure`, and turns a panic in it into a [`Cause`].
///
/// A panic may leave the user's state that the body borrows half changed. Guards restore the state of
/// the harness.
pub(crate) fn attempt<T>(measure: impl FnOnce() -> Result<T, String>) -> Result<T, Cause> {
    match catch_unwind(AssertUnwindSafe(measure)) {
        Ok(result) => result.map_err(Cause::NoResult),
        Err(payload) => Err(Cause::Panic(message(payload))),
    }
}

/// The text that a panic carries.
fn message(payload: Box<dyn Any + Send>) -> String {
    let payload = match payload.downcast::<String>() {
        Ok(text) => return *text,
        Err(other) => other,
    };
    match payload.downcast::<&'static str>() {
        Ok(text) => (*text).to_string(),
        Err(other) => {
            // The drop of a value of any other type may panic too, and is left out.
            mem::forget(other);
            "a value that is no text".to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;

    use super::*;

    fn failed(measure: impl FnOnce() -> Result<(), String>) -> (String, String) {
        let cause = attempt(measure).unwrap_err();
        (cause.line().to_string(), cause.reason())
    }

    #[test]
    fn a_panic_becomes_its_message() {
        let of = |text: &str| {
            (
                "its body panicked".into(),
                format!("its body panicked: {text}"),
            )
        };
        assert_eq!(failed(|| panic!("boom")), of("boom"));
        assert_eq!(failed(|| panic!("{} booms\n", 2)), of("2 booms\n"));
    }

    #[test]
    fn a_payload_whose_drop_panics_is_a_failure_like_any_other() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("a second time");
            }
        }
        let (_, reason) = failed(|| panic_any(Bomb));
        assert_eq!(reason, "its body panicked: a value that is no text");
    }

    #[test]
    fn a_result_is_passed_on() {
        assert_eq!(attempt(|| Ok(3)), Ok(3));
        let (line, reason) = failed(|| Err("it has no loop".into()));
        assert_eq!(
            (line.as_str(), reason.as_str()),
            ("it has no loop", "it has no loop")
        );
    }
}
