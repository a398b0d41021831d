//! <!-- The front page is README.md. Its links are defined here as paths; definitions that come first
//! win, so rustdoc does not use those of the README, which lead to docs.rs. -->
//! [`Builder::memory_limit`]: Builder::memory_limit
//! [`Builder::rate`]: Builder::rate
//! [`Builder::start`]: Builder::start
//! [`Counters::now`]: Counters::now
//! [`Counters`]: Counters
//! [`FOLDED_CRATES`]: FOLDED_CRATES
//! [`ProfAlloc`]: ProfAlloc
//! [`Profiler`]: Profiler
//! [`Snapshot::delta_since`]: Snapshot::delta_since
//! [`Snapshot::export`]: Snapshot::export
//! [`Snapshot::memory`]: Snapshot::memory
//! [`Snapshot::stacks`]: Snapshot::stacks
//! [`Snapshot`]: Snapshot
//! [`from_env`]: from_env
//! [`pprof::Export::keep_allocator_frames`]: pprof::Export::keep_allocator_frames
#![doc = include_str!("../README.md")]
// Items say which feature they need, on docs.rs, which sets this.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(unsafe_code)]

mod address_space;
#[allow(unsafe_code)] // implements `GlobalAlloc`
mod alloc;
mod blocks;
mod builder;
#[allow(unsafe_code)] // asks the system for the time
mod clock;
#[allow(unsafe_code)] // calls the allocator, in `block` alone
mod cost_measurement;
mod counters;
mod env;
mod hook_functions;
#[cfg(feature = "http")]
pub mod http;
mod lifecycle;
#[allow(unsafe_code)] // asks the system for its counts
mod minor_faults;
#[allow(unsafe_code)] // memory from the system
mod pages;
pub mod pprof;
mod process_symbols;
mod profiler;
mod sampler;
#[allow(unsafe_code)] // frees a store when no guard of it exists
mod session;
mod snapshot;
mod store;
mod thread;
#[allow(unsafe_code)] // reads the stack, the loader's tables and those for unwinding
mod unwind;

pub use alloc::ProfAlloc;
pub use builder::{Builder, StartError};
pub use cost_measurement::measure_allocator_costs;
pub use counters::{Counters, is_installed};
pub use env::from_env;
pub use profiler::Profiler;
pub use repool_profile::{AllocatorCosts, CostInterval, FOLDED_CRATES, PairCost, binary};
#[allow(deprecated)]
pub use snapshot::Lives;
pub use snapshot::{
    Frame, Histogram, LivePeak, Memory, Module, Record, Snapshot, Stack, StackLifetimes,
};
pub use unwind::Unwind;
