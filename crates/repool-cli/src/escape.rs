//! Makes control characters visible. Names in profiles and results come from untrusted files: on a
//! terminal, an escape sequence in a name would move the cursor or recolour other text, and a
//! bidirectional override would reorder it (Boucher and Anderson, "Trojan Source", 2021).

/// Whether a terminal would act on a character instead of showing it: a control character (C0, DEL,
/// C1), one that sets the direction of text, or a separator of lines.
pub(crate) fn is_active(c: char) -> bool {
    let sets_direction = matches!(c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || sets_direction || matches!(c, '\u{2028}' | '\u{2029}')
}

/// `text` as one line: characters that a terminal would act on are escaped as in Rust (`\u{1b}`).
pub(crate) fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    push(&mut line, text, is_active);
    line
}

/// Escapes a stream of bytes for a terminal. Line breaks and tabs stay.
#[derive(Debug, Default)]
pub(crate) struct Escaping {
    /// The first bytes of a character that the last call cut off.
    cut: Vec<u8>,
}

impl Escaping {
    /// The escaped text of `bytes`, which follow those of the last call. Bytes that are not UTF-8 become
    /// `\x9b`, because some terminals read them as control characters.
    pub(crate) fn escape(&mut self, bytes: &[u8]) -> String {
        let mut all = std::mem::take(&mut self.cut);
        all.extend_from_slice(bytes);
        let mut text = String::with_capacity(all.len());
        let mut chunks = all.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            push(&mut text, chunk.valid(), |c| {
                is_active(c) && c != '\n' && c != '\t'
            });
            let invalid = chunk.invalid();
            let is_cut = chunks.peek().is_none()
                && std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if is_cut {
                self.cut = invalid.to_vec();
            } else {
                push_bytes(&mut text, invalid);
            }
        }
        text
    }

    /// The escaped text of a character that the end of the stream cut off.
    pub(crate) fn finish(&mut self) -> String {
        let mut text = String::new();
        push_bytes(&mut text, &std::mem::take(&mut self.cut));
        text
    }
}

fn push(to: &mut String, text: &str, is_escaped: impl Fn(char) -> bool) {
    for c in text.chars() {
        if is_escaped(c) {
            to.extend(c.escape_default());
        } else {
            to.push(c);
        }
    }
}

fn push_bytes(to: &mut String, bytes: &[u8]) {
    for byte in bytes {
        to.push_str(&format!("\\x{byte:02x}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_visible() {
        let said =
            "a\tb\nc\rd\u{1b}[31m\u{7}\u{7f}\u{9b}2J\u{202e}\u{2066}\u{200f}\u{2028}ü🦀e\u{301}";
        assert_eq!(
            Escaping::default().escape(said.as_bytes()),
            "a\tb\nc\\rd\\u{1b}[31m\\u{7}\\u{7f}\\u{9b}2J\\u{202e}\\u{2066}\\u{200f}\\u{2028}ü🦀e\u{301}"
        );
        assert_eq!(on_one_line("a\nb\tc\u{1b}: ü"), "a\\nb\\tc\\u{1b}: ü");
    }

    #[test]
    fn characters_may_be_split_between_calls() {
        let text = "ü\u{9b}🦀\u{202e}x\u{1b}";
        let whole = Escaping::default().escape(text.as_bytes());
        for at in 0..text.len() {
            let mut escaping = Escaping::default();
            let (head, tail) = text.as_bytes().split_at(at);
            let parts = escaping.escape(head) + &escaping.escape(tail) + &escaping.finish();
            assert_eq!(parts, whole, "{at}");
        }
        // An incomplete character is shown as bytes.
        let mut escaping = Escaping::default();
        assert_eq!(escaping.escape(b"a\x9b2J\xf0\x9f"), "a\\x9b2J");
        assert_eq!(escaping.finish(), "\\xf0\\x9f");
        assert_eq!(escaping.escape(b"b\xc3"), "b");
        assert_eq!(escaping.escape(b"c"), "\\xc3c");
    }
}
