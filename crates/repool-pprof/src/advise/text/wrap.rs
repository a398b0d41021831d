//! Fits texts into the columns of a terminal.

use std::fmt;

/// The most columns of a line.
pub(super) const WIDTH: usize = 100;

/// A text of at most `most` characters; an ellipsis replaces the middle of a longer one.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let front = most / 3;
    let back = most - front - 1;
    let start: String = text.chars().take(front).collect();
    let end: String = text.chars().skip(length - back).collect();
    format!("{start}…{end}")
}

/// A text of at most `most` characters; an ellipsis replaces the beginning of a longer one.
pub(super) fn shortened_front(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let end: String = text.chars().skip(length - most + 1).collect();
    format!("…{end}")
}

/// Writes a text in lines of at most [`WIDTH`] columns. `first` begins the first line, `next` the
/// others. A number and its unit stay on one line.
pub(super) fn wrapped(
    f: &mut fmt::Formatter<'_>,
    first: &str,
    next: &str,
    text: &str,
) -> fmt::Result {
    let mut line = first.to_owned();
    let mut is_empty = true;
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        let mut word = word.to_owned();
        let is_number = |word: &str| word.ends_with(|end: char| end.is_ascii_digit());
        while is_number(&word) && words.peek().is_some() {
            word.push(' ');
            word.push_str(words.next().unwrap_or_default());
        }
        let space = usize::from(!is_empty);
        if !is_empty && line.chars().count() + space + word.chars().count() > WIDTH {
            writeln!(f, "{}", line.trim_end())?;
            line = next.to_owned();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(&word);
        is_empty = false;
    }
    writeln!(f, "{}", line.trim_end())
}
