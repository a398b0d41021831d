//! [`Site`]: a call site of the advice, with its statistics and recommendations.

use serde::Serialize;

use super::{Amount, Caveat, NoAction, ObjectKind, PeakLive, Recommendation};

/// A call site that allocates memory: its statistics, and what to do about it.
///
/// Blocks that one buffer had while it grew are counted as one *object*.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Site {
    /// The innermost function that is on the stacks of all blocks of the site's objects, and the line
    /// in it. In a dependency, the function that allocates.
    pub location: SourceLocation,
    /// The crate of the function: the package's name for a dependency; `None` if it is not known.
    pub crate_name: Option<String>,
    /// Whether the function is the user's own.
    pub own_code: bool,
    /// The innermost line on the stack that is the user's own; `None` if there is none.
    pub via: Option<SourceLocation>,
    /// Whether only the author of the dependency can follow the recommendations.
    pub author_only: bool,
    /// What the site allocates, as far as the sizes tell.
    pub kind: ObjectKind,
    /// The allocations of the site, and the allocator's time for them.
    pub allocated: Amount,
    /// The fraction of all allocations, from 0 to 1.
    pub share_of_allocations: f64,
    /// The fraction of all bytes, from 0 to 1.
    pub share_of_bytes: f64,
    /// The number of sampled blocks; 0 if the profile does not have it.
    pub samples: u64,
    /// The relative standard error of the statistics, about 1/√samples. 0 if every block was sampled;
    /// `None` if the number of samples is not known.
    pub error: Option<f64>,
    /// The number of objects.
    pub objects: u64,
    /// The number of allocations by which objects grew: calls of `realloc`, or for hash tables the
    /// allocations of larger tables.
    pub growths: u64,
    /// Whether the sizes are those of growing hash tables.
    pub is_table: bool,
    /// The number of blocks that were allocated zeroed; 0 if it is not known.
    pub zeroed: u64,
    /// The fraction of the objects that were freed, from 0 to 1; `None` if it is not known.
    pub churn: Option<f64>,
    /// The median lifetime of blocks, in nanoseconds. The lifetime of a block ends when it grows.
    pub median_lifetime_ns: Option<u64>,
    /// The median of the bytes that a block's thread allocated during the block's lifetime.
    pub median_lifetime_bytes: Option<u64>,
    /// The final sizes of objects, after they have grown.
    pub sizes: Sizes,
    /// The most objects that were live at once, which is the number that a pool would hold. `None` if
    /// it is not known: the profile has no lifetimes, or samples of the site were lost.
    pub peak_live: Option<PeakLive>,
    /// The number of threads that allocate; 16 is 16 or more. `None` if it is not known.
    pub threads: Option<u64>,
    /// The fraction of the objects that another thread freed than allocated them, from 0 to 1.
    pub freed_elsewhere: Option<f64>,
    /// The call paths that lead to the site, by their bytes.
    pub callers: Vec<Caller>,
    /// What to do, the best first. Each recommendation is an alternative to the others. Empty if
    /// there is nothing to do.
    pub recommendations: Vec<Recommendation>,
    /// Why there is nothing to do; `None` if there are recommendations.
    pub no_action: Option<NoAction>,
    /// The statistics that the recommendations are based on, as text.
    pub why: String,
    /// The limits of what is known of this site.
    pub caveats: Vec<Caveat>,
}

/// The distribution of the sizes of objects, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Sizes {
    /// The smallest size.
    pub least: u64,
    /// The median size.
    pub median: u64,
    /// The largest size.
    pub greatest: u64,
}

/// A line of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SourceLocation {
    /// The function's name; its address if it has no name.
    pub function: String,
    /// The path of the source file, if it is known.
    pub file: Option<String>,
    /// The line number, if it is known.
    pub line: Option<u64>,
}

/// A call path that leads to a site.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Caller {
    /// The calls, the innermost first. Omits functions of the standard library, and those between a
    /// library's innermost functions and the first function of the program.
    pub calls: Vec<SourceLocation>,
    /// The number of allocations with this call path.
    pub allocations: u64,
    /// The bytes of these allocations.
    pub bytes: u64,
}
