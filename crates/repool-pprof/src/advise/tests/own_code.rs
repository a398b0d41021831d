//! Whose code a line is, and the options that select stacks.

use regex::Regex;

use super::test_profile::{TestProfile, settings};
use crate::Sources;
use crate::advise::{Advice, AdviseSettings};

const MANY: i64 = 10_000;
/// The line of [`MANY`], which a test reads from this file.
const LINE: u32 = line!() - 2;

/// A program that calls a crate of its workspace and one of the registry.
fn program() -> TestProfile {
    let mut made = TestProfile::new();
    made.file(
        "dep",
        "/home/a/.cargo/registry/src/index-1949cf8c6b5b557f/dep-1.2.3/src/lib.rs",
    );
    made.file("app_core", "/srv/app/core/src/lib.rs");
    made.file("std", "/rustc/59807616e1fa/library/std/src/fs.rs");
    let outer = ("app::main", 4);
    made.stack(
        &[outer, ("app_core::parse", 7), ("dep::to_vec", 3)],
        2,
        &[(64, 3 * MANY, 0, 0)],
    );
    made.stack(&[outer, ("std::fs::read", 300)], 2, &[(640, MANY, 0, 0)]);
    made
}

fn advice(settings: &AdviseSettings) -> Advice {
    Advice::of(&program().profile(), settings).expect("these are allocations")
}

fn lines(advice: &Advice) -> Vec<&str> {
    let groups = advice.groups.iter();
    groups
        .map(|group| group.location.function.as_str())
        .collect()
}

#[test]
fn groups_are_the_innermost_own_lines() {
    let advice = advice(&settings(MANY as u64));
    let mut lines = lines(&advice);
    lines.sort_unstable();
    assert_eq!(lines, ["app::main", "app_core::parse"]);
    for group in &advice.groups {
        for site in &group.sites {
            assert_eq!(advice.sites[*site].via.as_ref(), Some(&group.location));
        }
    }
}

#[test]
fn derived_code_is_not_the_users_line() {
    let mut made = TestProfile::new();
    made.file(
        "dep",
        "/home/a/.cargo/registry/src/index-1949cf8c6b5b557f/dep-1.2.3/src/lib.rs",
    );
    let calls = [
        ("app::answer", 4),
        ("dep::render", 7),
        ("app::_::<impl dep::Serialize for app::Page>::serialize", 2),
        ("dep::to_value", 3),
    ];
    made.stack(&calls, 1, &[(64, MANY, 0, 0)]);
    assert_eq!(lines(&made.advice(MANY as u64)), ["app::answer"]);
}

#[test]
fn own_overrides_paths() {
    let mut settings = settings(MANY as u64);
    settings.own = Some(Regex::new("^app::").unwrap());
    assert_eq!(lines(&advice(&settings)), ["app::main"]);
    settings.own = Some(Regex::new("dep-1").unwrap());
    let advice = advice(&settings);
    assert!(lines(&advice).contains(&"dep::to_vec"));
    let own: Vec<bool> = advice.sites.iter().map(|site| site.own_code).collect();
    assert!(own.contains(&true));
}

#[test]
fn names_decide_where_there_are_no_files() {
    let mut made = TestProfile::new();
    for of_crate in ["app", "dep", "alloc"] {
        made.file(of_crate, "");
    }
    let calls = [
        ("app::main", 0),
        ("app::parse", 0),
        ("dep::to_vec", 0),
        ("alloc::vec::Vec<T>::push", 0),
    ];
    made.stack(&calls, 2, &[(64, MANY, 0, 0)]);
    let advice = made.advice(MANY as u64);
    assert_eq!(lines(&advice), ["app::parse"]);
    assert_eq!(advice.sites[0].crate_name.as_deref(), Some("dep"));
}

#[test]
fn focus_and_ignore_select_stacks() {
    let all = advice(&settings(MANY as u64));
    let mut one = settings(MANY as u64);
    one.focus = Some(Regex::new("app_core").unwrap());
    let focused = advice(&one);
    assert_eq!(focused.allocated.allocations, 3 * MANY as u64);
    one.focus = None;
    one.ignore = Some(Regex::new("core/src/lib.rs").unwrap());
    let ignored = advice(&one);
    assert_eq!(ignored.allocated.allocations, MANY as u64);
    assert_eq!(all.allocated.allocations, 4 * MANY as u64);
}

#[test]
fn sites_are_listed_instead_of_lines_on_demand() {
    let by_site = settings(MANY as u64).by_site(true).max_sites(1);
    let advice = advice(&by_site);
    assert_eq!((advice.sites.len(), advice.more_sites), (1, 1));
    assert_eq!(advice.groups.len(), 1);
    assert_eq!(advice.groups[0].sites, [0]);
    let text = advice.to_string();
    assert!(
        text.contains("reached by") && text.contains("1 site more"),
        "{text}"
    );
}

