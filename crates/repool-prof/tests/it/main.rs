//! Tests in a program whose global allocator is not a `ProfAlloc`.

mod counters;
mod env;
mod forwarding;
