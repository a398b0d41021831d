//! [`Recommendation`]s, the reasons for [`NoAction`], and the amounts that an action saves.

use serde::Serialize;

/// What to do about a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Keep one object or buffer and reuse it, because at most one is live at a time.
    Scratch,
    /// Use a `Pool<T>`, because all objects have one size.
    Pool,
    /// Use a `Pool` of collections, `Pool<Vec<_>>` for instance, which keep their capacities.
    PoolOfBuffers,
    /// Use a `BufPool`, because the buffers have different sizes, which are known when they are made.
    BufPool,
    /// Use `with_capacity` or `reserve`, which saves the growth of each buffer.
    WithCapacity,
}

/// Why a site has no recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoAction {
    /// The objects are not freed, or so many are live at once that each would be reused too rarely.
    LongLived,
    /// The site has too few allocations.
    Rare,
    /// A pool would take as long as the allocator.
    AllocatorIsAsFast,
    /// The site has too few samples for an estimate.
    TooFewSamples,
    /// The profile has no lifetimes.
    NoLifetimes,
    /// The profile has no lifetimes, but nearly all of the site's objects were freed.
    WorthALook,
    /// The profile has no stack for these allocations.
    NoStack,
}

/// Allocations, bytes and time, before they are divided by operations or seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Totals {
    pub(super) allocations: f64,
    pub(super) bytes: f64,
    /// The allocator's time in nanoseconds; `None` if no allocator was measured.
    pub(super) ns: Option<f64>,
}

/// An action for a site, and what it is expected to save.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Recommendation {
    /// What to do. In JSON, this field is `kind`.
    #[serde(rename = "kind")]
    pub action: Action,
    /// What the action saves. The recommendations of a site are alternatives, so that their savings
    /// do not add up.
    pub saving: Amount,
    /// The reason for this action, or the condition of it, as text.
    pub why: String,
}

/// Allocations, bytes and time, in total and as rates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Amount {
    /// The number of allocations, including calls of `realloc`.
    pub allocations: u64,
    /// The number of bytes.
    pub bytes: u64,
    /// The allocator's time in nanoseconds; `None` if no allocator was measured.
    pub ns: Option<f64>,
    /// The amount for one operation, if the number of operations is known.
    pub per_operation: Option<Rates>,
    /// The amount for one second, if the duration is known and the number of operations is not.
    pub per_second: Option<Rates>,
}

/// Allocations, bytes and time for one operation or one second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Rates {
    /// The number of allocations.
    pub allocations: f64,
    /// The number of bytes.
    pub bytes: f64,
    /// The allocator's time in nanoseconds; `None` if no allocator was measured.
    pub ns: Option<f64>,
}

/// The divisors that turn totals into rates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Divisors {
    pub(super) operations: Option<u64>,
    pub(super) seconds: Option<f64>,
}

impl Divisors {
    /// Totals with their rates.
    pub(super) fn amount(&self, totals: &Totals) -> Amount {
        // An empty sum of floats is -0.0; adding 0.0 makes it 0.0.
        let part = |total: f64, divisor: f64| total / divisor + 0.0;
        let by = |divisor: f64| Rates {
            allocations: part(totals.allocations, divisor),
            bytes: part(totals.bytes, divisor),
            ns: totals.ns.map(|ns| part(ns, divisor)),
        };
        Amount {
            allocations: totals.allocations.round() as u64,
            bytes: totals.bytes.round() as u64,
            ns: totals.ns.map(|ns| part(ns, 1.0)),
            per_operation: self.operations.map(|count| by(count as f64)),
            per_second: self.seconds.map(by),
        }
    }
}
