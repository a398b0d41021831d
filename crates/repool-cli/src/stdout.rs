//! Standard output: unchanged bytes for files and pipes, escaped text for terminals.

use std::io::{self, IsTerminal, StdoutLock, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::Style;

use crate::escape::Escaping;

/// The stream that results are printed to.
///
/// A file or a pipe gets every byte. On a terminal, control characters are [escaped](Escaping), because
/// they come from names in files; only [`styled`](Self::styled) text sends escape sequences.
#[derive(Debug)]
pub(crate) struct Stdout<W = StdoutLock<'static>> {
    to: W,
    /// `None` if the stream is not a terminal.
    escaping: Option<Escaping>,
    has_colours: bool,
}

impl Stdout {
    /// This process's standard output.
    pub(crate) fn lock() -> Self {
        let stdout = io::stdout();
        Self {
            escaping: stdout.is_terminal().then(Escaping::default),
            has_colours: has_colours(),
            to: stdout.lock(),
        }
    }
}

/// Whether standard output shows colours: if it is a terminal, unless `NO_COLOR` is set or `TERM` is
/// `dumb`; and always if `CLICOLOR_FORCE` is set.
pub(crate) fn has_colours() -> bool {
    AutoStream::choice(&io::stdout()) != ColorChoice::Never
}

impl<W: Write> Stdout<W> {
    /// Prints `text` in `style` if the stream shows colours, else plain.
    pub(crate) fn styled(&mut self, style: Style, text: &str) -> io::Result<()> {
        if !self.has_colours {
            return self.write_all(text.as_bytes());
        }
        write!(self.to, "{style}")?;
        self.write_all(text.as_bytes())?;
        write!(self.to, "{style:#}")
    }
}

impl<W: Write> Write for Stdout<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.escaping {
            None => self.to.write(bytes),
            Some(escaping) => {
                self.to.write_all(escaping.escape(bytes).as_bytes())?;
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(escaping) = &mut self.escaping {
            self.to.write_all(escaping.finish().as_bytes())?;
        }
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use anstyle::AnsiColor;

    use super::*;

    const NAME: &[u8] = b"\x1b[31mname\xff\n";

    fn printed(is_terminal: bool, has_colours: bool) -> Vec<u8> {
        let mut out = Stdout {
            to: Vec::new(),
            escaping: is_terminal.then(Escaping::default),
            has_colours,
        };
        let green = Style::new().fg_color(Some(AnsiColor::Green.into()));
        out.write_all(NAME).unwrap();
        out.styled(green, "\u{1b}[0m").unwrap();
        out.flush().unwrap();
        out.to
    }

    #[test]
    fn pipes_get_every_byte() {
        assert_eq!(printed(false, false), [NAME, b"\x1b[0m"].concat());
        // CLICOLOR_FORCE
        assert_eq!(
            printed(false, true),
            [NAME, b"\x1b[32m\x1b[0m\x1b[0m"].concat()
        );
    }

    #[test]
    fn terminals_get_styles_but_no_escape_of_a_name() {
        let name = "\\u{1b}[31mname\\xff\n";
        let colour = |text: &str| format!("{name}\u{1b}[32m{text}\u{1b}[0m").into_bytes();
        assert_eq!(printed(true, true), colour("\\u{1b}[0m"));
        assert_eq!(
            printed(true, false),
            format!("{name}\\u{{1b}}[0m").into_bytes()
        );
    }
}
