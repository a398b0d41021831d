//! Derives the crate and the module of a function from the path of its source file.

use std::borrow::Cow;

/// Files whose names are not those of modules.
const ROOTS: [&str; 3] = ["main", "lib", "mod"];

/// The name `bare` with the module of its source file before it: `app::log::new` for a `new` in
/// `app/src/log.rs`, without the type or inner module that it belongs to. Profiles merge functions of
/// one name, so this gives one `new` for each file rather than one for the whole program.
pub(super) fn qualified(bare: &str, file: &str) -> String {
    match modules(file) {
        Some(modules) if !modules.is_empty() => format!("{modules}::{bare}"),
        _ => bare.to_owned(),
    }
}

/// Whether the full path of a function fits the module of the source file `file`.
pub(super) fn suggests(file: &str, path: &str) -> bool {
    modules(file).is_some_and(|modules| {
        let inside = format!("::{path}::").contains(&format!("::{modules}::"));
        modules.is_empty() || inside
    })
}

/// Whether a function with this full path may be in the source file `file`. Functions of the standard
/// library are in its sources, and no others are. The names of other crates may differ from those of
/// their directories.
pub(super) fn may_have(file: &str, path: &str) -> bool {
    let root = path.split("::").next();
    match library(file) {
        Some(library) => library.split('/').next() == root,
        None => root.is_some_and(|root| !["core", "alloc", "std"].contains(&root)),
    }
}

/// The path of the module of a Rust source file, as far as the file's path tells it.
fn modules(file: &str) -> Option<String> {
    let path = file.strip_suffix(".rs")?;
    let parts: Vec<_> = path
        .split(['/', '\\'])
        .filter(|part| !part.is_empty())
        .collect();
    let modules = match parts.iter().rposition(|part| *part == "src") {
        // A further program of a package.
        Some(src) if parts.get(src + 1) == Some(&"bin") => &parts[src + 2..],
        Some(src) if src > 0 => &parts[src - 1..],
        // A single file, or a test or an example with a directory of its own.
        _ => {
            let named = parts.last().is_some_and(|file| !ROOTS.contains(file));
            &parts[parts.len().saturating_sub(if named { 1 } else { 2 })..]
        }
    };
    let modules: Vec<_> = modules
        .iter()
        .filter(|part| !ROOTS.contains(part) && **part != "src")
        .map(|part| package(part).unwrap_or(part).replace('-', "_"))
        .collect();
    Some(modules.join("::"))
}

/// The crate of a source file, if the path tells it.
pub(super) fn crate_of(file: &str) -> Option<Cow<'_, str>> {
    if let Some(built_from) = file.strip_prefix("/rust/deps/") {
        // Counts all dependencies of `std` as `std`.
        return (!built_from.is_empty()).then_some(Cow::Borrowed("std"));
    }
    if let Some(library) = library(file) {
        return library.split_once('/').map(|(name, _)| Cow::Borrowed(name));
    }
    // Takes the innermost `src` that follows a crate's directory: a crate may have a `src/x/src`.
    let mut found = None;
    let mut parent = "";
    for part in file.split(['/', '\\']) {
        if part == "src" {
            found = package(parent).or(found);
        }
        parent = part;
    }
    found.map(|name| Cow::Owned(name.replace('-', "_")))
}

/// The path within the standard library's sources; `None` for other files.
fn library(file: &str) -> Option<&str> {
    if let Some(rest) = file.strip_prefix("/rustc/") {
        let (_commit, rest) = rest.split_once('/')?;
        return rest.strip_prefix("library/");
    }
    file.split_once("/lib/rustlib/src/rust/library/")
        .map(|(_, rest)| rest)
}

/// The directory of the profiler's package, which has no version in a workspace.
const PROFILER: &str = "repool-prof";

/// The package of a directory with a name as `smallvec-1.15.0`, or [`PROFILER`].
fn package(directory: &str) -> Option<&str> {
    if directory == PROFILER {
        return Some(directory);
    }
    let digits = directory
        .match_indices('-')
        .find(|(at, _)| directory[at + 1..].starts_with(|c: char| c.is_ascii_digit()))?;
    let (name, version) = directory.split_at(digits.0);
    (version.matches('.').count() >= 2).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::qualified;

    #[test]
    fn a_file_says_in_which_module() {
        let registry = "/sources/.cargo/registry/src/registry-1949cf8c6b5b557f";
        for (file, name) in [
            ("/sources/app/src/main.rs", "app::new"),
            ("/sources/app/src/log.rs", "app::log::new"),
            ("/sources/app/src/log/mod.rs", "app::log::new"),
            ("/sources/app/src/log/line.rs", "app::log::line::new"),
            ("/sources/work/crates/my-log/src/lib.rs", "my_log::new"),
            ("/sources/app/src/bin/tool.rs", "tool::new"),
            ("/sources/app/src/bin/tool/main.rs", "tool::new"),
            ("/sources/app/tests/it/line.rs", "line::new"),
            ("/sources/app/tests/it/main.rs", "it::new"),
            ("/sources/app/benches/log.rs", "log::new"),
            ("src/main.rs", "new"),
            ("main.rs", "new"),
            ("", "new"),
            ("/sources/app/src/log.c", "new"),
            (
                &format!("{registry}/my-log-1.2.3/src/line.rs"),
                "my_log::line::new",
            ),
            (
                "/rustc/5980/library/alloc/src/vec/mod.rs",
                "alloc::vec::new",
            ),
            (
                "/rust/deps/hashbrown-0.16.1/src/raw/mod.rs",
                "hashbrown::raw::new",
            ),
            ("C:\\work\\app\\src\\log.rs", "app::log::new"),
        ] {
            assert_eq!(qualified("new", file), name, "{file}");
        }
    }
}
