//! What the tests of several crates share: processes, threads, allocators, files and counted objects.
//!
//! A dev-dependency without a version, so it is not published: cargo leaves it out of the other crates'
//! packages. Functions panic if the system refuses what a test needs, unless they say otherwise.

pub mod affinity;
#[cfg(unix)]
pub mod cases;
pub mod data;
pub mod done;
#[cfg(unix)]
pub mod fork;
pub mod listing;
#[cfg(target_os = "linux")]
pub mod namespace;
pub mod pressure_file;
pub mod random;
#[cfg(unix)]
pub mod recorder;
pub mod rerun;
pub mod scratch;
#[cfg(target_os = "linux")]
pub mod seccomp;
#[cfg(target_os = "linux")]
pub mod statm;
#[cfg(feature = "profiler")]
pub mod totals;
pub mod tracked;
pub mod unsupported;
