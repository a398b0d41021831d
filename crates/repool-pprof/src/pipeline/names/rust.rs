//! Demangles names of Rust, of the legacy and the v0 scheme.

use rustc_demangle::try_demangle;

/// Demangles a name of Rust without its hash; `None` if the name is not one. Names of the v0 scheme
/// also lose their generic arguments.
pub(super) fn demangle(linker: &str) -> Option<String> {
    if linker.starts_with("_R") {
        let name = try_demangle(linker.split('.').next()?).ok()?;
        return Some(without_generics(&format!("{name:#}")));
    }
    // The compiler appends a suffix with a dot to clones of a function.
    let name = linker.rfind("E.").map_or(linker, |at| &linker[..=at]);
    let demangled = try_demangle(name).ok().filter(|_| is_legacy(name))?;
    Some(format!("{demangled:#}"))
}

/// Whether the name is of Rust's legacy scheme. Such a name is also a valid name of C++; its last
/// part is a hash.
fn is_legacy(name: &str) -> bool {
    let hash = name
        .strip_prefix("_ZN")
        .and_then(|rest| rest.strip_suffix('E'))
        .and_then(|rest| rest.get(rest.len().checked_sub(19)?..))
        .and_then(|rest| rest.strip_prefix("17h"));
    let Some(hash) = hash else { return false };
    let digits: std::collections::BTreeSet<u8> = hash.bytes().collect();
    let is_digit = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    digits.iter().all(is_digit) && digits.len() >= 5
}

/// Reduces generic arguments to `<>`, as in `Vec<>` and `run::<>`. Keeps qualified paths, as in
/// `<Vec<> as Drop>::drop`.
fn without_generics(name: &str) -> String {
    let mut short = String::with_capacity(name.len());
    // The depth of brackets within generic arguments.
    let mut depth = 0;
    let mut before = ' ';
    for letter in name.chars() {
        let is_bracket = letter == '<' || letter == '>' && before != '-';
        if depth > 0 {
            if is_bracket {
                depth = if letter == '<' { depth + 1 } else { depth - 1 };
            }
            if depth == 0 {
                short.push('>');
            }
        } else {
            short.push(letter);
            let is_after_name = before.is_alphanumeric() || matches!(before, '_' | ':' | '}');
            if letter == '<' && is_after_name {
                depth = 1;
            }
        }
        before = letter;
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generic_arguments_are_removed_and_qualified_paths_are_kept() {
        let name = "<Vec<T, fn() -> A<B>> as Drop>::drop::<{closure#0}, X<Y>>";
        assert_eq!(without_generics(name), "<Vec<> as Drop>::drop::<>");
    }
}
