//! [`Prefix`]: the innermost frames of a stack, which other stacks may share.

use super::LivePeak;

/// A prefix of a stack as the store counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prefix {
    /// The prefix's node in the store.
    pub(crate) key: u32,
    pub(crate) peak: LivePeak,
}
