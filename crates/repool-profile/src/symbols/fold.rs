//! Decides whose frames profiles leave out, so that the flat value is that of the function that
//! requested the memory.

use super::source;
use crate::folded_crates::FOLDED_CRATES;

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
