//! Exact allocation counters for any Rust program, per thread.
//!
//! [`ProfAlloc`] wraps a global allocator and counts what goes through it:
//! how many blocks were allocated, how many bytes they asked for, and how many
//! were freed. [`Counters::now`] reads the calling thread's counts, and the
//! difference of two readings is what happened in between, to the byte:
//!
//! ```
//! use repool_prof::{Counters, ProfAlloc};
//!
//! #[global_allocator]
//! static ALLOC: ProfAlloc = ProfAlloc::new();
//!
//! let before = Counters::now();
//! let line = String::from("hello");
//! drop(line);
//! let spent = Counters::now().since(before);
//!
//! assert_eq!(spent, Counters { allocations: 1, bytes: 5, frees: 1 });
//! ```
//!
//! # What it costs
//!
//! An increment or two of a thread-local counter per allocation and per free.
//! There is no lock, nothing shared between threads, and no allocation of its
//! own, so the wrapper may stay in a release build.
//!
//! # What is counted, and where
//!
//! Every call is counted on the thread that makes it. A block that is
//! allocated on one thread and freed on another adds to `allocations` of the
//! first and to `frees` of the second. See [`Counters`] for what each figure
//! means when a block grows.

#![deny(unsafe_code)]

#[allow(unsafe_code)] // implements `GlobalAlloc`
mod alloc;
mod counters;

pub use alloc::ProfAlloc;
pub use counters::{Counters, is_installed};
