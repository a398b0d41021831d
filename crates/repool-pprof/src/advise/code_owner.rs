//! [`CodeOwners`]: which functions are the user's own, which a dependency's, and which the standard
//! library's; and the crate of each.
//!
//! The path of the source file decides. rustc names the files of std `/rustc/HASH/library/…`, or by
//! the toolchain's `lib/rustlib/src/rust`; Cargo unpacks dependencies to `registry/src/INDEX` and
//! `git/checkouts`, and `cargo vendor` to `vendor/NAME`. A function without a file is own code if
//! its crate is that of the outermost function of some stack.

use regex::Regex;
use rustc_hash::FxHashSet;

use super::alloc_stacks::{AllocStacks, FunctionKey};
use crate::pipeline::runtime_frames::{function_crate, is_folded_crate};
use crate::profile::Profile;

/// Whose code a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The user's.
    Own,
    /// A dependency's.
    Dependency,
    /// The standard library's, the runtime's or C's.
    Std,
}

/// The owner of each function of [`AllocStacks::functions`].
pub(super) struct CodeOwners(Vec<Owner>);

/// The project's crates, which are dependencies even if they are built from a checkout.
const REPOOL: &[&str] = &["repool", "repool_prof", "repool_bench", "repool_tracing"];

impl CodeOwners {
    /// Classifies all functions. With `own`, exactly the functions are the user's whose name or file
    /// matches.
    pub(super) fn of(profile: &Profile, stacks: &AllocStacks, own: Option<&Regex>) -> Self {
        let roots = root_crates(profile, stacks);
        let mut by_file = profile.strings.memoize(of_file);
        let mut matches = profile
            .strings
            .memoize(|text| own.is_some_and(|own| own.is_match(text)));
        let owner = |function: &FunctionKey| {
            let name = profile.string(function.name);
            let known = by_file(function.file);
            match own {
                Some(_) if matches(function.name) || matches(function.file) => return Owner::Own,
                Some(_) if known == Some(Owner::Std) || known.is_none() && is_std(name, "") => {
                    return Owner::Std;
                }
                Some(_) => return Owner::Dependency,
                None => {}
            }
            let of = function_crate(name);
            match known {
                Some(Owner::Own) if is_derived(name) => Owner::Dependency,
                Some(Owner::Own) if of.is_some_and(|of| REPOOL.contains(&of)) => Owner::Dependency,
                Some(owner) => owner,
                None if is_std(name, "") => Owner::Std,
                None if of.is_none_or(|of| roots.contains(of)) => Owner::Own,
                None => Owner::Dependency,
            }
        };
        let mut owners: Vec<Owner> = stacks.functions.iter().map(owner).collect();
        // A profile of a dependency alone: its user is its author.
        if own.is_none() && !owners.contains(&Owner::Own) {
            for owner in owners.iter_mut().filter(|owner| **owner != Owner::Std) {
                *owner = Owner::Own;
            }
        }
        Self(owners)
    }

    /// The owner of a function.
    pub(super) fn get(&self, function: u32) -> Owner {
        self.0[function as usize]
    }
}

/// Whether a macro that derives a trait has written a function: serde's and others put the `impl` in a
/// constant without a name. Such code has the line of the `derive`, at which there is nothing to change;
/// but a type that is deserialized may borrow.
fn is_derived(name: &str) -> bool {
    name.contains("::_::<impl ") && !name.contains("Deserialize")
}

/// The crates of the outermost functions of stacks that are not std's.
fn root_crates<'a>(profile: &'a Profile, stacks: &AllocStacks) -> FxHashSet<&'a str> {
    let mut roots = FxHashSet::default();
    let mut seen = FxHashSet::default();
    for stack in &stacks.stacks {
        for frame in &stack.frames {
            let function = &stacks.functions[frame.function as usize];
            let name = profile.string(function.name);
            if !is_std(name, profile.string(function.file)) {
                if seen.insert(frame.function) {
                    roots.extend(function_crate(name));
                }
                break;
            }
        }
    }
    roots
}

/// The owner of the functions in a file; `None` without a file.
fn of_file(file: &str) -> Option<Owner> {
    if file.is_empty() {
        return None;
    }
    let is_c = [".c", ".S", ".h"].iter().any(|end| file.ends_with(end));
    let is_libc = is_c && (file.starts_with("./") || file.starts_with("../"));
    if is_libc || file.contains("/rustc/") || file.contains("/lib/rustlib/src/rust/") {
        return Some(Owner::Std);
    }
    Some(match package(file) {
        Some(_) => Owner::Dependency,
        None => Owner::Own,
    })
}

