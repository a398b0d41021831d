//! A typed, per-CPU object pool: Go's sync.Pool made for Rust.
