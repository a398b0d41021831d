//! What a profile says of one function, in any of the formats.

mod dhat;
mod jemalloc;
mod pprof;

use std::path::Path;

use crate::contender::Format;
use crate::place::Place;

/// What was allocated by a function and whatever it calls, as a profile has it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// None where the profile has bytes only.
    pub objects: Option<f64>,
    pub bytes: f64,
}

/// Sums up all that has `place` on its stack. A profile without it is an estimate of nothing.
///
/// # Errors
///
/// A file that is not what its format says.
pub fn read(format: Format, file: &Path, place: &Place) -> Result<Estimate, String> {
    let bytes = std::fs::read(file).map_err(|problem| format!("{}: {problem}", file.display()))?;
    let read = match format {
        Format::Pprof => pprof::read(&bytes, place),
        Format::Jemalloc => jemalloc::read(&bytes, place),
        Format::Dhat => dhat::read(&bytes, place),
    };
    read.map_err(|problem| format!("the profile cannot be read: {problem}"))
}
