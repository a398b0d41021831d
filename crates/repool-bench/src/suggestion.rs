//! What a misspelt argument was probably meant to be.

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// What clap's error says besides its first line: the nearest name that there is, and all values if
/// one of them must be given. Empty if neither is known.
pub(crate) fn of(error: &clap::Error, command: &Command) -> String {
    // With `help` and `--help`, which are made last.
    let mut command = command.clone();
    command.build();
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    match error.kind() {
        ErrorKind::InvalidValue => {
            let Some(ContextValue::Strings(values)) = error.get(ContextKind::ValidValue) else {
                return String::new();
            };
            if values.is_empty() {
                return String::new();
            }
            let meant = nearest(text(ContextKind::InvalidValue), values, near_value);
            let question = question(meant);
            let end = if question.is_empty() { ";" } else { "" };
            format!("{question}{end} possible values: {}", values.join(", "))
        }
        ErrorKind::InvalidSubcommand => {
            let names = command.get_subcommands().map(|one| one.get_name().into());
            let names: Vec<String> = names.collect();
            question(nearest(
                text(ContextKind::InvalidSubcommand),
                &names,
                near_name,
            ))
        }
        ErrorKind::UnknownArgument => {
            let shown = command.get_arguments().filter(|one| !one.is_hide_set());
            let names = shown.filter_map(|one| Some(format!("--{}", one.get_long()?)));
            let names: Vec<String> = names.collect();
            let said = text(ContextKind::InvalidArg);
            let said = said.split('=').next().unwrap_or_default();
            question(nearest(said, &names, near_name).filter(|_| said.starts_with("--")))
        }
        _ => String::new(),
    }
}

fn question(meant: Option<&str>) -> String {
    meant.map_or_else(String::new, |meant| format!("; did you mean '{meant}'?"))
}

/// The candidate with the fewest edits, of those that are near enough; the first of several.
fn nearest<'a>(
    said: &str,
    candidates: &'a [String],
    is_near: impl Fn(&str, &str, usize) -> bool,
) -> Option<&'a str> {
    let said = said.to_lowercase();
    let edits = candidates.iter().map(|candidate| {
        let edits = strsim::osa_distance(&said, candidate);
        (edits, candidate.as_str())
    });
    let near = edits.filter(|(edits, candidate)| is_near(&said, candidate, *edits));
    let (_, meant) = near.min_by_key(|(edits, _)| *edits)?;
    Some(meant)
}

/// Whether a name may be a slip of the keyboard: a third of the longer one is edited at most. Jaro's
/// similarity, which clap goes by, is 0.56 for `tpo` and `top`.
fn near_name(said: &str, candidate: &str, edits: usize) -> bool {
    let longer = said.chars().count().max(candidate.chars().count());
    // The dashes of an option are never misspelt.
    let longer = longer - if candidate.starts_with("--") { 2 } else { 0 };
    edits <= longer.div_ceil(3)
}

/// The same of a value, which must be one of a few: it may also be another word for the one that
/// begins with the same letter, as `zip` for `zstd`.
fn near_value(said: &str, candidate: &str, edits: usize) -> bool {
    let longer = said.chars().count().max(candidate.chars().count());
    let begins_alike = said.chars().next() == candidate.chars().next();
    near_name(said, candidate, edits) || (begins_alike && edits < longer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let names = ["top", "tree", "list", "compare", "report"].map(String::from);
        for (said, meant) in [
            ("tpo", Some("top")),
            ("TOP", Some("top")),
            ("ls", Some("list")),
            ("comapre", Some("compare")),
            ("reprot", Some("report")),
            ("tee", Some("tree")),
            ("graph", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(said, &names, near_name), meant, "{said}");
        }
        let values = ["log", "json", "zstd", "parse"].map(String::from);
        for (said, meant) in [
            ("zip", Some("zstd")),
            ("jsn", Some("json")),
            ("parser", Some("parse")),
            ("xml", None),
        ] {
            assert_eq!(nearest(said, &values, near_value), meant, "{said}");
        }
        let options = ["--time", "--out"].map(String::from);
        assert_eq!(nearest("--tiem", &options, near_name), Some("--time"));
        assert_eq!(nearest("--x", &options, near_name), None);
    }
}
