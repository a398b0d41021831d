//! Finds the function in which a closure was written, if debugging information has only the bare
//! name `{closure#0}`.
//!
//! A function that calls a closure was mostly compiled for the closure's type, and bare names of
//! inlined functions include the types that they were compiled for, with full paths: the
//! `{closure#0}` that was inlined into
//! `retain<u64, alloc::alloc::Global, app::log::trim::{closure_env#0}>` is
//! `app::log::trim::{closure#0}`. So the callers at the instruction are searched from the innermost
//! to the outermost:
//!
//! - The first caller that mentions a closure type of this number, compiled for the same types and
//!   of a crate that the file may belong to, decides. If it mentions several, the one that fits the
//!   file's path is taken, then the one that is nested less: adapters have their own closure's type
//!   first, and those of what they adapt nested in others.
//! - A caller in the same file that mentions none called a closure of its own, as in
//!   `let add = |n| …; add(1)`. This rule also takes the caller for the owner of a closure that
//!   another function made and returned. For an `async` block in an `async` caller that is too
//!   likely, so the rule does not apply; an `async fn` is never written in its caller.
//! - Other callers of the standard library are skipped; any other caller ends the search.
//!
//! A closure whose function stays unknown is named by its line, as `app::log::{closure#0}:42`. So a
//! closure of several lines is shown as several, but no two closures are shown as one.

use super::debug_info::SourceLocation;
use super::{ResolvedLine, name, source};

/// The bare name of a closure or an `async` block, parsed.
#[derive(Clone, Copy)]
pub(super) struct Closure<'a> {
    /// `closure`, `async_block` and the like.
    kind: &'a str,
    number: &'a str,
    /// The types that it was compiled for, as `<u8>`, or empty.
    types: &'a str,
}

/// Which closure type a caller's bare name mentions.
#[derive(Debug, PartialEq, Eq)]
enum Mention<'a> {
    None,
    /// A closure of the function with this path.
    One(&'a str),
    /// Closures of several functions, of which each may be meant.
    Several,
}

impl<'a> Closure<'a> {
    /// Parses a bare name; `None` if it is not that of a closure.
    pub(super) fn of(bare: &'a str) -> Option<Self> {
        let (inside, types) = bare.strip_prefix('{')?.split_once('}')?;
        let (kind, number) = inside.split_once('#')?;
        let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        numbered.then_some(Self {
            kind,
            number,
            types,
        })
    }

    /// The full name, as far as the callers tell it. `place` is where the closure is, and `callers`
    /// are the functions that it was inlined into, the innermost first.
    pub(super) fn full_name<'p: 'l, 'l>(
        &self,
        place: &SourceLocation<'_>,
        callers: impl Iterator<Item = (&'l SourceLocation<'p>, &'l ResolvedLine)>,
    ) -> String {
        let name = self.name();
        let file = place.file.as_deref().unwrap_or_default();
        for (caller, line) in callers {
            let bare = caller.bare.as_deref().unwrap_or_default();
            match self.mentioned(bare, file) {
                Mention::One(path) => return format!("{path}::{name}"),
                Mention::Several => break,
                Mention::None => {}
            }
            if caller.file.as_deref() == Some(file) {
                let by = Closure::of(bare);
                // The name of a closure whose function is unknown ends in a line number.
                let known = by.is_none() || line.name.ends_with('}');
                if known && self.may_be_of(by) {
                    return format!("{}::{name}", line.name);
                }
                break;
            }
            if !line.folded {
                break;
            }
        }
        let name = source::qualified(&name, file);
        match place.line {
            0 => name,
            line => format!("{name}:{line}"),
        }
    }

    /// The bare name without types: `{closure#0}`.
    fn name(&self) -> String {
        format!("{{{}#{}}}", self.kind, self.number)
    }

