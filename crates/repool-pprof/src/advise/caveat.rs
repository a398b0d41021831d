//! [`Caveat`]: limits of an advice.

use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

/// A limit of an advice: what the profile does not have, or what is an estimate.
///
/// `Display` prints a sentence. In JSON, it is an object with the fields `code` and `text`.
///
/// # Examples
///
/// ```
/// use repool_pprof::advise::Caveat;
///
/// assert_eq!(Caveat::Operations.code(), "operations");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Caveat {
    /// The types of objects are not known, only their sizes.
    Types,
    /// Times do not include the construction of objects.
    Construction,
    /// Allocations of other languages that do not use Rust's global allocator are not included.
    Foreign,
    /// Values are estimates from samples, one for this many bytes on average.
    Sampled(u64),
    /// Some stacks have more sizes than the profile records separately.
    SizesMerged,
    /// This fraction of the bytes, from 0 to 1, has no stack.
    NoStack(f64),
    /// The allocator was measured on one thread, without contention.
    UncontendedAllocator,
    /// The measured allocator is not the profiled program's.
    OtherAllocator,
    /// No allocator was measured.
    NoAllocator,
    /// The number of operations is not known.
    Operations,
    /// The profile has no lifetimes.
    Lifetimes,
    /// The peak of live objects is known within bounds only.
    PeakLiveEstimated,
    /// The profiler could not follow this many sampled blocks until their free.
    SamplesLost(u64),
    /// Times are intervals of measured costs.
    CostRange,
    /// Times are half to twice a single measured cost.
    SingleCosts,
}

impl Caveat {
    /// A code for programs, which does not change between versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Types => "types",
            Self::Construction => "making",
            Self::Foreign => "foreign",
            Self::Sampled(_) => "sampled",
            Self::SizesMerged => "sizes_merged",
            Self::NoStack(_) => "no_stack",
            Self::UncontendedAllocator => "allocator_at_its_best",
            Self::OtherAllocator => "other_allocator",
            Self::NoAllocator => "no_allocator",
            Self::Operations => "operations",
            Self::Lifetimes => "lifetimes",
            Self::PeakLiveEstimated => "alive_together",
            Self::SamplesLost(_) => "samples_lost",
            Self::CostRange => "cost_range",
            Self::SingleCosts => "single_costs",
        }
    }
}

impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Types => "types are not known, only sizes; objects of one size may have several types",
            Self::Construction => {
                "times do not include the construction of objects, which a pool saves too"
            }
            Self::Foreign => "memory that C code allocates by its own malloc is not included",
            Self::Sampled(rate) => {
                return write!(
                    f,
                    "values are estimates from samples, one for {rate} bytes on average"
                );
            }
            Self::SizesMerged => {
                "some stacks have more than 32 sizes; further sizes count with their mean"
            }
            Self::NoStack(share) => {
                return write!(
                    f,
                    "{:.1} % of the bytes have no stack, because the stack was cut or the profiler's \
                     memory was full",
                    100.0 * share
                );
            }
            Self::UncontendedAllocator => {
                "times are without contention: the allocator was measured on one thread"
            }
            Self::OtherAllocator => {
                "times are of this program's allocator, not of the profiled program's"
            }
            Self::NoAllocator => "times are not known, because no allocator was measured",
            Self::Operations => {
                "the number of operations is not known; with it, savings are given for one operation"
            }
            Self::Lifetimes => {
                "lifetimes are not known, and so neither peaks of live objects nor frees on other \
                 threads; profiles of repool-prof have them"
            }
            Self::PeakLiveEstimated => {
                "the peak of live objects is known within bounds only; a pool holds the lower one or more"
            }
            Self::SamplesLost(1) => {
                "1 sampled block was lost, because the profiler's memory was full: its site has no \
                 verdict; profile with a larger rate number, or with a higher memory limit"
            }
            Self::SamplesLost(count) => {
                return write!(
                    f,
                    "{count} sampled blocks were lost, because the profiler's memory was full: their \
                     sites have no verdict; profile with a larger rate number, or with a higher memory \
                     limit"
                );
            }
            Self::CostRange => {
                "a time is an interval: from the allocator's cost for a block that is reused at once to \
                 that for many blocks at once, with the page faults that the program had"
            }
            Self::SingleCosts => {
                "a time is an interval: half to twice the allocator's cost, which was measured once for \
                 each size, without page faults"
            }
        })
    }
}

impl Serialize for Caveat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut caveat = serializer.serialize_struct("Caveat", 2)?;
        caveat.serialize_field("code", self.code())?;
        caveat.serialize_field("text", &self.to_string())?;
        caveat.end()
    }
}
