//! What every contender runs: the same code, around whatever its allocator and profiler are.
//!
//! A contender is a program of its own, for a program has one allocator. It is told what to do by
//! its arguments, which the runner gives it:
//!
//! - `time PAIRS THREADS SEED`: prints the nanoseconds that the pairs took;
//! - `site NAME SCALE SEED FILE`: does the allocations of one call site, prints where that is and
//!   what it truly allocated, and writes the profile.
//!
//! SEED is a number, or `off` to leave the profiler out.

mod pairs;
mod sites;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Mean bytes between samples, for all.
pub const RATE: u64 = 512 * 1024;

/// Whatever went wrong.
pub type Problem = Box<dyn Error>;

/// What a profiler is told before it starts.
pub struct Wish {
    /// For its sequence of samples, if it can be told.
    pub seed: u64,
    /// Where its profile is to go, if it wants to know so early.
    pub path: PathBuf,
}

/// A heap profiler.
pub trait Tool {
    /// What it is while it runs.
    type Running;

    /// Starts it.
    ///
    /// # Errors
    ///
    /// What it says.
    fn start(wish: &Wish) -> Result<Self::Running, Problem>;

    /// Writes its profile.
    ///
    /// # Errors
    ///
    /// What it says.
    fn write(running: Self::Running, path: &Path) -> Result<(), Problem>;
}

/// No profiler at all.
pub struct Plain;

impl Tool for Plain {
    type Running = ();

    fn start(_: &Wish) -> Result<(), Problem> {
        Ok(())
    }

    fn write((): (), _: &Path) -> Result<(), Problem> {
        Err("it has no profile".into())
    }
}

/// Does what the arguments say.
#[must_use]
pub fn main<T: Tool>() -> ExitCode {
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

/// Starts the profiler, unless it is to be off.
fn start<T: Tool>(seed: &str, file: &str) -> Result<Option<T::Running>, Problem> {
    if seed == "off" {
        return Ok(None);
    }
    let (seed, path) = (seed.parse()?, file.into());
    T::start(&Wish { seed, path }).map(Some)
}

fn time<T: Tool>(pairs: &str, threads: &str, seed: &str) -> Result<(), Problem> {
    let (pairs, threads) = (pairs.parse()?, threads.parse()?);
    let running = start::<T>(seed, "/dev/null")?;
    println!("{}", pairs::time(pairs, threads).as_nanos());
    // Some write a profile when they are dropped, which is not asked for here.
    std::mem::forget(running);
    Ok(())
}

fn site<T: Tool>(name: &str, scale: &str, seed: &str, file: &str) -> Result<(), Problem> {
    let scale = scale.parse()?;
    let site = sites::Site::find(name).ok_or("no such site")?;
    let running = start::<T>(seed, file)?.ok_or("only a profiler that runs has a profile")?;
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
