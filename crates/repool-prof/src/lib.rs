//! Go's heap profile for any Rust program: where it allocates, how much, and what becomes of it.
//!
//! [`ProfAlloc`] wraps the program's global allocator, whichever it is. A [`Profiler`] then takes a
//! sample for each 512 KiB that are allocated, and writes what pprof reads:
//!
//! ```
//! use repool_prof::{ProfAlloc, Profiler};
//!
//! #[global_allocator]
//! static ALLOC: ProfAlloc = ProfAlloc::new(); // or ProfAlloc::with(mimalloc::MiMalloc)
//!
//! # fn serve() { drop(std::hint::black_box(vec![0u8; 1 << 20])) }
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let profile = Profiler::builder().rate(512 * 1024).start()?;
//!     serve();
//! #   let folder = std::env::temp_dir().join(format!("repool-prof-{}", std::process::id()));
//! #   std::fs::create_dir_all(&folder)?;
//! #   std::env::set_current_dir(&folder)?;
//!     profile.snapshot().write_pprof("allocs.pb.gz")?;
//! #   std::fs::remove_dir_all(folder)?;
//!     Ok(())
//! }
//! ```
//!
//! ```sh
//! go tool pprof -top allocs.pb.gz                 # what was allocated; -inuse_space: what is alive
//! go tool pprof -http=: allocs.pb.gz              # flame graphs, and the source with its figures
//! ```
//!
//! speedscope, Pyroscope and Parca read the same file. Nothing has to be added to the build: stacks
//! are unwound by the tables that panics use. With `debug = 1` in `[profile.release]` the profile has
//! inlined functions, files and lines as well; with `"line-tables-only"` too, but inlined functions
//! go by short names.
//!
//! | to … | use |
//! |---|---|
//! | profile without a line of code more | [`from_env`]: `REPOOL_PROFILE=allocs.pb.gz` |
//! | know what happened between two moments | [`Snapshot::delta_since`] |
//! | let `go tool pprof` or a scraper fetch profiles | the feature `http` |
//! | look at the figures in the program | [`Snapshot::stacks`] |
//! | see every frame, or write for speedscope | [`Snapshot::export`] |
//! | count a thread's allocations exactly | [`Counters`] |
//!
//! # What the figures are
//!
//! Estimates, and right in the mean whatever the sizes. Along the bytes that are allocated, samples
//! fall at random, one for each 512 KiB in the mean; a block of `size` bytes is met with the
//! probability 1 - exp(-size / rate), and counts as the inverse of that. What a call site allocated
//! in total is off by about 1/√n, if n of its blocks were sampled: 10 % for 50 MiB, 1 % for 5 GiB.
//! [`Builder::rate`] sets the rate; at 1 every allocation is a sample, and all is exact.
//!
//! A block that grows (`realloc`) counts as freed and allocated anew, at the call that made it grow.
//! Memory that the allocator takes but does not hand out is in no figure.
//!
//! Calls into the allocator, the standard library and collections are folded away where they are
//! innermost, so that the *flat* figures of a profile are those of your functions:
//! [`pprof`] has the list, and [`Export::keep_allocator_frames`](pprof::Export::keep_allocator_frames)
//! keeps them.
//!
//! # What it costs
//!
//! While it runs, 14 instructions for a block that is allocated and freed (a nanosecond or less), and
//! about a microsecond for a sample. No lock is taken and nothing is allocated on the way, in signal handlers,
//! in thread-locals' destructors or a forked child neither. Memory is [bounded](Builder::memory_limit)
//! and [shown](Snapshot::memory). Where no profiler runs, the same instructions are left, so that
//! the wrapper may stay in a release build.
//!
//! A sample takes some 4 KiB of the thread's stack, so that threads with 16 KiB are no trouble; in a
//! build without any optimisation it takes 12, which is too much for those. `[profile.dev.package.
//! repool-prof]` with `opt-level = 1` helps.
//!
//! # Exact counters
//!
//! [`Counters::now`] reads what the calling thread has allocated, and the difference of two readings
//! is what happened in between, to the byte; they need no profiler:
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
//! Every call is counted on the thread that makes it: a block that is allocated on one thread and
//! freed on another adds to `allocations` of the first and to `frees` of the second.
//!
//! # Where it runs
//!
//! The profiler needs Linux on x86-64 and glibc 2.35 or later; elsewhere [`Builder::start`] says that
//! it does not run, and the allocator and its counters work all the same.

#![deny(unsafe_code)]

#[allow(unsafe_code)] // implements `GlobalAlloc`
mod alloc;
mod blocks;
mod builder;
#[allow(unsafe_code)] // asks the system for the time
mod clock;
mod costs;
mod counters;
mod env;
#[cfg(feature = "http")]
pub mod http;
mod life;
#[allow(unsafe_code)] // memory from the system
mod pages;
pub mod pprof;
mod profiler;
mod room;
mod sampler;
#[allow(unsafe_code)] // frees a store when nobody is in it any more
mod session;
mod snapshot;
mod store;
#[allow(unsafe_code)] // maps files; within it, in `mapping` alone
mod symbols;
mod thread;
#[allow(unsafe_code)] // reads the stack, the loader's tables and those for unwinding
mod unwind;

pub use alloc::ProfAlloc;
pub use builder::{Builder, StartError};
pub use costs::{AllocatorCosts, PairCost};
pub use counters::{Counters, is_installed};
pub use env::from_env;
pub use profiler::Profiler;
pub use snapshot::{Frame, Histogram, Lives, Memory, Module, Record, Snapshot, Stack};
pub use symbols::FOLDED_CRATES;
pub use unwind::Unwind;
