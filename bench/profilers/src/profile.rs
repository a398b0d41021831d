//! Reads the estimate of one function from a profile in any of the formats.

mod dhat;
mod jemalloc;
mod pprof;

use std::path::Path;

use crate::contender::Format;
use crate::known_function::KnownFunction;

/// A profile's estimate of the allocations of a function and its callees.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The number of objects; `None` if the profile has bytes only.
    pub objects: Option<f64>,
    pub bytes: f64,
}

/// Sums all samples with the known function on their stack; 0 if there is none.
///
/// # Errors
///
/// If the file cannot be read or is not of the format.
pub fn read(format: Format, file: &Path, known: &KnownFunction) -> Result<Estimate, String> {
    let bytes = std::fs::read(file).map_err(|problem| format!("{}: {problem}", file.display()))?;
    let read = match format {
        Format::Pprof => pprof::read(&bytes, known),
        Format::Jemalloc => jemalloc::read(&bytes, known),
        Format::Dhat => dhat::read(&bytes, known),
    };
    read.map_err(|problem| format!("the profile cannot be read: {problem}"))
}
