use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// Log messages as a service writes them, made up for the study.
const SAMPLE: &[u8] = include_bytes!("sample.txt");

/// What to log, at least one message.
#[derive(Debug)]
pub(super) struct Messages {
    messages: Vec<Vec<u8>>,
}

impl Messages {
    /// The lines of a file, of standard input (`-`) or of the sample (`None`).
    /// Any bytes may stand in a line.
    ///
    /// What is wrong with the input otherwise, and what to do, in one line.
    pub(super) fn read(input: Option<&Path>) -> Result<Self, String> {
        let advice = "name a file whose lines are log messages, or - for standard input";
        let (place, bytes) = match input {
            None => ("the built-in sample".to_string(), Ok(SAMPLE.to_vec())),
            Some(path) if path.as_os_str() == "-" => ("standard input".to_string(), read_stdin()),
            // In quotes and escaped: a path may hold anything, a newline too.
            Some(path) => (format!("{path:?}"), fs::read(path)),
        };
        let bytes =
            bytes.map_err(|error| format!("cannot read --input {place}: {error}; {advice}"))?;
        if bytes.is_empty() {
            return Err(format!(
                "--input {place} is empty, and there is nothing to log; {advice}"
            ));
        }
        Ok(Self::of_lines(&bytes))
    }

    /// A newline ends a message, so a last one adds none.
    fn of_lines(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        Self {
            messages: bytes
                .split(|byte| *byte == b'\n')
                .map(<[u8]>::to_vec)
                .collect(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.messages.iter().map(Vec::as_slice)
    }

    /// The messages in turn, without end, from the first one on.
    pub(super) fn cycle(&self) -> Cycle<'_> {
        Cycle {
            messages: &self.messages,
            next: 0,
        }
    }
}

/// See [`Messages::cycle`]. (An `Iterator` would say that it may end.)
pub(super) struct Cycle<'a> {
    messages: &'a [Vec<u8>],
    next: usize,
}

impl<'a> Cycle<'a> {
    #[inline]
    pub(super) fn next(&mut self) -> &'a [u8] {
        let message = &self.messages[self.next];
        self.next += 1;
        if self.next == self.messages.len() {
            self.next = 0;
        }
        message
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

    fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
        Messages::of_lines(bytes).messages
    }

    #[test]
    fn a_line_is_a_message() {
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
    }

    #[test]
    fn empty_lines_are_empty_messages() {
        assert_eq!(lines(b"\n"), [b""]);
        assert_eq!(lines(b"\none\n\n"), [&b""[..], b"one", b""]);
    }

    #[test]
    fn a_cycle_begins_again_after_the_last() {
        let messages = Messages::of_lines(b"a\nb\nc");
        let mut cycle = messages.cycle();
        let seen: Vec<u8> = (0..7).map(|_| cycle.next()[0]).collect();
        assert_eq!(seen, b"abcabca");
    }

    #[test]
    fn the_sample_is_there_and_varied() {
        let sample = Messages::read(None).unwrap();
        let mut lengths: Vec<usize> = sample.iter().map(<[u8]>::len).collect();
        lengths.sort_unstable();
        assert!(lengths.len() >= 30);
        assert!(
            lengths[0] < 20 && lengths[lengths.len() - 1] > 120,
            "{lengths:?}"
        );
    }

    #[test]
    fn a_path_is_quoted_in_the_error() {
        let error = Messages::read(Some(Path::new("no\nsuch file"))).unwrap_err();
        assert!(
            error.starts_with(r#"cannot read --input "no\nsuch file": "#),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1);
    }
}
