use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

/// Something that the profile does not tell, or not exactly. In JSON it is a `code` and its `text`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Unknown {
    /// Types: only sizes are seen.
    Types,
    /// What it costs to make an object beside its memory.
    Making,
    /// What libraries in other languages allocate by themselves.
    Foreign,
    /// Figures are estimates from samples, one for so many bytes.
    Sampled(u64),
    /// Stacks have more sizes than are told apart.
    SizesMerged,
    /// The share of the bytes whose stacks are not known.
    NoStack(f64),
    /// The allocator was measured at its best, on one thread.
    AllocatorAtItsBest,
    /// The allocator that was measured is not the profiled program's.
    OtherAllocator,
    /// No allocator was measured.
    NoAllocator,
    /// How many operations it is about.
    Operations,
    /// What became of blocks.
    Lifetimes,
    /// How many were alive at once over several ways: it is estimated from the mean.
    AliveTogether,
}

impl Unknown {
    /// A word for it, which stays the same.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Types => "types",
            Self::Making => "making",
            Self::Foreign => "foreign",
            Self::Sampled(_) => "sampled",
            Self::SizesMerged => "sizes_merged",
            Self::NoStack(_) => "no_stack",
            Self::AllocatorAtItsBest => "allocator_at_its_best",
            Self::OtherAllocator => "other_allocator",
            Self::NoAllocator => "no_allocator",
            Self::Operations => "operations",
            Self::Lifetimes => "lifetimes",
            Self::AliveTogether => "alive_together",
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Types => "types: only sizes are seen, and objects of one size may be of many types",
            Self::Making => {
                "what making an object costs beside its memory: a pool saves that as well"
            }
            Self::Foreign => "memory that C code takes with a malloc of its own",
            Self::Sampled(rate) => {
                return write!(
                    f,
                    "exact figures: they are estimates, from one block in {rate} bytes or so"
                );
            }
            Self::SizesMerged => {
                "all sizes: where a stack has more than 32, the others count with their mean"
            }
            Self::NoStack(share) => {
                return write!(
                    f,
                    "where {:.1} % of the bytes come from: their stacks did not fit or were cut",
                    100.0 * share
                );
            }
            Self::AllocatorAtItsBest => {
                "what threads that compete take: the allocator was timed on one, at its best"
            }
            Self::OtherAllocator => {
                "the profiled program's allocator: this program's was measured in its place"
            }
            Self::NoAllocator => "times: no allocator was measured",
            Self::Operations => "operations: give their number to see what one of them would save",
            Self::Lifetimes => {
                "lifetimes, and so what is alive at once and freed elsewhere: repool-prof's profiles \
                 tell"
            }
            Self::AliveTogether => {
                "how many are alive at once where several ways lead to a site: it is estimated"
            }
        })
    }
}

impl Serialize for Unknown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut unknown = serializer.serialize_struct("Unknown", 2)?;
        unknown.serialize_field("code", self.code())?;
        unknown.serialize_field("text", &self.to_string())?;
        unknown.end()
    }
}
