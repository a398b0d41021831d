use cpp_demangle::{DemangleOptions, Symbol};

/// A mangled name of C++, without arguments and without those of templates; `None` if it is none.
pub(super) fn demangle(linker: &str) -> Option<String> {
    if !linker.starts_with("_Z") {
        return None;
    }
    let options = DemangleOptions::new().no_params().no_return_type();
    let parse = |name: &str| {
        let symbol = Symbol::new(name).ok()?;
        symbol.demangle_with_options(&options).ok()
    };
    // What comes after a dot tells copies of a function apart.
    let original = linker.split('.').next().and_then(parse);
    let name = without_templates(&original.or_else(|| parse(linker))?);
    let name = table(&name).unwrap_or(name);
    let qualifiers = [" &&", " &", " const", " volatile"];
    let shortened = qualifiers.iter().fold(&*name, |name, qualifier| {
        name.strip_suffix(qualifier).unwrap_or(name)
    });
    Some(shortened.to_owned())
}

/// A compiler's table, which the library writes in braces, in the words of everyone else.
fn table(name: &str) -> Option<String> {
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

/// The operators that have angle brackets, those that others begin with behind them.
const OPERATORS: [&str; 11] = [
    "<=>", "<<=", ">>=", "->*", "<<", ">>", "<=", ">=", "->", "<", ">",
];

fn without_templates(name: &str) -> String {
    let mut short = String::with_capacity(name.len());
    let mut rest = name;
    let mut depth = 0usize;
    while let Some(letter) = rest.chars().next() {
        let is_operator = short.ends_with("operator") && depth == 0;
        let operator = OPERATORS.iter().find(|one| rest.starts_with(**one));
        if let (true, Some(operator)) = (is_operator, operator) {
            short.push_str(operator);
            // A space keeps arguments apart from it.
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
    fn operators_are_no_templates() {
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
