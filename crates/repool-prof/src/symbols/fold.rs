//! Decides whose frames profiles leave out, so that the flat value is that of the function that
//! requested the memory.

use super::source;

/// The crates whose frames profiles leave out if they are innermost.
///
/// Every allocation ends in the same few functions: the allocator, and the parts of the standard
/// library that call it. If a profile counted memory as theirs, all of it would be `alloc`'s. So,
/// from the allocation outwards, frames are left out up to the first that is in none of these:
///
/// - the allocator: `__rust_alloc` and its kin (the crate `__rustc`; without a crate before
///   Rust 1.87), methods of an `impl GlobalAlloc`, all that was inlined into these, and the crates
///   `repool_prof`, `mimalloc`, `libmimalloc_sys`, `tikv_jemallocator`, `tikv_jemalloc_sys`,
///   `jemallocator`, `jemalloc_sys` and `snmalloc_rs`;
/// - the standard library: `core`, `alloc`, `std`, and the crates that `std` is built from;
/// - collections: `hashbrown`, `indexmap`, `smallvec`, `arrayvec`, and `allocator_api2`, through
///   which they allocate.
///
/// Frames further out stay, also those of these crates: a sort that calls the user's comparison,
/// which allocates, is in the profile. If no frame would remain, none is left out.
///
/// A function belongs to the crate that defines it: `Vec<user::Line>::push` to `alloc`, an
/// `impl Clone for user::Line` and a closure in `user::main` to `user`. The function's symbol says
/// which crate that is. If there is only a bare name (inlined functions, with
/// `debug = "line-tables-only"`), the path of the source file does: below `/rustc/<commit>/library`
/// or a toolchain's `lib/rustlib/src/rust/library`, below `/rust/deps` for what `std` is built
/// from, or in Cargo's registry or another directory `<crate>-<version>/src`.
///
/// ```
/// assert!(repool_prof::FOLDED_CRATES.contains(&"alloc"));
/// assert!(!repool_prof::FOLDED_CRATES.contains(&"serde"));
/// ```
pub const FOLDED_CRATES: &[&str] = &[
    "__rustc",
    "repool_prof",
    "mimalloc",
    "libmimalloc_sys",
    "tikv_jemallocator",
    "tikv_jemalloc_sys",
    "jemallocator",
    "jemalloc_sys",
    "snmalloc_rs",
    "core",
    "alloc",
    "std",
    "hashbrown",
    "indexmap",
    "smallvec",
    "arrayvec",
    "allocator_api2",
];

/// The start of the names of the allocator's entry points before Rust 1.87, which have no crate.
const ENTRY_POINTS: &[&str] = &["__rust_alloc", "__rust_realloc", "__rdl_", "__rg_"];

pub(super) fn is_folded_crate(name: &str) -> bool {
    FOLDED_CRATES.contains(&name)
}

/// Whether the function called `full`, which the crate `defined_in` defines, is left out. `None` if
/// the crate is unknown.
pub(super) fn by_name(full: &str, defined_in: Option<&str>) -> Option<bool> {
    if is_allocator(full) {
        return Some(true);
    }
    defined_in.map(is_folded_crate)
}

/// Whether functions in the source file `file` are left out.
pub(super) fn by_file(file: &str) -> bool {
    source::crate_of(file).is_some_and(|name| is_folded_crate(&name))
}

/// Whether the function is the allocator's, so that functions inlined into it are left out too.
pub(super) fn is_allocator(full: &str) -> bool {
    let entry = full.strip_prefix("__rustc::").unwrap_or(full);
    ENTRY_POINTS.iter().any(|name| entry.starts_with(name)) || implements_global_alloc(full)
}

fn implements_global_alloc(full: &str) -> bool {
    let named = full.split_once("core::alloc::global::GlobalAlloc");
    named.is_some_and(|(before, after)| {
        let qualified = before.starts_with('<') && before.ends_with(" as ");
        qualified && after.starts_with(">::")
            || before.ends_with("<impl ") && after.starts_with(" for ")
    })
}
