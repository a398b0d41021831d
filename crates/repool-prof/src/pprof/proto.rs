//! The messages of `profile.proto`, and [`Lifetimes`], which is ours.
//!
//! Names, numbers and types are those of the format. Text is kept once, in
//! [`Profile::string_table`]; what is an `i64` and called a name here is a place in that table.
//! Mappings, locations and functions are referred to by their ids, which are 1, 2, 3… in the order
//! in which they are listed; 0 is none.
//!
//! ```
//! use prost::Message;
//! use repool_prof::pprof::proto::{Profile, ValueType};
//!
//! let profile = Profile {
//!     string_table: vec![String::new(), "space".into(), "bytes".into()],
//!     period_type: Some(ValueType { r#type: 1, unit: 2 }),
//!     period: 512 * 1024,
//!     ..Profile::default()
//! };
//! let bytes = profile.encode_to_vec();
//! assert_eq!(Profile::decode(&*bytes), Ok(profile));
//! ```

use prost::Message;

use crate::costs::{self, AllocatorCosts};

/// A whole profile.
#[derive(Clone, PartialEq, Message)]
pub struct Profile {
    /// What the values of each sample are, in order.
    #[prost(message, repeated, tag = "1")]
    pub sample_type: Vec<ValueType>,
    /// The stacks and their values.
    #[prost(message, repeated, tag = "2")]
    pub sample: Vec<Sample>,
    /// The files that code came from; the program is the first.
    #[prost(message, repeated, tag = "3")]
    pub mapping: Vec<Mapping>,
    /// Every instruction in a stack.
    #[prost(message, repeated, tag = "4")]
    pub location: Vec<Location>,
    /// Every function of a location.
    #[prost(message, repeated, tag = "5")]
    pub function: Vec<Function>,
    /// All text; the first is empty.
    #[prost(string, repeated, tag = "6")]
    pub string_table: Vec<String>,
    /// A regular expression: frames that readers are to leave out.
    #[prost(int64, tag = "7")]
    pub drop_frames: i64,
    /// A regular expression: frames that readers are to keep though `drop_frames` matches.
    #[prost(int64, tag = "8")]
    pub keep_frames: i64,
    /// When it was taken, in nanoseconds since 1970 (UTC).
    #[prost(int64, tag = "9")]
    pub time_nanos: i64,
    /// How long a time it is about, in nanoseconds.
    #[prost(int64, tag = "10")]
    pub duration_nanos: i64,
    /// What `period` is.
    #[prost(message, optional, tag = "11")]
    pub period_type: Option<ValueType>,
    /// How much lies between two samples that were taken, in the mean.
    #[prost(int64, tag = "12")]
    pub period: i64,
    /// Remarks.
    #[prost(int64, repeated, tag = "13")]
    pub comment: Vec<i64>,
    /// The sample type that is shown first; the last of them where this is empty.
    #[prost(int64, tag = "14")]
    pub default_sample_type: i64,
    /// Where the profile is explained.
    #[prost(int64, tag = "15")]
    pub doc_url: i64,
    /// What became of the sampled blocks; not part of the format. Files carry it as [text](super::extra).
    #[prost(message, optional, tag = "1000")]
    pub lifetimes: Option<Lifetimes>,
}

/// What a number is.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct ValueType {
    /// What was counted.
    #[prost(int64, tag = "1")]
    pub r#type: i64,
    /// In which unit.
    #[prost(int64, tag = "2")]
    pub unit: i64,
}

/// A stack and its values.
#[derive(Clone, PartialEq, Message)]
pub struct Sample {
    /// Ids of locations, the innermost first.
    #[prost(uint64, repeated, tag = "1")]
    pub location_id: Vec<u64>,
    /// One for each sample type.
    #[prost(int64, repeated, tag = "2")]
    pub value: Vec<i64>,
    /// What else is known.
    #[prost(message, repeated, tag = "3")]
    pub label: Vec<Label>,
}

