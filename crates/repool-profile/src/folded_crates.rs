//! [`FOLDED_CRATES`]: the crates whose frames profiles leave out. `symbols` applies it when a profile is
//! written, readers apply it to profiles that have these frames.

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
/// assert!(repool_profile::FOLDED_CRATES.contains(&"alloc"));
/// assert!(!repool_profile::FOLDED_CRATES.contains(&"serde"));
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
