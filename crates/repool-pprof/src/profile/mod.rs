//! A profile as plain data, read from a file.
//!
//! A file refers to mappings, locations and functions by ids. The reader replaces each id by an index
//! into a table of this profile, and reports an error for an id that is not in the file: every index
//! here is within its table. Each string is kept once, so two [`StringId`]s of one profile are equal
//! if and only if their strings are.
//!
//! `file` reads and unpacks, `decode` and `heap_text` parse, `symbolize` adds names from programs on
//! disk.

mod decode;
mod error;
mod field;
mod field_counts;
mod file;
mod heap_text;
mod id_table;
mod lifetimes;
mod samples;
mod string_table;
mod symbolize;
#[cfg(test)]
mod tests;
mod wire;

use std::ops::Range;

pub use error::ReadError;
pub(crate) use samples::Samples;
pub use samples::{Label, LabelValue, Sample};
pub use string_table::StringId;
pub(crate) use string_table::{StringRemap, StringTable};
pub use symbolize::SymbolizeWarning;

use repool_profile::Lifetimes;

/// The former name of [`StringId`].
#[deprecated(since = "0.1.0", note = "renamed to `StringId`")]
pub type Text = StringId;

/// A profile: call stacks, each with one value for every sample type.
///
/// # Examples
///
/// ```
/// let profile = repool_pprof::Profile::open("tests/data/orders.pb.gz")?;
/// for sample in profile.samples() {
///     let leaf = sample.locations[0];
///     for line in profile.lines(leaf) {
///         println!("{}", profile.string(profile.function(line.function).name));
///     }
/// }
/// # Ok::<(), repool_pprof::ReadError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub(crate) strings: StringTable,
    pub(crate) sample_types: Vec<ValueType>,
    pub(crate) samples: Samples,
    pub(crate) mappings: Vec<Mapping>,
    pub(crate) locations: Vec<Location>,
    /// The lines of all locations, one location after the other.
    pub(crate) lines: Vec<Line>,
    pub(crate) functions: Vec<Function>,
    pub(crate) drop_frames: StringId,
    pub(crate) keep_frames: StringId,
    pub(crate) time_nanos: i64,
    pub(crate) duration_nanos: i64,
    pub(crate) period_type: Option<ValueType>,
    pub(crate) period: i64,
    pub(crate) comments: Vec<StringId>,
    pub(crate) default_sample_type: StringId,
    pub(crate) doc_url: StringId,
    pub(crate) lifetimes: Option<Lifetimes>,
    /// The sampled blocks that the profiler could not follow until their free.
    pub(crate) lost_samples: u64,
    /// Whether the innermost frames of stacks are the allocator's functions and the functions of std
    /// that call it. True for heap profiles as text; `repool-prof` omits these frames itself.
    pub(crate) has_allocator_frames: bool,
}

/// The name and the unit of a value, for instance `alloc_space` in `bytes`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValueType {
    /// The name of the quantity, for instance `alloc_space`.
    pub kind: StringId,
    /// The unit, for instance `bytes`.
    pub unit: StringId,
}

/// A file that is mapped into memory: the program or a library.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mapping {
    /// The address of the first byte.
    pub start: u64,
    /// The address behind the last byte.
    pub limit: u64,
    /// The offset in the file, in bytes, of the byte at `start`.
    pub offset: u64,
    /// The file's path.
    pub file: StringId,
    /// The linker's build id, in hexadecimal digits.
    pub build_id: StringId,
    /// Whether the locations in this mapping have functions.
    pub has_functions: bool,
    /// Whether the functions in this mapping have file names.
    pub has_filenames: bool,
    /// Whether the lines in this mapping have line numbers.
    pub has_line_numbers: bool,
    /// Whether the locations in this mapping list their inlined functions.
    pub has_inline_frames: bool,
}

