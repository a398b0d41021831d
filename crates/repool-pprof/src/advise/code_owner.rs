//! [`CodeOwners`]: which functions are the user's own, which a dependency's, and which the standard
//! library's; and the crate of each.
//!
//! The path of the source file decides. rustc names the files of std `/rustc/HASH/library/…`, or by
//! the toolchain's `lib/rustlib/src/rust`; Cargo unpacks dependencies to `registry/src/INDEX` and
//! `git/checkouts`, and `cargo vendor` to `vendor/NAME`. A function without a file is own code if
//! its crate is that of the outermost function of some stack. Files that a build script wrote are of
//! the crate that includes them.

use regex::Regex;
use rustc_hash::FxHashSet;

use super::access::method;
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
        let owners = match own {
            Some(own) => by_regex(profile, stacks, own),
            None => by_path(profile, stacks),
        };
        Self(owners)
    }

    /// The owner of a function.
    pub(super) fn get(&self, function: u32) -> Owner {
        self.0[function as usize]
    }
}

/// The owners if exactly the functions are the user's whose name or file matches.
fn by_regex(profile: &Profile, stacks: &AllocStacks, own: &Regex) -> Vec<Owner> {
    let mut matches = profile.strings.memoize(|text| own.is_match(text));
    let owner = |function: &FunctionKey| {
        let (name, file) = (profile.string(function.name), profile.string(function.file));
        match () {
            () if matches(function.name) || matches(function.file) => Owner::Own,
            () if is_std(name, file) => Owner::Std,
            () => Owner::Dependency,
        }
    };
    stacks.functions.iter().map(owner).collect()
}

/// The owners by the paths of the source files.
fn by_path(profile: &Profile, stacks: &AllocStacks) -> Vec<Owner> {
    let roots = root_crates(profile, stacks);
    let mut by_file = profile.strings.memoize(of_file);
    let functions = || {
        let all = stacks.functions.iter();
        all.map(|function| (profile.string(function.name), profile.string(function.file)))
    };
    // The crates with own files, and the source folders of the project's crates.
    let (mut own_crates, mut project) = (FxHashSet::default(), FxHashSet::default());
    for (name, file) in functions().filter(|(_, file)| of_file(file) == Some(Owner::Own)) {
        let Some(of) = plain_crate(name).filter(|_| !is_generated(file)) else {
            continue;
        };
        match (REPOOL.contains(&of), source_folder(file)) {
            (false, _) => _ = own_crates.insert(of),
            (true, Some(folder)) => _ = project.insert(folder),
            (true, None) => {}
        }
    }
    let mut owner = |function: &FunctionKey| {
        let (name, file) = (profile.string(function.name), profile.string(function.file));
        let is_project = || {
            plain_crate(name).is_some_and(|of| REPOOL.contains(&of))
                || source_folder(file).is_some_and(|folder| project.contains(folder))
        };
        match by_file(function.file) {
            _ if is_std(name, file) => Owner::Std,
            Some(Owner::Own) if is_project() || is_derived(name) => Owner::Dependency,
            Some(Owner::Own) if is_generated(file) => match function_crate(name) {
                Some(of) if !own_crates.contains(of) => Owner::Dependency,
                _ => Owner::Own,
            },
            Some(owner) => owner,
            None => match function_crate(name) {
                Some(of) if !roots.contains(of) => Owner::Dependency,
                _ => Owner::Own,
            },
        }
    };
    let mut owners: Vec<Owner> = stacks.functions.iter().map(&mut owner).collect();
    // A program that was installed from a registry, or a profile of a dependency alone: its user is
    // its author.
    if !owners.contains(&Owner::Own) {
        let mut mains: Vec<&str> = functions()
            .filter(|(name, _)| name.ends_with("::main") && name.matches("::").count() == 1)
            .filter_map(|(_, file)| package(file))
            .collect();
        mains.sort_unstable();
        let is_own = |file: &str| {
            let of = package(file);
            mains.is_empty() || of.is_some_and(|of| mains.binary_search(&of).is_ok())
        };
        for (owner, (_, file)) in owners.iter_mut().zip(functions()) {
            if *owner != Owner::Std && is_own(file) {
                *owner = Owner::Own;
            }
        }
    }
    owners
}

