//! Splits a heap profile as text into lines with their numbers, for both forms of such profiles.

use std::borrow::Cow;

use super::super::error::ReadErrorKind;

/// A line of a text file.
pub(super) struct TextLine<'a> {
    /// The line's number, from 1.
    pub(super) number: usize,
    /// The line without white space at either end. Paths may not be UTF-8; as in all profiles,
    /// `U+FFFD` replaces such bytes.
    pub(super) text: Cow<'a, str>,
}

/// An iterator over the lines of a file.
pub(super) struct TextLines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> TextLines<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self {
            rest: data,
            number: 0,
        }
    }
}

impl<'a> Iterator for TextLines<'a> {
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
    /// Whether the line is empty or a comment.
    pub(super) fn is_blank_or_comment(&self) -> bool {
        self.text.is_empty() || self.text.starts_with('#')
    }

    /// Whether the memory map follows this line.
    pub(super) fn begins_map(&self) -> bool {
        ["MAPPED_LIBRARIES:", "--- Memory map: ---"]
            .iter()
            .any(|mark| self.text.contains(mark))
    }

    /// An error about this line.
    pub(super) fn error(&self, what: &str) -> ReadErrorKind {
        ReadErrorKind::InvalidLine {
            number: self.number,
            what: what.into(),
        }
    }
}
