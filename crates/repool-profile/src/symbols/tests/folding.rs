//! Which symbols and source files are left out of profiles.

use super::kept::KEPT;
use super::left_out::LEFT_OUT;
use crate::symbols::fold;
use crate::symbols::name::Name;
use crate::symbols::string_table::StringTable;

fn check(symbols: &[(&str, &str)], folded: bool) {
    let mut strings = StringTable::default();
    for (raw, full) in symbols {
        let name = Name::of(raw, &mut strings);
        assert_eq!(&*name.full, *full, "{raw}");
        // The file does not matter, as a macro's lines may be in another crate's.
        for file in [
            "",
            "/rustc/5980/library/alloc/src/macros.rs",
            "/sources/src/main.rs",
        ] {
            assert_eq!(name.is_folded(file), folded, "{full} in {file:?}");
        }
    }
}

#[test]
fn symbols_of_allocator_library_and_collections_are_left_out() {
    check(LEFT_OUT, true);
}

#[test]
fn symbols_of_others_are_kept() {
    let unmangled = [("_start", "_start"), ("malloc@@GLIBC_2.2.5", "malloc")];
    let kept: Vec<_> = KEPT
        .iter()
        .filter(|(raw, full)| raw != full)
        .copied()
        .collect();
    check(&kept, false);
    let mut strings = StringTable::default();
    for (raw, full) in unmangled {
        let name = Name::of(raw, &mut strings);
        assert_eq!(&*name.full, full);
        assert!(!name.is_folded(""), "{full}");
    }
}

#[test]
fn entry_points_without_a_crate_are_the_allocators() {
    for name in [
        "__rust_alloc",
        "__rust_alloc_zeroed",
        "__rust_realloc",
        "__rdl_alloc",
        "__rg_alloc",
    ] {
        assert_eq!(fold::by_name(name, None), Some(true), "{name}");
    }
    assert_eq!(fold::by_name("__rust_try", None), None);
    assert_eq!(fold::by_name("my__rust_alloc", None), None);
}

#[test]
fn sources_of_library_and_collections_are_left_out() {
    let commit = "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library";
    let registry = "/sources/.cargo/registry/src/registry-1949cf8c6b5b557f";
    for file in [
        &format!("{commit}/alloc/src/vec/mod.rs"),
        &format!("{commit}/core/src/iter/traits/iterator.rs"),
        &format!("{commit}/std/src/io/mod.rs"),
        "/sources/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/lib/rustlib/src/rust/library/alloc/src/raw_vec/mod.rs",
        "/rust/deps/hashbrown-0.16.1/src/raw/mod.rs",
        "/rust/deps/gimli-0.32.3/src/read/abbrev.rs",
        &format!("{registry}/hashbrown-0.15.5/src/raw/mod.rs"),
        &format!("{registry}/indexmap-2.14.2/src/map.rs"),
        &format!("{registry}/smallvec-2.0.0-alpha.11/src/lib.rs"),
        &format!("{registry}/allocator-api2-0.2.21/src/stable/raw_vec.rs"),
        &format!("{registry}/tikv-jemallocator-0.7.0/src/lib.rs"),
        &format!("{registry}/tikv-jemalloc-sys-0.7.0+5.3.0-1/src/lib.rs"),
        &format!("{registry}/repool-prof-0.1.0/src/alloc.rs"),
        "/sources/vendor/smallvec-1.15.0/src/lib.rs",
        "/sources/repool/crates/repool-prof/src/alloc.rs",
        "C:\\sources\\.cargo\\registry\\src\\registry-1949\\arrayvec-0.7.8\\src\\arrayvec.rs",
    ] {
        assert!(fold::by_file(file), "{file}");
    }
}

#[test]
fn other_sources_are_kept() {
    let registry = "/sources/.cargo/registry/src/registry-1949cf8c6b5b557f";
    for file in [
        "",
        "src/main.rs",
        "/sources/project/src/main.rs",
        "/sources/project/library/alloc/src/vec/mod.rs",
        "/sources/rustc/1/library/alloc/src/vec/mod.rs",
        "/sources/project/alloc/src/lib.rs",
        "/sources/project/hashbrown/src/lib.rs",
        "/sources/project/std/src/core/src/lib.rs",
        "/sources/repool/crates/repool-prof/tests/counts.rs",
        "/sources/repool/crates/repool/src/pool.rs",
        "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/compiler/rustc_driver/src/lib.rs",
        "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/test/src/lib.rs",
        "/rust/deps/",
        "/rustc/",
        &format!("{registry}/serde_json-1.0.145/src/ser.rs"),
        &format!("{registry}/indexmap-amortized-1.6.1/src/map.rs"),
        &format!("{registry}/hashbrown-0.15.5/benches/insert.rs"),
    ] {
        assert!(!fold::by_file(file), "{file}");
    }
}

#[test]
fn a_bare_name_goes_by_its_file() {
    let push = Name::of("push<u8>", &mut StringTable::default());
    assert!(push.is_folded("/rustc/5980/library/alloc/src/vec/mod.rs"));
    assert!(!push.is_folded("/sources/project/src/stack.rs"));
    assert!(!push.is_folded(""));
}

#[test]
fn broken_symbols_have_no_crate() {
    let mut strings = StringTable::default();
    for raw in [
        "_R",
        "_RN",
        "_RNv",
        "_RNvC",
        "_RNvCs_",
        "_RNvC99999999999999999999a",
        "_RNvC5ab",
        "_ZN",
        "_ZNE",
        "_ZN3fooE",
        "_ZN1<17h0123456789abcdefE",
    ] {
        assert!(!Name::of(raw, &mut strings).is_folded(""), "{raw}");
    }
}