/// The dependency that a file is of: the name of the package, without its version. `None` if the
/// file is not of a registry, a git checkout or a folder of vendored crates.
pub(super) fn package(file: &str) -> Option<&str> {
    let part = |mark: &str, index: usize| {
        let (_, rest) = file.split_once(mark)?;
        rest.split('/').nth(index)
    };
    if let Some(package) = part("/registry/src/", 1) {
        return Some(versionless(package).unwrap_or(package));
    }
    if let Some(checkout) = part("/git/checkouts/", 0) {
        return Some(checkout.rsplit_once('-').map_or(checkout, |(name, _)| name));
    }
    if let Some((_, rest)) = file.split_once("/vendor/")
        && let Some((package, inside)) = rest.split_once('/')
        && inside.starts_with("src/")
    {
        return Some(versionless(package).unwrap_or(package));
    }
    // Cargo's `trim-paths` leaves the package and its version.
    let (first, _) = file.split_once('/')?;
    versionless(first)
}

/// The name of `name-1.2.3`; `None` if the text has no version.
fn versionless(package: &str) -> Option<&str> {
    let cuts = package.match_indices('-').map(|(at, _)| at);
    let mut versions = cuts.filter(|at| {
        let version = &package[at + 1..];
        let begins = version.starts_with(|letter: char| letter.is_ascii_digit());
        begins && version.split('.').count() >= 3
    });
    versions.next().map(|at| &package[..at])
}

/// Whether a function is of the standard library, or starts threads or programs.
pub(super) fn is_std(name: &str, file: &str) -> bool {
    let is_runtime = ["__", "_start", "clone3"]
        .iter()
        .any(|start| name.starts_with(start));
    let is_crate = matches!(function_crate(name), Some("std" | "core" | "alloc"));
    let is_c_main = name == "main" && file.is_empty();
    is_runtime || is_crate || is_c_main || of_file(file) == Some(Owner::Std)
}

/// The crate of a function: the package that its file is of, or else the first part of its path.
pub(super) fn crate_name(name: &str, file: &str) -> Option<String> {
    let of = function_crate(name).filter(|of| !is_folded_crate(of) || package(file).is_none());
    let of_git = file.contains("/git/checkouts/");
    match (package(file), of) {
        (Some(package), None) => Some(package.to_owned()),
        (Some(_), Some(of)) if of_git => Some(of.to_owned()),
        (Some(package), Some(_)) => Some(package.to_owned()),
        (None, of) => of.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_of_std_a_dependency_or_ones_own() {
        use Owner::{Dependency, Own, Std};
        for (file, owner) in [
            ("", None),
            (
                "/rustc/59807616e1fa/library/alloc/src/vec/mod.rs",
                Some(Std),
            ),
            (
                "/home/a/.rustup/toolchains/stable/lib/rustlib/src/rust/library/std/src/io/mod.rs",
                Some(Std),
            ),
            ("./malloc/malloc.c", Some(Std)),
            (
                "/home/a/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/png-0.18.0/src/decoder.rs",
                Some(Dependency),
            ),
            (
                "/opt/cargo/registry/src/index/zstd-sys-2.0.16+zstd.1.5.7/zstd/lib/zstd.c",
                Some(Dependency),
            ),
            (
                "/home/a/.cargo/git/checkouts/serde-7f9f45f67f2f8a3b/0123456/serde/src/lib.rs",
                Some(Dependency),
            ),
            ("/srv/app/vendor/regex/src/lib.rs", Some(Dependency)),
            ("regex-automata-0.4.9/src/lib.rs", Some(Dependency)),
            ("/srv/vendor/app.rs", Some(Own)),
            ("/srv/my-app-2/src/main.rs", Some(Own)),
            ("src/main.rs", Some(Own)),
        ] {
            assert_eq!(of_file(file), owner, "{file}");
        }
    }

    #[test]
    fn crates_are_named_by_their_package() {
        let registry = "/c/registry/src/index/tracing-subscriber-0.3.20/src/fmt/mod.rs";
        let git = "/c/git/checkouts/serde-7f9f45f6/0123456/serde/src/lib.rs";
        for (name, file, of) in [
            (
                "tracing_subscriber::fmt::f",
                registry,
                Some("tracing-subscriber"),
            ),
            (
                "<alloc::vec::Vec<T> as tracing_subscriber::F>::f",
                registry,
                Some("tracing-subscriber"),
            ),
            ("serde_derive::f", git, Some("serde_derive")),
            (
                "ZSTD_createCCtx",
                "/c/registry/src/index/zstd-sys-2.0.16+zstd.1.5.7/zstd/a.c",
                Some("zstd-sys"),
            ),
            (
                "<&app::Row as app::Render>::render",
                "/srv/app/src/main.rs",
                Some("app"),
            ),
            ("main", "", None),
        ] {
            assert_eq!(crate_name(name, file).as_deref(), of, "{name}");
        }
    }
}
