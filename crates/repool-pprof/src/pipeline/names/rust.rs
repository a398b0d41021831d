use rustc_demangle::try_demangle;

/// A mangled name of Rust's, without its hash; `None` if it is none. Those of the new kind lose
/// their generic arguments as well.
pub(super) fn demangle(linker: &str) -> Option<String> {
    if linker.starts_with("_R") {
        let name = try_demangle(linker.split('.').next()?).ok()?;
        return Some(without_generics(&format!("{name:#}")));
    }
    // What comes after the name tells copies of a function apart.
    let name = linker.rfind("E.").map_or(linker, |at| &linker[..=at]);
    let demangled = try_demangle(name).ok().filter(|_| is_old(name))?;
    Some(format!("{demangled:#}"))
}

/// Whether it is a name of the old kind, which is also one of C++: the last part of it is a hash.
fn is_old(name: &str) -> bool {
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

/// Leaves `<>` of generic arguments, as in `Vec<>` and `run::<>`. What else is between angle
/// brackets is a type with an implementation, as in `<Vec<> as Drop>::drop`, and stays.
fn without_generics(name: &str) -> String {
    let mut short = String::with_capacity(name.len());
    // How many brackets are open within arguments.
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
    fn generic_arguments_go_and_types_stay() {
        let name = "<Vec<T, fn() -> A<B>> as Drop>::drop::<{closure#0}, X<Y>>";
        assert_eq!(without_generics(name), "<Vec<> as Drop>::drop::<>");
    }
}
