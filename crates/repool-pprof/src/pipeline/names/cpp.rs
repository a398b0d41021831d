//! Demangles names of C++ and shortens them as pprof does.

use cpp_demangle::{DemangleOptions, Symbol};

/// Demangles a name of C++, without function arguments and template arguments; `None` if the name
/// is not mangled.
pub(super) fn demangle(linker: &str) -> Option<String> {
    if !linker.starts_with("_Z") {
        return None;
    }
    let options = DemangleOptions::new().no_params().no_return_type();
    let parse = |name: &str| {
        let symbol = Symbol::new(name).ok()?;
        symbol.demangle_with_options(&options).ok()
    };
    // The compiler appends a suffix with a dot to clones of a function.
    let original = linker.split('.').next().and_then(parse);
    let name = without_templates(&original.or_else(|| parse(linker))?);
    let name = special_table(&name).unwrap_or(name);
    let qualifiers = [" &&", " &", " const", " volatile"];
    let shortened = qualifiers.iter().fold(&*name, |name, qualifier| {
        name.strip_suffix(qualifier).unwrap_or(name)
    });
    Some(shortened.to_owned())
}

/// The usual form of a compiler-generated table, `vtable for T`, for the library's `{vtable(T)}`.
fn special_table(name: &str) -> Option<String> {
    let (kind, of) = name
        .strip_prefix('{')?
        .strip_suffix(")}")?
        .split_once('(')?;
    let kind = match kind {
        "vtable" => "vtable",
        "vtt" => "VTT",
        _ => return None,
    };
    Some(format!("{kind} for {of}"))
}

/// The operators with angle brackets. Longer ones are before their prefixes.
const OPERATORS: [&str; 11] = [
    "<=>", "<<=", ">>=", "->*", "<<", ">>", "<=", ">=", "->", "<", ">",
];

/// A name without template arguments.
fn without_templates(name: &str) -> String {
    let mut short = String::with_capacity(name.len());
    let mut rest = name;
    let mut depth = 0usize;
    while let Some(letter) = rest.chars().next() {
        let is_operator = short.ends_with("operator") && depth == 0;
        let operator = OPERATORS.iter().find(|one| rest.starts_with(**one));
        if let (true, Some(operator)) = (is_operator, operator) {
            short.push_str(operator);
            // The library puts a space between an operator and its template arguments.
            let behind = &rest[operator.len()..];
            rest = behind
                .strip_prefix(' ')
                .filter(|args| args.starts_with('<'))
                .unwrap_or(behind);
            continue;
        }
        match letter {
            '<' => depth += 1,
            '>' if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            _ => short.push(letter),
        }
        rest = &rest[letter.len_utf8()..];
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_not_template_arguments() {
        for (name, short) in [
            (
                "std::operator<< <std::char_traits<char> >",
                "std::operator<<",
            ),
            ("A<B>::operator-><C>", "A::operator->"),
            ("operator<=><X>", "operator<=>"),
            ("f<g<h>>::i", "f::i"),
        ] {
            assert_eq!(without_templates(name), short);
        }
    }
}
