use serde::Serialize;

use super::{Amount, Choice, Nothing};

/// A place in the program where memory is allocated, what becomes of it, and what to do.
///
/// Blocks that grow out of others are put together with those: an *object* is a buffer with all
/// the blocks that it ever had.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Site {
    /// Where: the innermost function that sees the object from beginning to end.
    pub place: Place,
    /// What is allocated there, and the allocator's time for it.
    pub allocated: Amount,
    /// The share of all allocations, from 0 to 1.
    pub share_of_allocations: f64,
    /// The share of all bytes, from 0 to 1.
    pub share_of_bytes: f64,
    /// Sampled blocks that these figures rest on; 0 where the profile does not say.
    pub samples: u64,
    /// By how much of themselves the figures are off, about: 1/√samples; 0 if every block was a
    /// sample, `None` where the number of samples is not known.
    pub error: Option<f64>,
    /// Objects.
    pub objects: u64,
    /// Allocations by `realloc`, as buffers grew. For hash tables: the new tables as they grew.
    pub growths: u64,
    /// Whether these look like hash tables that grow.
    pub is_table: bool,
    /// The share of the objects that were freed, from 0 to 1; `None` where the profile does not say.
    pub churn: Option<f64>,
    /// Nanoseconds that half of the blocks live less than. A block's life ends where it grows.
    pub median_lifetime_ns: Option<u64>,
    /// Bytes that the thread has allocated until then.
    pub median_lifetime_bytes: Option<u64>,
    /// Bytes of the objects, when they have grown.
    pub sizes: Sizes,
    /// The most objects alive at once, and so what a pool would hold; `None` where the profile
    /// does not say.
    pub most_alive: Option<u64>,
    /// The share of the objects freed on another thread, from 0 to 1.
    pub freed_elsewhere: Option<f64>,
    /// Who allocates there: the heaviest first.
    pub callers: Vec<Caller>,
    /// What to do, the best first: each is instead of the others. Empty if there is nothing to do.
    pub choices: Vec<Choice>,
    /// Why there is nothing to do.
    pub nothing: Option<Nothing>,
    /// The figures that this rests on, in words.
    pub why: String,
}

/// The sizes of objects in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// The smallest.
    pub least: u64,
    /// Half have this size or less.
    pub median: u64,
    /// The largest.
    pub greatest: u64,
}

/// A place in the program's source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The function; its address where it has no name.
    pub function: String,
    /// The path of its file, if that is known.
    pub file: Option<String>,
    /// The line, if it is known.
    pub line: Option<u64>,
}

/// A way that leads to a site.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Caller {
    /// The calls, the innermost first. Those of the standard library are left out, and those
    /// between a library's and the first of the program's own.
    pub calls: Vec<Place>,
    /// Allocations that came this way.
    pub allocations: u64,
    /// Their bytes.
    pub bytes: u64,
}
