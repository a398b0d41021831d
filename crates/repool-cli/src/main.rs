//! The repool program.
fn main() {}
