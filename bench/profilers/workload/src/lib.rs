//! The workload that every contender's program runs, whatever its allocator and profiler.
//!
//! Each contender is a separate program, because a program has one global allocator. Its arguments select
//! the work:
//!
//! - `time PAIRS THREADS SEED`: prints the nanoseconds that the pairs took;
//! - `site NAME SCALE SEED FILE`: does the allocations of one call site, prints the site's function
//!   and address and the true figures, and writes the profile.
//!
//! SEED is a number, or `off` to run without the profiler.

mod pairs;
mod sites;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The mean bytes between samples, of every profiler: 512 KiB.
pub const RATE: u64 = 512 * 1024;

/// Any error.
pub type BoxError = Box<dyn Error>;

/// The options of a profiler's start.
pub struct StartOptions {
    /// The seed of the sampling, for profilers that accept one.
    pub seed: u64,
    /// The profile's path, for profilers that need it at their start.
    pub path: PathBuf,
}

/// A heap profiler.
pub trait HeapProfiler {
    /// The running profiler.
    type Running;

    /// Starts the profiler.
    ///
    /// # Errors
    ///
    /// The profiler's error.
    fn start(options: &StartOptions) -> Result<Self::Running, BoxError>;

    /// Writes the profile.
    ///
    /// # Errors
    ///
    /// The profiler's error.
    fn write(running: Self::Running, path: &Path) -> Result<(), BoxError>;
}

/// No profiler.
pub struct Plain;

impl HeapProfiler for Plain {
    type Running = ();

    fn start(_: &StartOptions) -> Result<(), BoxError> {
        Ok(())
    }

    fn write((): (), _: &Path) -> Result<(), BoxError> {
        Err("there is no profiler".into())
    }
}

/// Runs the work that the arguments select.
#[must_use]
pub fn main<T: HeapProfiler>() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["time", pairs, threads, seed] => time::<T>(pairs, threads, seed),
        ["site", name, scale, seed, file] => site::<T>(name, scale, seed, file),
        _ => Err("give time PAIRS THREADS SEED, or site NAME SCALE SEED FILE".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// Starts the profiler, unless `seed` is `off`.
fn start<T: HeapProfiler>(seed: &str, file: &str) -> Result<Option<T::Running>, BoxError> {
    if seed == "off" {
        return Ok(None);
    }
    let (seed, path) = (seed.parse()?, file.into());
    T::start(&StartOptions { seed, path }).map(Some)
}

fn time<T: HeapProfiler>(pairs: &str, threads: &str, seed: &str) -> Result<(), BoxError> {
    let (pairs, threads) = (pairs.parse()?, threads.parse()?);
    let running = start::<T>(seed, "/dev/null")?;
    println!("{}", pairs::time(pairs, threads).as_nanos());
    // Not dropped, because some profilers write their profile then.
    std::mem::forget(running);
    Ok(())
}

fn site<T: HeapProfiler>(name: &str, scale: &str, seed: &str, file: &str) -> Result<(), BoxError> {
    let scale = scale.parse()?;
    let site = sites::Site::find(name).ok_or("no such site")?;
    let running = start::<T>(seed, file)?.ok_or("SEED must be a number to write a profile")?;
    let truth = site.run(scale);
    T::write(running, Path::new(file))?;
    println!(
        "{} {:#x} {} {}",
        site.function,
        site.address(),
        truth.objects,
        truth.bytes
    );
    Ok(())
}
