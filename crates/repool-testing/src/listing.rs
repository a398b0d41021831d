//! The list of tests that a runner asks for, of a test program without a harness.

/// Whether a runner asks for the list of tests (cargo-nextest does); the list is printed then, with `name` as
/// the one test.
pub fn is_asked_for(name: &str) -> bool {
    let has = |flag: &str| std::env::args().any(|arg| arg == flag);
    let asks = has("--list");
    if asks && !has("--ignored") {
        println!("{name}: test");
    }
    asks
}
