use serde::Serialize;

/// What can be done about a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A buffer or an object that its one user keeps and uses again: there is never more than one.
    Scratch,
    /// `Pool<T>`: objects of one size.
    Pool,
    /// A `Pool` of collections that keep what they once grew to: `Pool<Vec<_>>`.
    PoolOfBuffers,
    /// `BufPool`: buffers whose sizes differ, each asked for by its length.
    BufPool,
    /// `with_capacity` or `reserve`: the growth is saved, the buffer is not.
    WithCapacity,
}

/// Why there is nothing to do about a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Nothing {
    /// Objects are kept, or too many are alive at once for one to be used again often.
    LongLived,
    /// It allocates too little, or too seldom.
    Rare,
    /// The pool would take as long as the allocator does.
    AllocatorIsAsFast,
    /// Nothing can be said of so few samples.
    TooFewSamples,
    /// The profile does not say what became of blocks.
    NoLifetimes,
    /// Nor does this one, but nearly all that was allocated is not in use any more.
    WorthALook,
    /// It is not known where this was allocated.
    NoStack,
}

/// Sums, before they are told.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Totals {
    pub(super) allocations: f64,
    pub(super) bytes: f64,
    pub(super) ns: Option<f64>,
}

/// Something to do about a site, and what it is expected to save.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// What to do.
    pub kind: Kind,
    /// What that saves. The choices of a site exclude each other, so these do not add up.
    pub saving: Amount,
    /// What it rests on.
    pub why: String,
}

/// What is allocated, or saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Amount {
    /// Allocations, those by `realloc` among them.
    pub allocations: u64,
    /// Bytes.
    pub bytes: u64,
    /// Nanoseconds; `None` if no allocator was measured.
    pub ns: Option<f64>,
    /// The same for one operation, if operations are known.
    pub per_operation: Option<Rates>,
    /// The same for one second, if operations are not known and the duration is.
    pub per_second: Option<Rates>,
}

/// What is allocated or saved in an operation or a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Rates {
    /// Allocations.
    pub allocations: f64,
    /// Bytes.
    pub bytes: f64,
    /// Nanoseconds; `None` if no allocator was measured.
    pub ns: Option<f64>,
}

/// What amounts are divided by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Divisors {
    pub(super) operations: Option<u64>,
    pub(super) seconds: Option<f64>,
}

impl Divisors {
    pub(super) fn amount(&self, totals: &Totals) -> Amount {
        // The sum of nothing is -0.
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
