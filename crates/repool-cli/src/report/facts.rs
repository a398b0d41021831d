//! The page's last section: the machine, and the commands that repeat the measurement.

use maud::{Markup, html};

/// The machine and the commands.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Names and values of the machine's properties.
    pub(super) machine: Vec<(&'static str, String)>,
    /// Descriptions and commands.
    pub(super) commands: Vec<(&'static str, String)>,
}

/// The section.
pub(super) fn section(facts: &Facts) -> Markup {
    html! {
        section #repeat aria-labelledby="repeat-title" {
            h2 #repeat-title { "Machine, and how to repeat" }
            p .note { "Run the commands in the folder of this page." }
            div .beside {
                @if !facts.machine.is_empty() { dl {
                    @for (name, value) in &facts.machine { dt { (name) } dd { (value) } }
                } }
                dl .commands {
                    @for (what, command) in &facts.commands { dt { (what) } dd { code { (command) } } }
                }
            }
        }
    }
}

/// `word` as one argument of a POSIX shell.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        assert_eq!(quoted("a/b-1.txt"), "a/b-1.txt");
        assert_eq!(quoted("it's $(x)"), r"'it'\''s $(x)'");
        assert_eq!(quoted(""), "''");
    }
}
