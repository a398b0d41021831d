//! Demangles a symbol's name, and finds the crate that defines the function.
//!
//! A mangled name determines the crate. The v0 mangling spells the path of the definition apart from
//! the types that it was compiled for; the demangled name no longer does:
//! `<user::Foo as alloc::string::ToString>::to_string` may be the user's or the standard library's.
//! So the crate of a v0 name is found before it is demangled. The legacy mangling writes a definition
//! with the names of its generic parameters, `<T as alloc::string::ToString>::to_string`. There the
//! crates that it mentions determine the crate, because no crate can implement a trait of another
//! crate for a type of another crate.

use std::sync::Arc;

use super::fold;
use super::string_table::StringTable;

/// The demangled name of a symbol.
pub(super) struct Name {
    /// The full name, without a hash.
    pub(super) full: Arc<str>,
    /// Whether its frames are left out; `None` if only the source file can tell.
    folded: Option<bool>,
}

impl Name {
    pub(super) fn of(raw: &str, strings: &mut StringTable) -> Self {
        let full = demangle(raw);
        Self {
            folded: fold::by_name(&full, defining_crate(raw, &full)),
            full: strings.intern(&full),
        }
    }

    /// Whether frames of this function, whose source file is `file`, are left out.
    pub(super) fn is_folded(&self, file: &str) -> bool {
        self.folded.unwrap_or_else(|| fold::by_file(file))
    }
}

/// Whether `raw` is a mangled Rust symbol, and so a full name.
pub(super) fn is_mangled(raw: &str) -> bool {
    rustc_demangle::try_demangle(raw).is_ok()
}

/// Demangles a symbol, without its hash and version.
fn demangle(raw: &str) -> String {
    let name = raw.split_once("@@").map_or(raw, |(name, _version)| name);
    format!("{:#}", rustc_demangle::demangle(name))
}

/// The crate that defines the function with the symbol `raw` and the demangled name `full`. `None`
/// for names of other languages and for bare names as `push<u8>`.
fn defining_crate<'a>(raw: &'a str, full: &'a str) -> Option<&'a str> {
    if !is_mangled(raw) {
        None
    } else if let Some(path) = raw.strip_prefix("_R") {
        v0_crate(path).or_else(|| trait_crate(full))
    } else {
        legacy_crate(full)
    }
}

/// The crate at the root of a v0 path.
fn v0_crate(mut path: &str) -> Option<&str> {
    loop {
        let rest = path.get(1..)?;
        path = match path.as_bytes()[0] {
            // A nested path: skips the namespace, which is one letter.
            b'N' => rest.get(1..)?,
            b'I' => rest,
            b'M' | b'X' => skip_disambiguator(rest),
            b'C' => return v0_identifier(skip_disambiguator(rest)),
            _ => return None,
        };
    }
}

fn skip_disambiguator(path: &str) -> &str {
    match path.strip_prefix('s').and_then(|rest| rest.split_once('_')) {
        Some((_number, rest)) => rest,
        None => path,
    }
}

fn v0_identifier(text: &str) -> Option<&str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let length: usize = text.get(..digits)?.parse().ok()?;
    let rest = &text[digits..];
    let rest = rest.strip_prefix('_').unwrap_or(rest);
    rest.get(..length)
}

/// The crate of the trait, for a method that a trait provides: `<Self as Trait>::method`.
fn trait_crate(full: &str) -> Option<&str> {
    let header = header(full)?;
    let outermost = |at: &usize| nesting(&header[..*at]).last() == Some(0);
    let mut separators = header.match_indices(" as ").map(|(at, _)| at);
    let at = separators.find(outermost)?;
    roots(&header[at..]).next()
}

fn legacy_crate(full: &str) -> Option<&str> {
    let Some(header) = header(full) else {
        return roots(full).next().filter(|root| full.starts_with(root));
    };
    let mut roots = roots(header);
    let first = roots.next()?;
    Some(
        std::iter::once(first)
            .chain(roots)
            .find(|root| !fold::is_folded_crate(root))
            .unwrap_or(first),
    )
}

/// The text between the first `<` and its `>`, if the name begins with `<`.
fn header(full: &str) -> Option<&str> {
    let rest = full.strip_prefix('<')?;
    let end = nesting(rest).position(|depth| depth < 0)?;
    Some(&rest[..end])
}

/// For each byte of `text`, the depth of nested `<…>` after it.
pub(super) fn nesting(text: &str) -> impl Iterator<Item = isize> {
    let mut depth = 0;
    let mut previous = b' ';
    text.bytes().map(move |byte| {
        match byte {
            b'<' => depth += 1,
            // Skips the arrow of `fn() -> u8`.
            b'>' if previous != b'-' => depth -= 1,
            _ => {}
        }
        previous = byte;
        depth
    })
}

/// The first segments of all paths in `text`.
fn roots(text: &str) -> impl Iterator<Item = &str> {
    let named = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices("::").filter_map(move |(end, _)| {
        let before = &text[..end];
        let name = before.trim_end_matches(named);
        let root = &before[name.len()..];
        (!root.is_empty() && !name.ends_with("::")).then_some(root)
    })
}
