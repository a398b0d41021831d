//! The text and the JSON of an advice, compared with files; `REPOOL_BLESS=1` writes them anew.

use std::path::PathBuf;
use std::{env, fs};

use super::test_profile::{TestProfile, settings};
use crate::advise::Advice;

/// A program with sites of several kinds.
fn program() -> TestProfile {
    let mut made = TestProfile::new();
    made.file(
        "serde_json",
        "/home/user/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/serde_json-1.0.149/src/ser.rs",
    );
    let main = ("server::main", 12);
    let serve = [main, ("<server::Connection as server::Serve>::serve", 88)];
    let at = |calls: &[(&'static str, i64)]| [&serve[..], calls].concat();
    made.stack(
        &at(&[("serde_json::ser::to_vec", 2200)]),
        1,
        &[(128, 100_000, 0, 0)],
    );
    made.stack(
        &at(&[
            ("serde_json::ser::to_vec", 2201),
            ("<server::Answer as serde::ser::Serialize>::serialize", 30),
            ("serde_json::ser::format_escaped_str", 2150),
        ]),
        1,
        &[
            (256, 80_000, 0, 80_000),
            (512, 20_000, 0, 20_000),
            (65_536, 100, 0, 100),
        ],
    );
    made.stack(
        &at(&[("server::Request::parse", 41)]),
        16,
        &[(96, 100_000, 0, 0)],
    );
    let sizes: Vec<_> = (1..30).map(|n| (n * 1000, 3000, 0, 0)).collect();
    made.stack(&at(&[("server::body", 55)]), 4, &sizes);
    made.stack(
        &[main, ("server::Cache::insert", 9)],
        90_000,
        &[(1024, 100_000, 90_000, 0)],
    );
    made.stack(&[main, ("server::config", 5)], 1, &[(4096, 40, 0, 0)]);
    made
}

#[test]
fn a_list_for_operations() {
    check("operations.txt", &program().advice(100_000).to_string());
}

#[test]
fn a_list_for_seconds() {
    let mut program = program();
    program.0.lifetimes.as_mut().unwrap().rate = 65536;
    let advice = program.advice(0);
    check("seconds.txt", &advice.to_string());
}

#[test]
fn a_list_of_sites() {
    let settings = settings(100_000).by_site(true);
    let advice = Advice::of(&program().profile(), &settings).expect("allocations");
    check("sites.txt", &advice.to_string());
}

#[test]
fn a_list_without_lifetimes() {
    let mut program = program();
    program.0.lifetimes = None;
    check("no_lifetimes.txt", &program.advice(0).to_string());
}

#[test]
fn json() {
    let mut program = program();
    program.0.sample.truncate(4);
    let lifetimes = program.0.lifetimes.as_mut().unwrap();
    lifetimes.stacks.truncate(2);
    check("advice.json", &program.advice(100_000).to_json());
}

#[test]
fn no_line_is_too_long() {
    let mut program = program();
    let long = "a_name::of_a_function::".repeat(20);
    program.stack(&[(&long, 1), (&long, 2)], 1, &[(1 << 40, 1 << 20, 0, 0)]);
    let advices: [Advice; 2] = [program.advice(3), program.advice(0)];
    for advice in advices {
        for line in advice.to_string().lines() {
            assert!(line.chars().count() <= 100, "{line}");
            assert_eq!(line.trim_end(), line);
        }
    }
}

/// Compares a text with a file, or writes the file if `REPOOL_BLESS` is 1.
fn check(name: &str, text: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/advise/tests/golden");
    let path = folder.join(name);
    if env::var_os("REPOOL_BLESS").is_some_and(|bless| bless == "1") {
        fs::write(path, text).expect("the folder can be written to");
        return;
    }
    let golden = fs::read_to_string(path).expect("REPOOL_BLESS=1 writes it");
    assert_eq!(text, golden, "{name}: REPOOL_BLESS=1 takes it over");
}