/// A remark about a sample: text, or a number with its unit.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Label {
    /// Its name.
    #[prost(int64, tag = "1")]
    pub key: i64,
    /// The text.
    #[prost(int64, tag = "2")]
    pub str: i64,
    /// The number.
    #[prost(int64, tag = "3")]
    pub num: i64,
    /// The number's unit.
    #[prost(int64, tag = "4")]
    pub num_unit: i64,
}

/// A file that code came from.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Mapping {
    /// From 1 on.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// The address of its first byte.
    #[prost(uint64, tag = "2")]
    pub memory_start: u64,
    /// The address after its last byte.
    #[prost(uint64, tag = "3")]
    pub memory_limit: u64,
    /// Which byte of the file is at `memory_start`.
    #[prost(uint64, tag = "4")]
    pub file_offset: u64,
    /// The file's path.
    #[prost(int64, tag = "5")]
    pub filename: i64,
    /// The linker's build id, in hexadecimal.
    #[prost(int64, tag = "6")]
    pub build_id: i64,
    /// Whether locations have functions, so that no reader looks for them.
    #[prost(bool, tag = "7")]
    pub has_functions: bool,
    /// Whether functions have files.
    #[prost(bool, tag = "8")]
    pub has_filenames: bool,
    /// Whether lines have numbers.
    #[prost(bool, tag = "9")]
    pub has_line_numbers: bool,
    /// Whether locations have their inlined functions.
    #[prost(bool, tag = "10")]
    pub has_inline_frames: bool,
}

/// An instruction.
#[derive(Clone, PartialEq, Message)]
pub struct Location {
    /// From 1 on.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// The mapping that it lies in, or 0.
    #[prost(uint64, tag = "2")]
    pub mapping_id: u64,
    /// Its address, or 0.
    #[prost(uint64, tag = "3")]
    pub address: u64,
    /// The functions that were inlined there, the innermost first; the last is the one whose code
    /// it is.
    #[prost(message, repeated, tag = "4")]
    pub line: Vec<Line>,
    /// Whether the linker made one of several equal functions.
    #[prost(bool, tag = "5")]
    pub is_folded: bool,
}

/// A place in a function's source.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Line {
    /// The function.
    #[prost(uint64, tag = "1")]
    pub function_id: u64,
    /// The line in its file, or 0.
    #[prost(int64, tag = "2")]
    pub line: i64,
    /// The column, or 0.
    #[prost(int64, tag = "3")]
    pub column: i64,
}

/// A function.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Function {
    /// From 1 on.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// Its name for readers.
    #[prost(int64, tag = "2")]
    pub name: i64,
    /// Its name for the linker; empty in our profiles.
    #[prost(int64, tag = "3")]
    pub system_name: i64,
    /// The file of its source.
    #[prost(int64, tag = "4")]
    pub filename: i64,
    /// The line that it begins at, or 0.
    #[prost(int64, tag = "5")]
    pub start_line: i64,
}

/// What became of the sampled blocks of each stack.
#[derive(Clone, PartialEq, Message)]
pub struct Lifetimes {
    /// Mean bytes between two samples; 1 if every block was sampled.
    #[prost(uint64, tag = "1")]
    pub rate: u64,
    /// One for each stack, in the order of the samples.
    #[prost(message, repeated, tag = "2")]
    pub stacks: Vec<StackLifetimes>,
    /// What the program's allocator takes, by size; none where it was not measured.
    /// [`Lifetimes::allocator_costs`] reads between them.
    #[prost(message, repeated, tag = "3")]
    pub costs: Vec<PairCost>,
    /// How many operations (requests, lines) the profile is about; 0 where nobody said.
    #[prost(uint64, tag = "4")]
    pub operations: u64,
}

