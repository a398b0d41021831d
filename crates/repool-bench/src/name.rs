//! [`as_word`]: a benchmark's name as Go's format needs it.

/// A benchmark's name as one word, as Go's format needs it: white space becomes
/// `_`, as in Go, and control characters are escaped.
pub(crate) fn as_word(name: &str) -> String {
    let mut word = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_whitespace() {
            word.push('_');
        } else if c.is_control() {
            word.extend(c.escape_default());
        } else {
            word.push(c);
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::as_word;

    #[test]
    fn keeps_what_is_one_word_already() {
        for name in ["LogNoPool", "pair/Vec<u8>::push", "Größe/10"] {
            assert_eq!(as_word(name), name);
        }
    }

    #[test]
    fn replaces_what_would_break_the_line() {
        assert_eq!(as_word("two words\tand\nlines"), "two_words_and_lines");
        assert_eq!(as_word("bell\u{7}"), "bell\\u{7}");
    }
}
