//! The messages of the allocator's costs, which are not part of the format: see
//! [`crate::AllocatorCosts`].

use prost::Message;

use crate::{cost_interval, costs};

/// The cost of one allocation and free of a size: see [`crate::PairCost`].
#[derive(Clone, Copy, PartialEq, Message)]
pub struct PairCost {
    /// Bytes of the block.
    #[prost(uint64, tag = "1")]
    pub size: u64,
    /// Nanoseconds for a fresh block, less those for one that is kept.
    #[prost(double, tag = "2")]
    pub fresh_ns: f64,
    /// Additional nanoseconds if a block of half the size grows to this size.
    #[prost(double, tag = "3")]
    pub grown_ns: f64,
    /// Nanoseconds of an allocation, of memory that was freed shortly before.
    #[prost(message, optional, tag = "4")]
    pub alloc: Option<CostInterval>,
    /// Nanoseconds of the free of such a block.
    #[prost(message, optional, tag = "5")]
    pub free: Option<CostInterval>,
    /// The interval of `fresh_ns`.
    #[prost(message, optional, tag = "6")]
    pub pair: Option<CostInterval>,
    /// As `pair`, for many blocks that are in use at once.
    #[prost(message, optional, tag = "7")]
    pub cold: Option<CostInterval>,
    /// The interval of `grown_ns`.
    #[prost(message, optional, tag = "8")]
    pub grown: Option<CostInterval>,
    /// Nanoseconds to allocate a zeroed block and to free it.
    #[prost(message, optional, tag = "9")]
    pub zeroed: Option<CostInterval>,
    /// Mean minor faults of a fresh block that is written as a whole and is the last of the heap.
    #[prost(double, tag = "10")]
    pub faults: f64,
    /// As `faults`, of a block allocated by `alloc_zeroed`. `None` in profiles of older versions.
    #[prost(double, optional, tag = "11")]
    pub zeroed_faults: Option<f64>,
}

/// A measured time in nanoseconds, with the interval in which most measurements were.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct CostInterval {
    /// The lower end, more than 0.
    #[prost(double, tag = "1")]
    pub low: f64,
    /// The median.
    #[prost(double, tag = "2")]
    pub median: f64,
    /// The upper end.
    #[prost(double, tag = "3")]
    pub high: f64,
}

impl From<PairCost> for costs::PairCost {
    fn from(message: PairCost) -> Self {
        Self {
            size: message.size,
            fresh_ns: message.fresh_ns,
            grown_ns: message.grown_ns,
            alloc: message.alloc.and_then(CostInterval::checked),
            free: message.free.and_then(CostInterval::checked),
            pair: message.pair.and_then(CostInterval::checked),
            cold: message.cold.and_then(CostInterval::checked),
            grown: message.grown.and_then(CostInterval::checked),
            zeroed: message.zeroed.and_then(CostInterval::checked),
            faults: message.faults,
            zeroed_faults: message.zeroed_faults.unwrap_or(message.faults),
        }
    }
}

impl From<costs::PairCost> for PairCost {
    fn from(cost: costs::PairCost) -> Self {
        Self {
            size: cost.size,
            fresh_ns: cost.fresh_ns,
            grown_ns: cost.grown_ns,
            alloc: cost.alloc.map(Into::into),
            free: cost.free.map(Into::into),
            pair: cost.pair.map(Into::into),
            cold: cost.cold.map(Into::into),
            grown: cost.grown.map(Into::into),
            zeroed: cost.zeroed.map(Into::into),
            faults: cost.faults,
            zeroed_faults: Some(cost.zeroed_faults),
        }
    }
}

impl CostInterval {
    /// The interval as plain data; `None` if it is none, because an end is not above 0.
    #[must_use]
    pub fn checked(self) -> Option<cost_interval::CostInterval> {
        cost_interval::CostInterval::new(self.low, self.median, self.high)
    }
}

impl From<cost_interval::CostInterval> for CostInterval {
    fn from(cost: cost_interval::CostInterval) -> Self {
        Self {
            low: cost.low,
            median: cost.median,
            high: cost.high,
        }
    }
}