/// The crate of a function with a plain path, as `app::main::{closure#0}`. `None` for methods of a
/// trait, whose file may be the trait's or the type's, and for names without a path.
fn plain_crate(name: &str) -> Option<&str> {
    function_crate(name).filter(|_| !name.starts_with('<'))
}

/// The folder of a crate's source: the path to its last `src`.
fn source_folder(file: &str) -> Option<&str> {
    file.rsplit_once("/src/").map(|(folder, _)| folder)
}

/// Whether a function is one that serde's `derive` writes for a format to call. The line in it is that of
/// the attribute; the user's line is the one that calls the format.
fn is_derived(name: &str) -> bool {
    const METHODS: &[&str] = &[
        "deserialize",
        "deserialize_in_place",
        "serialize",
        "visit_enum",
        "visit_map",
        "visit_newtype_struct",
        "visit_seq",
    ];
    METHODS.contains(&method(name))
}

/// Whether a build script wrote the file: it is in `build/NAME-HASH/out`.
fn is_generated(file: &str) -> bool {
    file.contains("/build/") && file.contains("/out/")
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
    let is_libc = is_c(file) && (file.starts_with("./") || file.starts_with("../"));
    if is_libc || is_of_toolchain(file) {
        return Some(Owner::Std);
    }
    Some(match package(file) {
        Some(_) => Owner::Dependency,
        None => Owner::Own,
    })
}

/// Whether a file is of the toolchain: of the standard library or of a crate that it is built from.
fn is_of_toolchain(file: &str) -> bool {
    // The paths of a build by the distribution begin with the folder of rustc's source.
    let is_library = |mark: &str| {
        let rest = file
            .split_once(mark)
            .and_then(|(_, rest)| rest.split_once('/'));
        rest.is_some_and(|(_, inside)| inside.starts_with("library/"))
    };
    file.starts_with("/rustc/")
        || file.starts_with("/rust/deps/")
        || file.contains("/lib/rustlib/src/rust/")
        || is_library("/rustc/")
        || is_library("/rustc-")
}

/// Whether a file is of C or C++.
fn is_c(file: &str) -> bool {
    const ENDS: &[&str] = &[".c", ".S", ".h", ".cc", ".cpp", ".hpp"];
    ENDS.iter().any(|end| file.ends_with(end))
}

/// The dependency that a file is of: the name of the package, without its version. `None` if the
/// file is not of a registry, a git checkout or a folder of vendored crates.
pub(super) fn package(file: &str) -> Option<&str> {
    // Cargo's registries, and the one of Debian's packages.
    for mark in ["/registry/src/", "/cargo/registry/"] {
        if let Some((_, rest)) = file.split_once(mark)
            && let Some(package) = rest.split('/').take(2).find_map(versionless)
        {
            return Some(package);
        }
    }
    if let Some((_, rest)) = file.split_once("/git/checkouts/")
        && let Some((checkout, _)) = rest.split_once('/')
        && let Some((name, hash)) = checkout.rsplit_once('-')
        && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
    {
        return Some(name);
    }
    let vendored = file.strip_prefix("vendor/");
    let vendored = vendored.or_else(|| file.split_once("/vendor/").map(|(_, rest)| rest));
    if let Some((package, inside)) = vendored.and_then(|rest| rest.split_once('/'))
        && (inside.starts_with("src/") || is_c(inside))
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
    // The file of a trait's method may be another crate's than the type.
    let of = match file.is_empty() {
        true => function_crate(name),
        false => plain_crate(name),
    };
    let is_crate = matches!(of, Some("std" | "core" | "alloc"));
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
