//! Writes snapshots in Go's profile format, which this page specifies.
//!
//! A profile is a [`proto::Profile`] in protocol-buffer encoding, gzipped. `go tool pprof`,
//! Pyroscope, Parca and speedscope read it. [`Snapshot::export`](crate::Snapshot::export) makes it:
//!
//! - Each sample has four values, in Go's order: `alloc_objects`/`count`, `alloc_space`/`bytes`,
//!   `inuse_objects`/`count`, `inuse_space`/`bytes`. Its number label `bytes` is the size of the
//!   blocks; their mean size where blocks of many sizes were counted together. No two samples have
//!   the same stack and label, and those of one stack follow each other.
//! - `default_sample_type`, which readers show when none is asked for, is `alloc_space`, in the files
//!   of `write_pprof`, of [`from_env`](crate::from_env) and of `/debug/pprof/allocs`. As in Go,
//!   `/debug/pprof/heap` has `inuse_space`.
//! - `period` is the rate: the mean number of bytes between two samples that were taken.
//! - A location is an address, and its lines are the functions that were inlined there, the
//!   innermost first. The allocator's and the collections' own functions are left out at the top
//!   of a stack, so that what is flat belongs to the function that wanted the memory.
//! - A mapping is marked to have functions, files, lines and inlined functions if any of its
//!   locations has. Where a program was stripped none is marked, and each function is called after
//!   its place, as `app+0x1234`: `go tool pprof UNSTRIPPED FILE` then looks for the names.
//!   [`Profile::missing_symbols`](proto::Profile::missing_symbols) says so. The profiler's own functions and the
//!   allocator's entry points are left out all the same, by their addresses.
//! - A function has no system name: were it equal to the name, pprof would take it for one of C++
//!   and cut what stands in brackets.
//! - Stacks that did not fit into the profiler's memory are one location, the function
//!   `[overflow]`; stacks of which nothing is known are `[unknown]`.
//!
//! # What is ours
//!
//! [`proto::Lifetimes`] say more than the format has room for. A file carries them as the last of its
//! strings, to which nothing refers ([`extra`] has the details), so that every reader skips them; pprof
//! leaves them out of what it writes itself. Older files have them in a field of number 1000.
//!
//! - What became of the sampled blocks of each stack, and how many of its blocks, of each size, came
//!   by `realloc`: another block grew or shrank into them. The others are fresh.
//! - What a block takes with the program's own allocator, by its size: [`AllocatorCosts`] says what
//!   that is, and reads it for any size. It is measured once in a process, in about 3 ms, when the
//!   first profile is made; not if [`Export::without_allocator_costs`] is asked for.
//! - How many operations the profile is about, where [`Export::operations`] says so. For people the
//!   same is a comment of the profile, `operations: 100000`.
//!
//! [`AllocatorCosts`]: crate::AllocatorCosts

mod code_segment;
mod export;
pub mod extra;
mod file;
mod location_table;
mod missing_symbols;
pub mod proto;
mod sample_table;
#[cfg(test)]
mod tests;

pub use export::Export;
pub use missing_symbols::MissingSymbols;
#[allow(deprecated)]
pub use missing_symbols::Nameless;
