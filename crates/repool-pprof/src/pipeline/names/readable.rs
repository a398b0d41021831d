//! Shortens names of C++ that are already demangled.

use std::borrow::Cow;

/// A demangled name. If it looks like one of C++, removes function arguments and template arguments.
pub(super) fn shorten(name: &str) -> Cow<'_, str> {
    // Constructors in Java, or methods of generic types in Go.
    let is_other_language = name.contains(".<") || name.contains("]).");
    let is_cpp = name.contains(['<', '>', '[', ']']) || name.contains("::");
    if is_other_language || !is_cpp {
        return name.into();
    }
    without(&without(name, '(', ')'), '<', '>')
        .into_owned()
        .into()
}

/// Removes the text between pairs of two characters. Leaves everything behind an unmatched one.
pub(super) fn without(name: &str, open: char, close: char) -> Cow<'_, str> {
    if !name.contains([open, close]) {
        return name.into();
    }
    let mut kept = String::with_capacity(name.len());
    let (mut depth, mut from) = (0usize, 0);
    for (at, letter) in name.match_indices([open, close]) {
        if letter.starts_with(open) {
            if depth == 0 {
                kept.push_str(&name[from..at]);
                from = at;
            }
            depth += 1;
        } else if depth == 0 {
            break;
        } else {
            depth -= 1;
            if depth == 0 {
                from = at + letter.len();
            }
        }
    }
    kept.push_str(&name[from..]);
    kept.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_removed_and_unmatched_ones_are_kept() {
        assert_eq!(without("a(b(c)d)e(f)g", '(', ')'), "aeg");
        assert_eq!(without("a(b)c)d(e)", '(', ')'), "ac)d(e)");
        assert_eq!(without("a(b)c(d", '(', ')'), "ac(d");
    }

    #[test]
    fn only_names_of_cpp_are_shortened() {
        assert_eq!(shorten("std::vector<int>::push(int)"), "std::vector::push");
        assert_eq!(shorten("main.(*T).run"), "main.(*T).run");
        assert_eq!(shorten("main.(*T[...]).run"), "main.(*T[...]).run");
        assert_eq!(shorten("com.A.<init>(int)"), "com.A.<init>(int)");
        assert_eq!(shorten("f(int)"), "f(int)");
    }
}