    /// Whether the closure may be one of a caller in the same file. `caller` is the caller's own name
    /// if that is a closure or an `async` block.
    fn may_be_of(&self, caller: Option<Self>) -> bool {
        let calls_async = || caller.is_some_and(|caller| caller.kind != "closure");
        self.kind == "closure" || self.kind.ends_with("_block") && !calls_async()
    }

    /// Searches the bare name of a caller for the type of this closure, which was written in `file`.
    fn mentioned<'c>(&self, caller: &'c str, file: &str) -> Mention<'c> {
        let environment = format!("::{{{}_env#{}}}", self.kind, self.number);
        let mut best = Mention::None;
        let mut distance = None;
        for (end, _) in caller.match_indices(&environment) {
            let before = &caller[..end];
            let path = &before[before.trim_end_matches(in_path).len()..];
            let types = types_at(&caller[end + environment.len()..]);
            if types != self.types || !source::may_have(file, path) {
                continue;
            }
            let depth = name::nesting(before).last().unwrap_or(0);
            let found = (!source::suggests(file, path), depth);
            if distance.is_none_or(|nearest| found < nearest) {
                distance = Some(found);
                best = Mention::One(path);
            } else if distance == Some(found) && best != Mention::One(path) {
                best = Mention::Several;
            }
        }
        best
    }
}

/// Adds the number to a closure's `full` name from its symbol, which the legacy mangling lacks:
/// `app::trim::{closure#0}` instead of `app::trim::{{closure}}`.
pub(super) fn numbered(full: &str, bare: &str) -> Option<String> {
    let owner = full.strip_suffix("::{{closure}}")?;
    Some(format!("{owner}::{}", Closure::of(bare)?.name()))
}

/// A function's bare name without the types that it was compiled for, which may take thousands of
/// characters. Symbols of the legacy mangling have no types either.
pub(super) fn without_types(bare: &str) -> &str {
    match bare.find('<') {
        Some(end) if end > 0 => &bare[..end],
        _ => bare,
    }
}

fn in_path(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | ':' | '{' | '}' | '#')
}

