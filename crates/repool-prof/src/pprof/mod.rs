//! Writes snapshots in Go's profile format, as this page specifies.
//!
//! A profile is a [`proto::Profile`] in protocol-buffer encoding, gzipped. `go tool pprof`,
//! Pyroscope, Parca and speedscope read it. [`Snapshot::export`](crate::Snapshot::export) makes it:
//!
//! - Each sample has four values, in Go's order: `alloc_objects`/`count`, `alloc_space`/`bytes`,
//!   `inuse_objects`/`count`, `inuse_space`/`bytes`. Its number label `bytes` is the size of the
//!   blocks, or their mean size if blocks of several sizes were counted together. No two samples
//!   have the same stack and label, and the samples of one stack follow each other.
//! - `default_sample_type`, which readers show unless told otherwise, is `alloc_space` in the files
//!   of `write_pprof`, of [`from_env`](crate::from_env) and of `/debug/pprof/allocs`. As in Go,
//!   `/debug/pprof/heap` has `inuse_space`.
//! - `period` is the rate: the mean number of bytes between two samples.
//! - A location is an address, and its lines are the functions that were inlined there, the
//!   innermost first. The allocator's and the collections' functions are left out at the top of a
//!   stack, so that the flat value is that of the function that requested the memory.
//! - A mapping is marked to have functions, files, lines and inlined functions if any of its
//!   locations has. If the program was stripped none is marked, and each function is named by its
//!   address, as `app+0x1234`: `go tool pprof UNSTRIPPED FILE` then looks the names up.
//!   [`Profile::missing_symbols`](proto::Profile::missing_symbols) reports it. The profiler's
//!   functions and the allocator's entry points are left out also then, by their addresses.
//! - A function has no system name. If it were equal to the name, pprof would take the name for one
//!   of C++ and cut what is in brackets.
//! - All stacks for which the profiler's memory had no room are one location, with the function
//!   `[overflow]`; a stack without frames is `[unknown]`.
//!
//! # Additional data
//!
//! [`proto::Lifetimes`] has what the format has no fields for. A file carries it as the last of its
//! strings, to which nothing refers (see [`extra`]), so that every reader skips it. pprof drops it
//! from files that it writes. Older files have it in a field of number 1000.
//!
//! - The lifetimes of each stack's sampled blocks, and how many blocks of each size came by
//!   `realloc` of another block. The others are fresh.
//! - The time that the program's allocator takes for a block, by size: see [`AllocatorCosts`]. It is
//!   measured once in a process, in about 30 ms, when the first profile is made, unless
//!   [`Export::without_allocator_costs`] is called.
//! - How many objects of all stacks that begin with the same locations were in use at once, over all
//!   threads and of one; how many blocks came zeroed; the process's minor page faults and the time of
//!   one; and the sampled blocks that were [lost](crate::Snapshot::lost).
//! - How many operations the profile covers, if [`Export::operations`] was called. A comment of the
//!   profile says the same for people: `operations: 100000`.
//!
//! [`AllocatorCosts`]: crate::AllocatorCosts

mod export;
mod location_table;
mod prefix_table;
mod sample_table;
#[cfg(test)]
mod tests;

pub use export::Export;
#[allow(deprecated)]
pub use repool_profile::Nameless;
pub use repool_profile::{MissingSymbols, extra, proto};
