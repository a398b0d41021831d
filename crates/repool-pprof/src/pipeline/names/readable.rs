use std::borrow::Cow;

/// A name that is readable already, shortened if it looks like one of C++: without arguments and
/// without what is between angle brackets.
pub(super) fn shorten(name: &str) -> Cow<'_, str> {
    // Constructors of Java, methods of generic types of Go.
    let other = name.contains(".<") || name.contains("]).");
    let is_cpp = name.contains(['<', '>', '[', ']']) || name.contains("::");
    if other || !is_cpp {
        return name.into();
    }
    without(&without(name, '(', ')'), '<', '>')
        .into_owned()
        .into()
}

/// Without what is between pairs of two letters. What comes after a pair that does not match stays.
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
    fn pairs_go_and_what_is_left_open_stays() {
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
