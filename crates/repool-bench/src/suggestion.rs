//! Suggests the intended name or value for a misspelt argument.

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The text that follows the first line of clap's error: the nearest known name, and all possible values if
/// the argument has a list of them. Empty if there is neither.
pub(crate) fn of(error: &clap::Error, command: &Command) -> String {
    // Building adds `help` and `--help`.
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

/// The candidate with the smallest edit distance of those that `is_near` accepts; the first of several.
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

/// Whether a name may be a typing error: at most a third of the longer name's characters are edited. Jaro's
/// similarity, which clap uses, is only 0.56 for `tpo` and `top`.
fn near_name(said: &str, candidate: &str, edits: usize) -> bool {
    let longer = said.chars().count().max(candidate.chars().count());
    // The two hyphens of an option do not count.
    let longer = longer - if candidate.starts_with("--") { 2 } else { 0 };
    edits <= longer.div_ceil(3)
}

/// Whether a value may be a typing error or another word with the same first letter (`zip` for `zstd`).
/// More lenient than [`near_name`], because all possible values are few.
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