#[test]
fn a_group_shows_its_source() {
    let mut made = TestProfile::new();
    let file = format!(
        "{}/src/advise/tests/own_code.rs",
        env!("CARGO_MANIFEST_DIR")
    );
    made.file("app", &file);
    made.stack(&[("app::main", LINE.into())], 2, &[(64, MANY, 0, 0)]);
    let settings = settings(MANY as u64).sources(Sources::new());
    let advice = Advice::of(&made.profile(), &settings).expect("allocations");
    let source = advice.groups[0].source.as_deref();
    assert_eq!(source, Some("const MANY: i64 = 10_000;"));
    assert!(advice.to_string().contains("> const MANY: i64 = 10_000;"));
}

/// The owners of functions, as groups show them: a program with one stack for each of these functions,
/// which are called by `app::main`.
fn own_lines(functions: &[(&str, &str)]) -> Vec<String> {
    let mut made = TestProfile::new();
    made.file("app", "/srv/app/src/main.rs");
    for (line, (name, file)) in functions.iter().enumerate() {
        made.file(name.split("::").next().unwrap(), file);
        let calls = [("app::main", 100 + line as i64), (*name, 5)];
        made.stack(&calls, 2, &[(64, MANY, 0, 0)]);
    }
    let advice = made.advice(MANY as u64);
    let mut own = advice.sites.iter().filter(|site| site.own_code);
    let mut names: Vec<String> = own
        .by_ref()
        .map(|site| site.location.function.clone())
        .collect();
    names.retain(|name| name != "app::main");
    names.sort_unstable();
    names
}

#[test]
fn files_of_dependencies_are_known_wherever_they_are() {
    let dependencies = [
        (
            "dep::a",
            "/home/a/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/dep-1.2.3/src/a.rs",
        ),
        ("dep2::a", "/usr/share/cargo/registry/dep2-1.2.3/src/lib.rs"),
        (
            "dep3::a",
            "/home/a/.cargo/git/checkouts/dep3-7f9f45f6/0123456/src/lib.rs",
        ),
        ("dep4::a", "/srv/app/vendor/dep4/src/lib.rs"),
        ("dep5::a", "vendor/dep5/src/lib.rs"),
        ("dep6_in_c", "/srv/app/vendor/dep6-sys/lib/a.c"),
        ("dep7::a", "dep7-1.2.3/src/lib.rs"),
        (
            "dep8::a",
            "/srv/app/target/release/build/dep8-0123456789abcdef/out/generated.rs",
        ),
        ("gimli::a", "/rust/deps/gimli-0.32.0/src/lib.rs"),
        (
            "std::fs::read",
            "/usr/src/rustc-1.88.0/library/std/src/fs.rs",
        ),
    ];
    assert_eq!(own_lines(&dependencies), [""; 0]);
}

#[test]
fn files_of_the_users_are_known_wherever_they_are() {
    let own = [
        ("core_lib::a", "/srv/app/crates/core/src/lib.rs"),
        ("next::a", "/home/a/rustc/next/src/lib.rs"),
        ("of_registry::a", "/home/a/registry/src/app/lib.rs"),
        ("relative::a", "crates/relative/src/lib.rs"),
        (
            "<alloc::vec::Vec<T> as app::Rows>::rows",
            "/srv/app/src/rows.rs",
        ),
    ];
    let mut names = own.map(|(name, _)| name.to_owned());
    names.sort_unstable();
    assert_eq!(own_lines(&own), names);
    // A build script of the user's own wrote this file.
    let of_grammar = (
        "app::grammar::parse",
        "/srv/app/target/release/build/app-0123456789abcdef/out/g.rs",
    );
    assert_eq!(
        own_lines(&[("app::other", "/srv/app/src/other.rs"), of_grammar]).len(),
        2
    );
}

#[test]
fn functions_that_were_inlined_from_the_projects_crates_are_a_dependencys() {
    let file = "/srv/repool/crates/repool/src/pool.rs";
    let functions = [("repool::pool::Pool<T>::get", file), ("get", file)];
    assert_eq!(own_lines(&functions), [""; 0]);
    // A trait of the user's for a type of the project's.
    let of_trait = [(
        "<repool::Pool<T> as app::Rows>::rows",
        "/srv/app/src/rows.rs",
    )];
    assert_eq!(own_lines(&of_trait).len(), 1);
}

#[test]
fn an_installed_programs_own_package_is_the_users() {
    let mut made = TestProfile::new();
    let index = "/home/a/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f";
    made.file("tool", &format!("{index}/tool-14.1.0/src/main.rs"));
    made.file("dep", &format!("{index}/dep-1.2.3/src/lib.rs"));
    let calls = [("tool::main", 4), ("tool::search", 7), ("dep::to_vec", 3)];
    made.stack(&calls, 2, &[(64, MANY, 0, 0)]);
    let advice = made.advice(MANY as u64);
    assert_eq!(lines(&advice), ["tool::search"]);
    assert!(!advice.sites[0].own_code);
}
