//! [`Amount`]s of allocations, bytes and time, and the divisors that make them rates.

use super::NsInterval;

/// Allocations, bytes and time, before they are divided by operations or seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Totals {
    pub(super) allocations: f64,
    pub(super) bytes: f64,
    /// The time in nanoseconds; `None` if no allocator was measured. The interval may include 0.
    pub(super) ns: Option<NsInterval>,
}

impl Totals {
    /// Nothing, in a time of 0.
    pub(super) fn zero() -> Self {
        Self {
            ns: Some(NsInterval::default()),
            ..Self::default()
        }
    }

    /// Adds another amount. Times are added if both are known.
    pub(super) fn add(&mut self, other: &Self) {
        self.allocations += other.allocations;
        self.bytes += other.bytes;
        self.ns = self.ns.zip(other.ns).map(|(one, other)| one + other);
    }

    /// A fraction of this amount.
    pub(super) fn share(&self, share: f64) -> Self {
        Self {
            allocations: self.allocations * share,
            bytes: self.bytes * share,
            ns: self.ns.map(|ns| ns.times(share)),
        }
    }

    /// The best single figure of the time; 0 if it is not known.
    pub(super) fn best_ns(&self) -> f64 {
        self.ns.map_or(0.0, |ns| ns.ns)
    }
}

/// Allocations, bytes and time, in total and as rates.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Amount {
    /// The number of allocations, including calls of `realloc`.
    pub allocations: u64,
    /// The number of bytes.
    pub bytes: u64,
    /// The allocator's time. `None` if it is not known: no allocator was measured, or the interval
    /// includes 0.
    pub ns: Option<NsInterval>,
    /// The amount for one operation, if the number of operations is known.
    pub per_operation: Option<Rates>,
    /// The amount for one second, if the duration is known and the number of operations is not.
    pub per_second: Option<Rates>,
}

/// Allocations, bytes and time for one operation or one second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Rates {
    /// The number of allocations.
    pub allocations: f64,
    /// The number of bytes.
    pub bytes: f64,
    /// The allocator's time; `None` if it is not known.
    pub ns: Option<NsInterval>,
}

impl Amount {
    /// The figures that are shown: for one operation or one second if these are known, else in
    /// total.
    pub(super) fn shown(&self) -> Rates {
        let total = || Rates {
            allocations: self.allocations as f64,
            bytes: self.bytes as f64,
            ns: self.ns,
        };
        self.per_operation.or(self.per_second).unwrap_or_else(total)
    }
}

/// The divisors that turn totals into rates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Divisors {
    pub(super) operations: Option<u64>,
    pub(super) seconds: Option<f64>,
}

impl Divisors {
    /// Totals with their rates. A time whose interval includes 0 is not known.
    pub(super) fn amount(&self, totals: &Totals) -> Amount {
        // An empty sum of floats is -0.0; adding 0.0 makes it 0.0.
        let part = |total: f64, divisor: f64| total / divisor + 0.0;
        let ns = totals.ns.filter(|ns| ns.is_known());
        let by = |divisor: f64| Rates {
            allocations: part(totals.allocations, divisor),
            bytes: part(totals.bytes, divisor),
            ns: ns.map(|ns| ns.times(1.0 / divisor)),
        };
        Amount {
            allocations: totals.allocations.round() as u64,
            bytes: totals.bytes.round() as u64,
            ns,
            per_operation: self.operations.map(|count| by(count as f64)),
            per_second: self.seconds.map(by),
        }
    }

    /// What the shown figures are divided by: see [`Amount::shown`].
    pub(super) fn shown(&self) -> f64 {
        let operations = self.operations.map(|count| count as f64);
        operations.or(self.seconds).unwrap_or(1.0)
    }
}
