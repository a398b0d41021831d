//! The input of a workload: a file, standard input or the built-in sample, split into records.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// The bytes of an input, with what error messages need.
#[derive(Debug)]
pub(super) struct Input {
    /// The input's name in messages.
    source: String,
    bytes: Vec<u8>,
    /// The end of every error message: what to do.
    advice: &'static str,
}

impl Input {
    /// Reads a file, standard input (`-`) or the sample (`None`).
    ///
    /// # Errors
    ///
    /// One line, if the input cannot be read or is empty.
    pub(super) fn read(
        input: Option<&Path>,
        sample: &[u8],
        advice: &'static str,
    ) -> Result<Self, String> {
        let (source, bytes) = match input {
            None => ("the built-in sample".to_string(), Ok(sample.to_vec())),
            Some(path) if path.as_os_str() == "-" => ("standard input".to_string(), read_stdin()),
            // Quoted and escaped, because a path may contain a newline.
            Some(path) => (format!("{path:?}"), fs::read(path)),
        };
        let bytes =
            bytes.map_err(|error| format!("cannot read --input {source}: {error}; {advice}"))?;
        if bytes.is_empty() {
            return Err(format!("--input {source} is empty; {advice}"));
        }
        Ok(Self {
            source,
            bytes,
            advice,
        })
    }

    /// The lines, at least one, of any bytes. A newline ends a line, so the last newline adds no empty
    /// line.
    pub(super) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let bytes = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        bytes.split(|byte| *byte == b'\n')
    }

    /// The lines as `parse` reads them, at least one. Blank lines are left out.
    ///
    /// # Errors
    ///
    /// One line, if all lines are blank, or `parse` refuses a line, which is named.
    pub(super) fn documents<R, E: std::fmt::Display>(
        &self,
        parse: impl Fn(&[u8]) -> Result<R, E>,
    ) -> Result<Vec<R>, String> {
        let Self { source, advice, .. } = self;
        let numbered = self.lines().zip(1..);
        let filled = numbered.filter(|(line, _)| !line.trim_ascii().is_empty());
        let documents: Vec<R> = filled
            .map(|(line, number)| {
                parse(line).map_err(|error| {
                    format!(
                        "--input {source}, line {number} is not a JSON document: {error}; {advice}"
                    )
                })
            })
            .collect::<Result<_, _>>()?;
        if documents.is_empty() {
            return Err(format!("--input {source} has blank lines only; {advice}"));
        }
        Ok(documents)
    }
}

fn read_stdin() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(bytes: &[u8]) -> Input {
        Input::read(None, bytes, "do something").unwrap()
    }

    #[test]
    fn a_line_is_a_record() {
        let lines =
            |bytes: &[u8]| -> Vec<Vec<u8>> { input(bytes).lines().map(<[u8]>::to_vec).collect() };
        assert_eq!(lines(b"one\ntwo"), [b"one", b"two"]);
        assert_eq!(
            lines(b"one\ntwo\n"),
            [b"one", b"two"],
            "a last newline adds none"
        );
        assert_eq!(
            lines(b"one\r\n\xff\x00\n"),
            [&b"one\r"[..], b"\xff\x00"],
            "any bytes"
        );
        assert_eq!(lines(b"\n"), [b""]);
        assert_eq!(lines(b"\none\n\n"), [&b""[..], b"one", b""]);
    }

    #[test]
    fn documents_are_parsed_and_blank_lines_are_none() {
        let numbers = |bytes: &[u8]| {
            input(bytes).documents(|line| str::from_utf8(line).unwrap().trim().parse::<u8>())
        };
        assert_eq!(numbers(b"1\n\n 2 \r\n\t\n3"), Ok(vec![1, 2, 3]));
        assert_eq!(
            numbers(b"1\n\nx\n"),
            Err(
                "--input the built-in sample, line 3 is not a JSON document: invalid digit found in \
                 string; do something"
                    .to_string()
            )
        );
        assert_eq!(
            numbers(b"\n \r\n"),
            Err("--input the built-in sample has blank lines only; do something".to_string())
        );
    }

    #[test]
    fn a_path_is_quoted_in_the_error() {
        let error = Input::read(Some(Path::new("no\nsuch file")), b"", "do it").unwrap_err();
        assert!(
            error.starts_with(r#"cannot read --input "no\nsuch file": "#),
            "{error}"
        );
        assert!(error.ends_with("; do it") && error.lines().count() == 1);
    }
}
