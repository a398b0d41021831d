//! [`Recommendation`]s, and the reasons for [`NoAction`].

use serde::Serialize;

use super::Amount;

/// An action for a site, and what it is expected to save.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recommendation {
    /// What to do.
    pub action: super::Action,
    /// What the action saves. The recommendations of a site are alternatives, so that their savings
    /// do not add up.
    pub saves: Amount,
    /// The reason for this action, or the condition of it, as text.
    pub reason: String,
}

/// Why there is nothing to do at a site, or nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoAction {
    /// The objects are not freed, or so many are live at once that each would be reused too rarely.
    LongLived,
    /// More than 5 % of the objects are kept until the end, so that a pool would lose them.
    KeptForGood,
    /// The site has too few allocations.
    Rare,
    /// A pool would take as long as the allocator.
    AllocatorIsAsFast,
    /// The blocks are zeroed pages of the system, which a pool would have to clear itself.
    ZeroedBySystem,
    /// The blocks are headers that `bytes` allocates to share a buffer, which is made at another site.
    SharedHeader,
    /// The site has too few samples for an estimate.
    TooFewSamples,
    /// The profiler lost samples of the site, so that its lifetimes are not known.
    SamplesLost,
    /// The profile has no lifetimes.
    NoLifetimes,
    /// The profile has no lifetimes, but nearly all of the site's objects were freed.
    WorthALook,
    /// The profile has no stack for these allocations.
    NoStack,
}
