//! Printing results to standard output, and warnings to standard error: what all commands share. The
//! stream itself is [`crate::stdout`].

use std::io::Write;

use crate::failure;
use crate::failure::Failure;

/// Prints `text` as it is, and flushes.
pub(crate) fn text(out: &mut dyn Write, text: &str) -> Result<(), Failure> {
    let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    printed.map_err(Failure::Output)
}

/// Prints `line` and a newline.
pub(crate) fn line(out: &mut dyn Write, line: &str) -> Result<(), Failure> {
    text(out, &format!("{line}\n"))
}

/// Prints a warning about the results, as one line on standard error.
pub(crate) fn warn(warning: &str) {
    failure::warn(warning);
}

/// Prints `value` as an indented JSON document.
pub(crate) fn json(out: &mut dyn Write, value: &impl serde::Serialize) -> Result<(), Failure> {
    let document = serde_json::to_string_pretty(value).expect("plain data with keys of text");
    line(out, &document)
}
