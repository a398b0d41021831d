use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// What the work is done on, as it was read.
#[derive(Debug)]
pub(super) struct Input {
    /// Where it comes from, for messages.
    place: String,
    bytes: Vec<u8>,
    /// What to do if it cannot be used.
    advice: &'static str,
}

impl Input {
    /// A file, standard input (`-`) or the sample (`None`); never empty.
    ///
    /// What is wrong with it otherwise, and what to do, in one line.
    pub(super) fn read(
        input: Option<&Path>,
        sample: &[u8],
        advice: &'static str,
    ) -> Result<Self, String> {
        let (place, bytes) = match input {
            None => ("the built-in sample".to_string(), Ok(sample.to_vec())),
            Some(path) if path.as_os_str() == "-" => ("standard input".to_string(), read_stdin()),
            // In quotes and escaped: a path may hold anything, a newline too.
            Some(path) => (format!("{path:?}"), fs::read(path)),
        };
        let bytes =
            bytes.map_err(|error| format!("cannot read --input {place}: {error}; {advice}"))?;
        if bytes.is_empty() {
            return Err(format!(
                "--input {place} is empty, and there is nothing to study; {advice}"
            ));
        }
        Ok(Self {
            place,
            bytes,
            advice,
        })
    }

    /// Its lines, at least one; any bytes may stand in them. A newline ends a line, so a last one
    /// adds none.
    pub(super) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let bytes = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        bytes.split(|byte| *byte == b'\n')
    }

    /// Its lines as `parse` reads them, without those that are blank; at least one.
    ///
    /// Which line is none otherwise, and what to do, in one line.
    pub(super) fn documents<R, E: std::fmt::Display>(
        &self,
        parse: impl Fn(&[u8]) -> Result<R, E>,
    ) -> Result<Vec<R>, String> {
        let Self { place, advice, .. } = self;
        let numbered = self.lines().zip(1..);
        let filled = numbered.filter(|(line, _)| !line.trim_ascii().is_empty());
        let documents: Vec<R> = filled
            .map(|(line, number)| {
                parse(line).map_err(|error| {
                    format!("--input {place}, line {number} is no JSON document: {error}; {advice}")
                })
            })
            .collect::<Result<_, _>>()?;
        if documents.is_empty() {
            return Err(format!("--input {place} has blank lines only; {advice}"));
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
                "--input the built-in sample, line 3 is no JSON document: invalid digit found in \
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