/// The `<…>` at the start of `text`, or an empty string.
fn types_at(text: &str) -> &str {
    if !text.starts_with('<') {
        return "";
    }
    let end = name::nesting(text).position(|depth| depth == 0);
    end.map_or("", |end| &text[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "/sources/app/src/log.rs";
    const STD: &str = "/rustc/5980/library/core/src/iter/adapters/map.rs";

    fn mentioned<'c>(bare: &str, caller: &'c str, file: &str) -> Mention<'c> {
        let closure = Closure::of(bare).expect("a closure");
        closure.mentioned(caller, file)
    }

    #[test]
    fn a_caller_compiled_for_a_closure_has_its_path() {
        for (bare, caller, path) in [
            (
                "{closure#0}",
                "retain<u64, alloc::alloc::Global, app::log::trim::{closure_env#0}>",
                "app::log::trim",
            ),
            (
                "{closure#1}",
                "fold<&app::log::trim::{closure_env#0}, &mut app::log::trim::{closure_env#1}>",
                "app::log::trim",
            ),
            (
                "{closure#0}",
                "map<fn(u8) -> u16, app::log::{impl#2}::add::{closure#3}::{closure_env#0}>",
                "app::log::{impl#2}::add::{closure#3}",
            ),
            (
                "{closure#0}<u8>",
                "each<app::log::a::{closure_env#0}<u64>, app::log::b::{closure_env#0}<u8>>",
                "app::log::b",
            ),
            (
                "{async_block#2}",
                "poll<core::pin::Pin<&mut app::log::flush::{async_block_env#2}>>",
                "app::log::flush",
            ),
            (
                "{async_fn#0}",
                "block_on<app::log::flush::{async_fn_env#0}>",
                "app::log::flush",
            ),
        ] {
            assert_eq!(
                mentioned(bare, caller, FILE),
                Mention::One(path),
                "{bare} in {caller}"
            );
        }
    }

    #[test]
    fn others_closures_are_not_taken_for_it() {
        for (bare, caller) in [
            ("{closure#0}", "push<u8>"),
            ("{closure#0}", "run<app::log::a::{closure_env#1}>"),
            ("{closure#1}", "run<app::log::a::{closure_env#12}>"),
            ("{closure#0}", "run<app::log::a::{async_block_env#0}>"),
            ("{closure#0}", "run<app::log::a::{closure_env#0}<u8>>"),
            ("{closure#0}<u8>", "run<app::log::a::{closure_env#0}>"),
            ("{closure#0}", "run<core::iter::map::{closure_env#0}>"),
        ] {
            assert_eq!(
                mentioned(bare, caller, FILE),
                Mention::None,
                "{bare} in {caller}"
            );
        }
        let ours = "run<app::log::a::{closure_env#0}>";
        assert_eq!(mentioned("{closure#0}", ours, STD), Mention::None);
    }

    #[test]
    fn of_several_the_one_in_the_file_counts_then_the_outer_one() {
        let adapter = "fold<app::log::a::{closure_env#0}, core::iter::adapters::map::map_fold::\
            {closure_env#0}<u8, app::log::b::{closure_env#0}>>";
        let found = mentioned("{closure#0}", adapter, FILE);
        assert_eq!(found, Mention::One("app::log::a"));
        let found = mentioned(
            "{closure#0}<u8, app::log::b::{closure_env#0}>",
            adapter,
            STD,
        );
        assert_eq!(found, Mention::One("core::iter::adapters::map::map_fold"));

        let across =
            "both<app::a::{closure_env#0}, core::option::Option<app::log::b::{closure_env#0}>>";
        let found = mentioned("{closure#0}", across, FILE);
        assert_eq!(found, Mention::One("app::log::b"));
        // The name of a package may differ from that of its directory.
        let found = mentioned("{closure#0}", across, "/sources/work/src/main.rs");
        assert_eq!(found, Mention::One("app::a"));

        let equal = "both<app::log::a::{closure_env#0}, app::log::b::{closure_env#0}>";
        assert_eq!(mentioned("{closure#0}", equal, FILE), Mention::Several);
        let twice = "both<app::log::a::{closure_env#0}, app::log::a::{closure_env#0}>";
        let found = mentioned("{closure#0}", twice, FILE);
        assert_eq!(found, Mention::One("app::log::a"));
    }

    #[test]
    fn other_functions_are_no_closures() {
        for bare in ["push<u8>", "{impl}", "{closure#}", "{closure#x}", "{", ""] {
            assert!(Closure::of(bare).is_none(), "{bare}");
        }
    }

    #[test]
    fn an_async_function_is_not_written_in_its_caller() {
        let of = |bare| Closure::of(bare).expect("a closure");
        let caller = |bare| Closure::of(bare);
        assert!(of("{closure#0}").may_be_of(None));
        assert!(of("{closure#0}").may_be_of(caller("{async_fn#0}")));
        assert!(of("{async_block#0}").may_be_of(None));
        assert!(of("{async_block#0}").may_be_of(caller("{closure#0}")));
        assert!(!of("{async_block#0}").may_be_of(caller("{async_fn#0}")));
        assert!(!of("{async_fn#0}").may_be_of(None));
        assert!(!of("{async_closure#0}").may_be_of(None));
    }

    #[test]
    fn types_are_cut_off() {
        assert_eq!(without_types("push<u8>"), "push");
        assert_eq!(without_types("{closure#0}<u8, Vec<u8>>"), "{closure#0}");
        assert_eq!(without_types("store"), "store");
        assert_eq!(without_types("<"), "<");
        assert_eq!(
            numbered("app::a::{{closure}}", "{closure#2}<u8>").as_deref(),
            Some("app::a::{closure#2}")
        );
        assert_eq!(numbered("app::a", "a"), None);
    }
}
