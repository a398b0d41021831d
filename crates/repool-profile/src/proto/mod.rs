//! The messages of `profile.proto`, and [`Lifetimes`], which is this project's addition.
//!
//! Names, numbers and types are those of the format. Strings are interned in
//! [`Profile::string_table`]: a field of type `i64` that is described as a name or another string is
//! an index of that table. Mappings, locations and functions are referred to by id. Their ids are 1,
//! 2, 3… in the order in which they are listed; 0 means none.
//!
//! All fields are public, and no message is `#[non_exhaustive]`: programs build and take profiles
//! apart, as with any generated protocol-buffer type. With `..Profile::default()` a program still
//! compiles if a message gets another field.
//!
//! ```
//! use prost::Message;
//! use repool_profile::proto::{Profile, ValueType};
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

mod costs;
mod lifetimes;

use prost::Message;

pub use costs::{CostInterval, PairCost};
pub use lifetimes::{Lifetimes, LivePeak, PREFIXES, StackLifetimes};

/// A whole profile.
#[derive(Clone, PartialEq, Message)]
pub struct Profile {
    /// The types and units of the values of each sample, in order.
    #[prost(message, repeated, tag = "1")]
    pub sample_type: Vec<ValueType>,
    /// The stacks and their values.
    #[prost(message, repeated, tag = "2")]
    pub sample: Vec<Sample>,
    /// The files that the code came from. The first is the program.
    #[prost(message, repeated, tag = "3")]
    pub mapping: Vec<Mapping>,
    /// The instructions that stacks refer to.
    #[prost(message, repeated, tag = "4")]
    pub location: Vec<Location>,
    /// The functions that locations refer to.
    #[prost(message, repeated, tag = "5")]
    pub function: Vec<Function>,
    /// All strings. The first is empty.
    #[prost(string, repeated, tag = "6")]
    pub string_table: Vec<String>,
    /// A regular expression, as an index: readers leave out frames that match.
    #[prost(int64, tag = "7")]
    pub drop_frames: i64,
    /// A regular expression, as an index: readers keep frames that match, also if `drop_frames`
    /// matches.
    #[prost(int64, tag = "8")]
    pub keep_frames: i64,
    /// When the profile was taken, in nanoseconds since 1970 (UTC).
    #[prost(int64, tag = "9")]
    pub time_nanos: i64,
    /// The time that the profile covers, in nanoseconds.
    #[prost(int64, tag = "10")]
    pub duration_nanos: i64,
    /// The type and unit of `period`.
    #[prost(message, optional, tag = "11")]
    pub period_type: Option<ValueType>,
    /// The mean distance between two samples.
    #[prost(int64, tag = "12")]
    pub period: i64,
    /// Comments for people, as indices.
    #[prost(int64, repeated, tag = "13")]
    pub comment: Vec<i64>,
    /// The sample type that readers show first; the last one if this is empty.
    #[prost(int64, tag = "14")]
    pub default_sample_type: i64,
    /// The address of a page that explains the profile, as an index.
    #[prost(int64, tag = "15")]
    pub doc_url: i64,
    /// Lifetimes and costs, which are not part of the format. Files carry them as
    /// [text](super::extra).
    #[prost(message, optional, tag = "1000")]
    pub lifetimes: Option<Lifetimes>,
}

/// The type and unit of a value.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct ValueType {
    /// The type, as `alloc_space`.
    #[prost(int64, tag = "1")]
    pub r#type: i64,
    /// The unit, as `bytes`.
    #[prost(int64, tag = "2")]
    pub unit: i64,
}

/// A stack and its values.
#[derive(Clone, PartialEq, Message)]
pub struct Sample {
    /// The ids of the locations, the innermost first.
    #[prost(uint64, repeated, tag = "1")]
    pub location_id: Vec<u64>,
    /// One value for each sample type.
    #[prost(int64, repeated, tag = "2")]
    pub value: Vec<i64>,
    /// Labels: for profiles of `repool-prof`, the size of the blocks.
    #[prost(message, repeated, tag = "3")]
    pub label: Vec<Label>,
}

/// A label of a sample: a string, or a number with a unit.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Label {
    /// The name.
    #[prost(int64, tag = "1")]
    pub key: i64,
    /// The string.
    #[prost(int64, tag = "2")]
    pub str: i64,
    /// The number.
    #[prost(int64, tag = "3")]
    pub num: i64,
    /// The number's unit.
    #[prost(int64, tag = "4")]
    pub num_unit: i64,
}

/// A file that code came from, and where it was in memory.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Mapping {
    /// The id, from 1 on.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// The address of the first byte.
    #[prost(uint64, tag = "2")]
    pub memory_start: u64,
    /// The address after the last byte.
    #[prost(uint64, tag = "3")]
    pub memory_limit: u64,
    /// The offset in the file of the byte at `memory_start`.
    #[prost(uint64, tag = "4")]
    pub file_offset: u64,
    /// The path of the file.
    #[prost(int64, tag = "5")]
    pub filename: i64,
    /// The GNU build id, in hexadecimal.
    #[prost(int64, tag = "6")]
    pub build_id: i64,
    /// Whether locations have functions, so that readers look no symbols up.
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
    /// The id, from 1 on.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// The id of its mapping, or 0.
    #[prost(uint64, tag = "2")]
    pub mapping_id: u64,
    /// The address, or 0.
    #[prost(uint64, tag = "3")]
    pub address: u64,
    /// The functions at the instruction, the innermost inlined one first. The last is the function
    /// that contains the instruction.
    #[prost(message, repeated, tag = "4")]
    pub line: Vec<Line>,
    /// Whether the linker merged several identical functions into this code.
    #[prost(bool, tag = "5")]
    pub is_folded: bool,
}

/// A line in the source of a function.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Line {
    /// The id of the function.
    #[prost(uint64, tag = "1")]
    pub function_id: u64,
    /// The line number, or 0.
    #[prost(int64, tag = "2")]
    pub line: i64,
    /// The column, or 0.
    #[prost(int64, tag = "3")]
    pub column: i64,
}

/// A function.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Function {
    /// The id, from 1 on.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// The name that readers show.
    #[prost(int64, tag = "2")]
    pub name: i64,
    /// The linker's name; empty in profiles of `repool-prof`.
    #[prost(int64, tag = "3")]
    pub system_name: i64,
    /// The path of the source file.
    #[prost(int64, tag = "4")]
    pub filename: i64,
    /// The line at which the function begins, or 0.
    #[prost(int64, tag = "5")]
    pub start_line: i64,
}

/// The former name of [`StackLifetimes`].
#[deprecated(since = "0.1.0", note = "renamed to `StackLifetimes`")]
pub type Lives = StackLifetimes;
