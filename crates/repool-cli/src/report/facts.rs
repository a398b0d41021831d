//! Where it was measured, and how to do it again.

use maud::{Markup, html};

/// What a reader needs to repeat it.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// What is known of the machine, by name.
    pub(super) machine: Vec<(&'static str, String)>,
    /// What to do, and the command for it.
    pub(super) commands: Vec<(&'static str, String)>,
}

pub(super) fn section(facts: &Facts) -> Markup {
    html! {
        section #repeat aria-labelledby="repeat-title" {
            h2 #repeat-title { "Machine, and how to repeat" }
            p .note { "Commands are given from within the folder that this page lies in." }
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

/// A command's argument as a shell takes it.
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
