//! Programs whose global allocator is another one.

mod counters;
mod env;
mod forwarding;
