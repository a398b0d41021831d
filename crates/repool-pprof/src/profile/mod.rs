//! A profile as plain data, read from a file.
//!
//! What a file refers to by ids is here a place in a table, and every place is one that exists: the
//! reader has looked. Text is kept once, so that two [`Text`]s are equal if and only if what they
//! say is.

mod counts;
mod decode;
mod error;
mod field;
mod file;
mod heap_text;
mod ids;
mod lifetimes;
mod naming;
mod samples;
#[cfg(test)]
mod tests;
mod texts;
mod wire;

use std::ops::Range;

pub use error::ReadError;
pub use naming::NamingWarning;
pub(crate) use samples::Samples;
pub use samples::{Label, LabelValue, Sample};
pub use texts::Text;
pub(crate) use texts::{Texts, Translation};

/// A profile: stacks, and for each of them a value of every sample type.
///
/// ```no_run
/// let profile = repool_pprof::Profile::open("allocs.pb.gz")?;
/// for sample in profile.samples() {
///     let leaf = sample.locations[0];
///     for line in profile.lines(leaf) {
///         println!("{}", profile.text(profile.function(line.function).name));
///     }
/// }
/// # Ok::<(), repool_pprof::ReadError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub(crate) texts: Texts,
    pub(crate) sample_types: Vec<ValueType>,
    pub(crate) samples: Samples,
    pub(crate) mappings: Vec<Mapping>,
    pub(crate) locations: Vec<Location>,
    /// Those of every location, one after the other.
    pub(crate) lines: Vec<Line>,
    pub(crate) functions: Vec<Function>,
    pub(crate) drop_frames: Text,
    pub(crate) keep_frames: Text,
    pub(crate) time_nanos: i64,
    pub(crate) duration_nanos: i64,
    pub(crate) period_type: Option<ValueType>,
    pub(crate) period: i64,
    pub(crate) comments: Vec<Text>,
    pub(crate) default_sample_type: Text,
    pub(crate) doc_url: Text,
    pub(crate) lifetimes: Option<repool_prof::pprof::proto::Lifetimes>,
    /// Whether stacks begin with the allocator's functions, and std's that call it, as those of heap
    /// profiles as text do. `repool-prof` leaves them out itself.
    pub(crate) has_allocator_frames: bool,
}

/// What a value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValueType {
    /// What was counted: `alloc_space`, say.
    pub kind: Text,
    /// In which unit: `bytes`, say.
    pub unit: Text,
}

/// A file that code came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// The address of its first byte.
    pub start: u64,
    /// The address after its last byte.
    pub limit: u64,
    /// Which byte of the file is at `start`.
    pub offset: u64,
    /// The file's path.
    pub file: Text,
    /// The linker's build id, in hexadecimal.
    pub build_id: Text,
    /// Whether its locations have functions.
    pub has_functions: bool,
    /// Whether its functions have files.
    pub has_filenames: bool,
    /// Whether its lines have numbers.
    pub has_line_numbers: bool,
    /// Whether its locations have their inlined functions.
    pub has_inline_frames: bool,
}

/// An instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// The place of its mapping among the mappings, if it is known.
    pub mapping: Option<u32>,
    /// Its address, or 0.
    pub address: u64,
    /// Where its lines begin in [`Profile::lines`].
    pub(crate) lines_start: u32,
    /// Where they end.
    pub(crate) lines_end: u32,
    /// Whether the linker made one of several equal functions.
    pub is_folded: bool,
}

impl Location {
    pub(crate) fn lines(&self) -> Range<usize> {
        self.lines_start as usize..self.lines_end as usize
    }
}

/// A place in a function's source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The place of the function among the functions.
    pub function: u32,
    /// The line in its file, or 0.
    pub line: i64,
    /// The column, or 0.
    pub column: i64,
}

/// A function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Function {
    /// Its name for readers.
    pub name: Text,
    /// Its name for the linker.
    pub system_name: Text,
    /// The file of its source.
    pub file: Text,
    /// The line that it begins at, or 0.
    pub start_line: i64,
}

impl Profile {
    /// What a text says.
    ///
    /// # Panics
    ///
    /// If the text is of another profile, and that has more of them.
    #[must_use]
    pub fn text(&self, text: Text) -> &str {
        self.texts.get(text)
    }

    /// What the values of a sample are, in order: each one's name and unit.
    pub fn sample_types(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let named = |value: &ValueType| (self.text(value.kind), self.text(value.unit));
        self.sample_types.iter().map(named)
    }

    /// The stacks and their values, in the file's order.
    pub fn samples(&self) -> impl ExactSizeIterator<Item = Sample<'_>> {
        self.samples.iter()
    }

    /// The files that code came from, in the file's order.
    #[must_use]
    pub fn mappings(&self) -> &[Mapping] {
        &self.mappings
    }

    /// Every instruction of a stack; a sample refers to them by their places here.
    #[must_use]
    pub fn locations(&self) -> &[Location] {
        &self.locations
    }

    /// The functions at the location at that place: those that were inlined there first, the
    /// innermost of them in front; the last is the one whose code it is. There are none where
    /// nobody knew.
    ///
    /// # Panics
    ///
    /// If there are not so many locations.
    #[must_use]
    pub fn lines(&self, location: u32) -> &[Line] {
        &self.lines[self.locations[location as usize].lines()]
    }

    /// The function at that place.
    ///
    /// # Panics
    ///
    /// If there are not so many functions.
    #[must_use]
    pub fn function(&self, function: u32) -> &Function {
        &self.functions[function as usize]
    }

    /// Remarks.
    pub fn comments(&self) -> impl ExactSizeIterator<Item = &str> {
        self.comments.iter().map(|comment| self.text(*comment))
    }

    /// When it was taken, in nanoseconds since 1970 (UTC); 0 if nobody knew.
    #[must_use]
    pub fn time_nanos(&self) -> i64 {
        self.time_nanos
    }

    /// How long a time it is about, in nanoseconds; 0 if nobody knew.
    #[must_use]
    pub fn duration_nanos(&self) -> i64 {
        self.duration_nanos
    }

    /// What became of the sampled blocks of each stack, if `repool-prof` wrote the profile. The
    /// places in it are those of [`samples`](Profile::samples).
    #[must_use]
    pub fn lifetimes(&self) -> Option<&repool_prof::pprof::proto::Lifetimes> {
        self.lifetimes.as_ref()
    }
}
