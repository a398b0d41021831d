//! The string table of a profile: each string once, found again by its [`StringId`].

use std::hash::{BuildHasher as _, RandomState};

use hashbrown::HashTable;
use rustc_hash::FxHashMap;

/// A string of a profile, as an index into the profile's string table.
///
/// Ids of one profile are equal if and only if their strings are. The default is the empty string.
/// [`Profile::string`](crate::Profile::string) returns the string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StringId(u32);

impl StringId {
    /// Whether the string is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// All strings of a profile, each once; the first is empty.
///
/// The strings are stored in one allocation, because a file may consist of millions of short strings.
#[derive(Clone, Debug)]
pub(crate) struct StringTable {
    /// All strings, one behind the other.
    all: String,
    /// The offset in `all` behind each string.
    ends: Vec<usize>,
    /// The index in `ends` of each string, by the string's hash.
    indices: HashTable<u32>,
    hasher: RandomState,
}

impl Default for StringTable {
    fn default() -> Self {
        let mut table = Self {
            all: String::new(),
            ends: Vec::new(),
            indices: HashTable::new(),
            hasher: RandomState::new(),
        };
        table.add("");
        table
    }
}

impl StringTable {
    /// Reserves memory for strings of `bytes` bytes in total.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.all.reserve_exact(bytes);
    }

    /// Adds a string unless the table has it already.
    pub(crate) fn add(&mut self, string: &str) -> StringId {
        let start = self.all.len();
        self.all.push_str(string);
        self.intern_tail(start)
    }

    /// Adds a string given as bytes. pprof accepts bytes that are not UTF-8; `U+FFFD` replaces them
    /// here.
    pub(super) fn add_bytes(&mut self, bytes: &[u8]) -> StringId {
        let start = self.all.len();
        for chunk in bytes.utf8_chunks() {
            self.all.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                self.all.push(char::REPLACEMENT_CHARACTER);
            }
        }
        self.intern_tail(start)
    }

    /// The id of the string from `start` to the end of `all`. Removes this tail again if the table
    /// already has the string.
    fn intern_tail(&mut self, start: usize) -> StringId {
        let string = &self.all[start..];
        let hash = self.hasher.hash_one(string);
        let is_equal = |index: &u32| slice(&self.all, &self.ends, *index) == string;
        if let Some(index) = self.indices.find(hash, is_equal) {
            self.all.truncate(start);
            return StringId(*index);
        }
        let index = u32::try_from(self.ends.len()).expect("files of 4 GiB and more are not read");
        self.ends.push(self.all.len());
        self.indices.insert_unique(hash, index, |index| {
            self.hasher.hash_one(slice(&self.all, &self.ends, *index))
        });
        StringId(index)
    }

    /// The id of a string; `None` if the table does not have it.
    pub(crate) fn find(&self, string: &str) -> Option<StringId> {
        let is_equal = |index: &u32| slice(&self.all, &self.ends, *index) == string;
        let index = self.indices.find(self.hasher.hash_one(string), is_equal)?;
        Some(StringId(*index))
    }

    /// Adds all strings of another table, and returns the mapping from its ids to those of this one.
    pub(crate) fn add_all(&mut self, other: &Self) -> StringRemap {
        let strings =
            (0..other.ends.len()).map(|index| slice(&other.all, &other.ends, index as u32));
        StringRemap(strings.map(|string| self.add(string)).collect())
    }

    /// A memoized `compute`: it runs once for each string, because any number of functions may share
    /// one long string.
    pub(crate) fn memoize<T: Copy>(
        &self,
        mut compute: impl FnMut(&str) -> T,
    ) -> impl FnMut(StringId) -> T {
        let mut known = FxHashMap::default();
        move |id| *known.entry(id).or_insert_with(|| compute(self.get(id)))
    }

    /// The string with this id.
    pub(crate) fn get(&self, id: StringId) -> &str {
        slice(&self.all, &self.ends, id.0)
    }

    /// Returns reserved memory that is not used to the allocator.
    pub(super) fn shrink(&mut self) {
        self.all.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

/// The string with this index in `all`.
fn slice<'a>(all: &'a str, ends: &[usize], index: u32) -> &'a str {
    let index = index as usize;
    let start = index.checked_sub(1).map_or(0, |before| ends[before]);
    &all[start..ends[index]]
}

/// Maps the string ids of one profile to those of another.
pub(crate) struct StringRemap(Vec<StringId>);

impl StringRemap {
    /// The id of the same string in the other profile.
    pub(crate) fn of(&self, id: StringId) -> StringId {
        self.0[id.0 as usize]
    }
}