impl Lifetimes {
    /// What the profiled program's allocator took; `None` where it was not measured.
    #[must_use]
    pub fn allocator_costs(&self) -> Option<AllocatorCosts> {
        AllocatorCosts::new(self.costs.iter().map(|cost| costs::PairCost {
            size: cost.size,
            fresh_ns: cost.fresh_ns,
            grown_ns: cost.grown_ns,
        }))
    }
}

/// What a block of one size costs in the profiled program: see [`crate::PairCost`].
#[derive(Clone, Copy, PartialEq, Message)]
pub struct PairCost {
    /// Bytes of the block.
    #[prost(uint64, tag = "1")]
    pub size: u64,
    /// Nanoseconds for a fresh block, over those for one that is kept.
    #[prost(double, tag = "2")]
    pub fresh_ns: f64,
    /// Nanoseconds more if a block of half the size grows into one of this.
    #[prost(double, tag = "3")]
    pub grown_ns: f64,
}

impl From<costs::PairCost> for PairCost {
    fn from(cost: costs::PairCost) -> Self {
        Self {
            size: cost.size,
            fresh_ns: cost.fresh_ns,
            grown_ns: cost.grown_ns,
        }
    }
}

/// What became of the sampled blocks of one stack: see [`crate::StackLifetimes`] for what each figure is.
///
/// Where several stacks became one because they differ only in functions that were left out, the
/// figures are sums. `peak_live` is then what can have been alive at most, as they need not have
/// had their highest numbers at the same time.
#[derive(Clone, PartialEq, Message)]
pub struct StackLifetimes {
    /// The place in [`Profile::sample`] of the first sample with this stack.
    #[prost(uint64, tag = "1")]
    pub first_sample: u64,
    /// How many samples have this stack: that one and those that follow it.
    #[prost(uint64, tag = "2")]
    pub samples: u64,
    /// Blocks that were sampled.
    #[prost(uint64, tag = "3")]
    pub allocs: u64,
    /// How many of them were freed.
    #[prost(uint64, tag = "4")]
    pub frees: u64,
    /// How many of those were freed on another thread.
    #[prost(uint64, tag = "5")]
    pub freed_elsewhere: u64,
    /// The most blocks alive at once, estimated: see [`crate::Stack::peak_live`].
    #[prost(uint64, tag = "6")]
    pub peak_live: u64,
    /// How many others were alive at each birth, summed up.
    #[prost(uint64, tag = "7")]
    pub live_at_allocs: u64,
    /// Estimate of the blocks that were freed: `alloc_objects` less `inuse_objects` of the samples.
    #[prost(int64, tag = "8")]
    pub freed_objects: i64,
    /// Estimate of the bytes that were freed: `alloc_space` less `inuse_space` of the samples.
    #[prost(int64, tag = "9")]
    pub freed_bytes: i64,
    /// How many blocks lived how many nanoseconds: 0 or 1, 2 or 3, 4 to 7 and so on. Those at the
    /// end in which there are none are left out; the fortieth is for all that is longer.
    #[prost(uint32, repeated, tag = "10")]
    pub times: Vec<u32>,
    /// In the same way, the bytes that were allocated in the meantime.
    #[prost(uint32, repeated, tag = "11")]
    pub bytes: Vec<u32>,
    /// How many of `allocs` came by `realloc`: another block grew or shrank into them.
    #[prost(uint64, tag = "12")]
    pub grown: u64,
    /// Estimate of the blocks that came so: a part of the samples' `alloc_objects`.
    #[prost(int64, tag = "13")]
    pub grown_objects: i64,
    /// Estimate of their bytes: a part of the samples' `alloc_space`.
    #[prost(int64, tag = "14")]
    pub grown_bytes: i64,
    /// `grown_objects` by size: one for each of this stack's samples, in their order. Empty where
    /// nothing came by `realloc`.
    #[prost(int64, repeated, tag = "15")]
    pub grown_by_size: Vec<i64>,
}

/// The former name of [`StackLifetimes`].
#[deprecated(since = "0.1.0", note = "renamed to `StackLifetimes`")]
pub type Lives = StackLifetimes;
