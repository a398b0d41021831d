//! The lines of a text file, with their numbers.

use std::borrow::Cow;

use super::super::error::Problem;

/// A line.
pub(super) struct TextLine<'a> {
    /// From 1 on.
    pub(super) number: usize,
    /// Without the line break, and without white space at either end. Paths may be no UTF-8; as in
    /// all profiles `U+FFFD` stands for such bytes.
    pub(super) text: Cow<'a, str>,
}

/// All lines of a file, in order.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self {
            rest: data,
            number: 0,
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = TextLine<'a>;

    fn next(&mut self) -> Option<TextLine<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let (line, rest) = match end {
            Some(end) => (&self.rest[..end], &self.rest[end + 1..]),
            None => (self.rest, &[][..]),
        };
        self.rest = rest;
        self.number += 1;
        Some(TextLine {
            number: self.number,
            text: String::from_utf8_lossy(line.trim_ascii()),
        })
    }
}

impl TextLine<'_> {
    /// Whether it is blank or a remark.
    pub(super) fn says_nothing(&self) -> bool {
        self.text.is_empty() || self.text.starts_with('#')
    }

    /// Whether what follows is the memory map.
    pub(super) fn begins_map(&self) -> bool {
        ["MAPPED_LIBRARIES:", "--- Memory map: ---"]
            .iter()
            .any(|mark| self.text.contains(mark))
    }

    /// Why it makes no sense.
    pub(super) fn wrong(&self, what: &str) -> Problem {
        Problem::Line {
            number: self.number,
            what: what.into(),
        }
    }
}