/// An instruction address, with the functions that were inlined there.
///
/// [`Profile::lines`] returns these functions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Location {
    /// The index of the mapping in [`Profile::mappings`]; `None` if it is not known.
    pub mapping: Option<u32>,
    /// The instruction's address; 0 if it is not known.
    pub address: u64,
    /// The index of the first line in the table of lines.
    pub(crate) lines_start: u32,
    /// The index behind the last line in the table of lines.
    pub(crate) lines_end: u32,
    /// Whether the linker merged several identical functions into the one at this address, so that
    /// the function may be another than the one named here.
    pub is_folded: bool,
}

impl Location {
    /// The range of this location's lines in the table of lines.
    pub(crate) fn lines(&self) -> Range<usize> {
        self.lines_start as usize..self.lines_end as usize
    }
}

/// A line of source in a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// The function's index, which [`Profile::function`] takes.
    pub function: u32,
    /// The line number, from 1; 0 if it is not known.
    pub line: i64,
    /// The column, from 1; 0 if it is not known.
    pub column: i64,
}

/// A function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Function {
    /// The demangled name.
    pub name: StringId,
    /// The symbol's name in the linked file, mangled.
    pub system_name: StringId,
    /// The path of the source file.
    pub file: StringId,
    /// The number of the function's first line; 0 if it is not known.
    pub start_line: i64,
}

impl Profile {
    /// The string with this id.
    ///
    /// # Panics
    ///
    /// May panic if the id is another profile's.
    #[must_use]
    pub fn string(&self, id: StringId) -> &str {
        self.strings.get(id)
    }

    /// The former name of [`string`](Profile::string).
    ///
    /// # Panics
    ///
    /// May panic if the id is another profile's.
    #[deprecated(since = "0.1.0", note = "renamed to `string`")]
    #[must_use]
    pub fn text(&self, id: StringId) -> &str {
        self.string(id)
    }

    /// The name and the unit of each value of a sample, in the order of the values.
    ///
    /// ```
    /// let profile = repool_pprof::Profile::open("tests/data/orders.pb.gz")?;
    /// let types: Vec<_> = profile.sample_types().collect();
    /// assert!(types.contains(&("alloc_space", "bytes")));
    /// # Ok::<(), repool_pprof::ReadError>(())
    /// ```
    pub fn sample_types(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let named = |value: &ValueType| (self.string(value.kind), self.string(value.unit));
        self.sample_types.iter().map(named)
    }

    /// The samples, in the file's order.
    pub fn samples(&self) -> impl ExactSizeIterator<Item = Sample<'_>> {
        self.samples.iter()
    }

    /// The mapped files, in the file's order. The first is the program.
    #[must_use]
    pub fn mappings(&self) -> &[Mapping] {
        &self.mappings
    }

    /// All locations; [`Sample::locations`] has indices into this slice.
    #[must_use]
    pub fn locations(&self) -> &[Location] {
        &self.locations
    }

    /// The functions at the location with this index. All but the last are inlined; the innermost
    /// is first. Empty if the location has no symbols.
    ///
    /// # Panics
    ///
    /// If there is no location with this index.
    #[must_use]
    pub fn lines(&self, location: u32) -> &[Line] {
        &self.lines[self.locations[location as usize].lines()]
    }

    /// The function with this index.
    ///
    /// # Panics
    ///
    /// If there is no function with this index.
    #[must_use]
    pub fn function(&self, function: u32) -> &Function {
        &self.functions[function as usize]
    }

    /// The comments that the program or its tools added to the file.
    pub fn comments(&self) -> impl ExactSizeIterator<Item = &str> {
        self.comments.iter().map(|comment| self.string(*comment))
    }

    /// The time of collection, in nanoseconds since 1970 (UTC); 0 if the file does not have it.
    #[must_use]
    pub fn time_nanos(&self) -> i64 {
        self.time_nanos
    }

    /// The time that the profile covers, in nanoseconds; 0 if the file does not have it.
    #[must_use]
    pub fn duration_nanos(&self) -> i64 {
        self.duration_nanos
    }

    /// The lifetimes of the sampled blocks of each stack; `None` unless `repool-prof` wrote the
    /// profile. Indices in it are of [`samples`](Profile::samples).
    #[must_use]
    pub fn lifetimes(&self) -> Option<&Lifetimes> {
        self.lifetimes.as_ref()
    }
}
