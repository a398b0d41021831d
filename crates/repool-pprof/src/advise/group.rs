//! [`Group`]: a line of the user's code with the sites that it leads to.

use super::{Amount, SourceLocation};

/// A line of the user's code: the innermost on the stacks of its sites that is neither of the standard
/// library nor of a dependency.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Group {
    /// The function and line. If no function on the stack is the user's, the site itself.
    pub location: SourceLocation,
    /// The text of the line; `None` unless [`AdviseSettings::sources`](super::AdviseSettings::sources)
    /// is set and the file can be read.
    pub source: Option<String>,
    /// The indices of the sites in [`Advice::sites`](super::Advice::sites), the best first.
    pub sites: Vec<usize>,
    /// The allocations of all sites, and the allocator's time for them.
    pub allocated: Amount,
    /// The sum of what the first recommendation of each site saves, of those that the user can change.
    pub saves: Amount,
    /// Whether only the author of a dependency can follow the recommendations.
    pub author_only: bool,
}
