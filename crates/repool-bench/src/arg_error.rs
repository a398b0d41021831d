//! [`ArgError`]: what is wrong with a command line, in one line made of clap's message.

use std::fmt;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::suggestion;

/// Why arguments were not accepted, or the help that they asked for.
///
/// Displays as the text to print: an error is one line, without a newline.
///
/// ```
/// use repool_bench::Config;
///
/// let error = Config::from_args(["--tme", "1"]).unwrap_err();
/// assert!(!error.is_help());
/// assert_eq!(
///     error.to_string(),
///     "unexpected argument '--tme' found; did you mean '--time'? see --help",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgError {
    text: String,
    help: bool,
}

impl ArgError {
    /// An error, in one line.
    pub(crate) fn new(text: String) -> Self {
        Self { text, help: false }
    }

    /// The first line of clap's message, which says what is wrong, what it lists or explains below, and
    /// the name of `command`'s that was probably meant. The usage is in `--help`.
    ///
    /// `command` is the one whose arguments were read.
    ///
    /// ```
    /// use repool_bench::ArgError;
    ///
    /// let command = clap::Command::new("x").subcommands(["top", "tree"].map(clap::Command::new));
    /// let error = command.clone().try_get_matches_from(["x", "tpo"]).unwrap_err();
    /// assert_eq!(
    ///     ArgError::of(error, &command).to_string(),
    ///     "unrecognized subcommand 'tpo'; did you mean 'top'? see --help",
    /// );
    /// ```
    #[must_use]
    pub fn of(error: clap::Error, command: &clap::Command) -> Self {
        if !error.use_stderr() {
            return Self {
                text: error.render().to_string(),
                help: true,
            };
        }
        let error = with_visible_arguments(error);
        let text = error.render().to_string();
        let mut lines = text.lines();
        let line = lines.next().unwrap_or_default();
        let mut line = line.strip_prefix("error: ").unwrap_or(line).to_string();
        if error.kind() == ErrorKind::MissingRequiredArgument {
            let missing: Vec<&str> = lines
                .take_while(|line| !line.is_empty())
                .map(str::trim)
                .collect();
            line.push(' ');
            line.push_str(&missing.join(" "));
        } else if line.ends_with(':') {
            // An expression, with a mark below it, and then what is wrong there.
            let reason = lines.find_map(|line| line.strip_prefix("error: "));
            line.extend([" ", reason.unwrap_or("it cannot be read")]);
        }
        line.push_str(&suggestion::of(&error, command));
        let end = if line.ends_with('?') { " " } else { "; " };
        Self::new(line + end + "see --help")
    }

    /// Whether it is no error at all: the user asked for help or the version,
    /// and the text goes to standard output.
    #[must_use]
    pub fn is_help(&self) -> bool {
        self.help
    }

    /// What the process should exit with: 0 for help, otherwise 2.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if self.help { 0 } else { 2 }
    }
}

impl fmt::Display for ArgError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for ArgError {}

/// Makes line breaks and other control characters of the arguments that an error repeats visible.
fn with_visible_arguments(mut error: clap::Error) -> clap::Error {
    let visible = |text: &String| -> String {
        let shown = text.chars().map(|c| match c.is_control() {
            true => c.escape_default().to_string(),
            false => c.to_string(),
        });
        shown.collect()
    };
    let said = error.context().filter_map(|(kind, value)| match value {
        ContextValue::String(text) => Some((kind, ContextValue::String(visible(text)))),
        ContextValue::Strings(texts) => {
            let texts = texts.iter().map(visible).collect();
            Some((kind, ContextValue::Strings(texts)))
        }
        _ => None,
    });
    let said: Vec<(ContextKind, ContextValue)> = said.collect();
    for (kind, value) in said {
        error.insert(kind, value);
    }
    error
}
