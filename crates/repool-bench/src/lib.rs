//! Benchmarks that measure what an operation costs in time *and* in memory, in the
//! format of Go's `testing` package, which `benchstat` and many other tools
//! read:
//!
//! ```text
//! goos: linux
//! goarch: amd64
//! pkg: repool-bench
//! cpu: Intel(R) Xeon(R) Processor
//! Benchmarkline/fresh-2      5098330     23.06 ns/op      24 B/op     2 allocs/op
//! BenchmarkReserved/16-2    16607437      7.180 ns/op     16 B/op     1 allocs/op
//! ```
//!
//! # A benchmark target
//!
//! In `Cargo.toml`:
//!
//! ```toml
//! [[bench]]
//! name = "lines"
//! harness = false
//! ```
//!
//! and in `benches/lines.rs`:
//!
//! ```no_run
//! use repool_bench::Bench;
//! use repool_prof::ProfAlloc;
//!
//! // Counts allocations; without it only times are printed.
//! #[global_allocator]
//! static ALLOC: ProfAlloc = ProfAlloc::new();
//!
//! fn main() {
//!     let mut bench = Bench::new();
//!     bench.bench("Boxed", || Box::new(1));
//!     bench.bench_with("Zeroed", [64, 1024], |size| vec![0u8; *size]);
//! }
//! ```
//!
//! `cargo bench` measures, `cargo test --benches` runs every body once as a
//! check, and the executable can be started by hand; [`Bench::new`] lists its
//! arguments and its exit codes. Name the target when you pass some, as in
//! `cargo bench --bench lines -- --time 0.5`: without it cargo passes them to
//! the package's unit tests too, which do not know them.
//!
//! # What is measured
//!
//! A body is run in a loop long enough to fill the time asked for, and the
//! figures are the loop's divided by its iterations. The body's result goes
//! through [`black_box`](std::hint::black_box) and is dropped inside the loop.
//! B/op and allocs/op are exact: they count the allocations of the measuring
//! thread between the loop's start and end, and the harness itself makes none
//! there. Work that a body gives to other threads adds to ns/op if the body
//! waits for it, and never to the counts.
//!
//! # Where it allocates
//!
//! `--memprofile allocs.pb.gz` also writes a profile of the measured loops' allocations, by call
//! stack, for `go tool pprof`. It contains the allocations of all threads during those loops. It does
//! not contain a benchmark's preparation, nor the runs that determine how long a loop must be. It
//! needs [`ProfAlloc`](repool_prof::ProfAlloc) as the global allocator.
//!
//! Each result then takes one run more. The harness knows only after a run whether that run counts,
//! so it repeats the run with the profiler on, and reports the repetition. Its ns/op include the cost
//! of sampling, so compare times without `--memprofile`; B/op and allocs/op are the same.
//!
//! # Comparing runs
//!
//! [`compare`] shows results of two runs or more side by side, as `benchstat` does: medians with
//! their intervals, significant differences, and regressions.
//!
//! # As a library
//!
//! [`Runner`] measures and returns each result as a [`Record`], without
//! printing; [`format`](mod@format) turns records into text, [`Report`] into
//! JSON.

#![forbid(unsafe_code)]

mod args;
mod bench;
pub mod compare;
mod config;
mod failure;
pub mod format;
mod group;
mod launch;
mod libtest;
mod machine;
mod memprofile;
mod name;
mod output;
mod printer;
mod record;
mod run;
mod runner;

pub use args::{ArgError, parse_count, parse_seconds};
pub use bench::Bench;
pub use config::{Config, Mode};
pub use failure::Failure;
pub use group::Group;
pub use machine::Machine;
pub use record::{Record, Report};
pub use run::Run;
pub use runner::{Runner, Step};
