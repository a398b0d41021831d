use std::io::Write;

use crate::{Failure, failure};

/// Prints text that ends as it should.
pub(crate) fn text(out: &mut dyn Write, text: &str) -> Result<(), Failure> {
    let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    printed.map_err(Failure::Output)
}

/// Prints a line.
pub(crate) fn line(out: &mut dyn Write, line: &str) -> Result<(), Failure> {
    text(out, &format!("{line}\n"))
}

/// Tells the user something about what is printed, beside it.
pub(crate) fn warn(warning: &str) {
    failure::say(warning);
}

/// Prints a JSON document, indented.
pub(crate) fn json(out: &mut dyn Write, value: &impl serde::Serialize) -> Result<(), Failure> {
    let document = serde_json::to_string_pretty(value).expect("plain data with keys of text");
    line(out, &document)
}
