use std::hash::{BuildHasher as _, RandomState};

use hashbrown::HashTable;
use rustc_hash::FxHashMap;

/// A text of a profile. Texts of the same profile are equal if and only if they say the same; the
/// default is the empty one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(u32);

impl Text {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// All texts, each once; the first is empty. They lie one behind the other, since a profile may be
/// nothing but millions of them.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    all: String,
    /// Where each ends in `all`.
    ends: Vec<usize>,
    /// Each one's place in `ends`.
    places: HashTable<u32>,
    hasher: RandomState,
}

impl Default for Texts {
    fn default() -> Self {
        let mut texts = Self {
            all: String::new(),
            ends: Vec::new(),
            places: HashTable::new(),
            hasher: RandomState::new(),
        };
        texts.add("");
        texts
    }
}

impl Texts {
    /// Makes room for texts of so many bytes in all.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.all.reserve_exact(bytes);
    }

    /// The text that says this, which may be new.
    pub(crate) fn add(&mut self, text: &str) -> Text {
        let start = self.all.len();
        self.all.push_str(text);
        self.added(start)
    }

    /// The text of these bytes. Other readers do not mind what is not UTF-8; here it is replaced.
    pub(super) fn add_bytes(&mut self, bytes: &[u8]) -> Text {
        let start = self.all.len();
        for chunk in bytes.utf8_chunks() {
            self.all.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                self.all.push(char::REPLACEMENT_CHARACTER);
            }
        }
        self.added(start)
    }

    /// The text that is behind all others, from there on; it goes away again if it is not new.
    fn added(&mut self, start: usize) -> Text {
        let text = &self.all[start..];
        let hash = self.hasher.hash_one(text);
        let says_it = |place: &u32| said(&self.all, &self.ends, *place) == text;
        if let Some(place) = self.places.find(hash, says_it) {
            self.all.truncate(start);
            return Text(*place);
        }
        let place = u32::try_from(self.ends.len()).expect("files of 4 GiB and more are not read");
        self.ends.push(self.all.len());
        self.places.insert_unique(hash, place, |place| {
            self.hasher.hash_one(said(&self.all, &self.ends, *place))
        });
        Text(place)
    }

    /// The text that says this, if there is one.
    pub(crate) fn find(&self, text: &str) -> Option<Text> {
        let says_it = |place: &u32| said(&self.all, &self.ends, *place) == text;
        let place = self.places.find(self.hasher.hash_one(text), says_it)?;
        Some(Text(*place))
    }

    /// Adds all texts of another profile: which one each of them is here.
    pub(crate) fn add_all(&mut self, other: &Self) -> Translation {
        let texts = (0..other.ends.len()).map(|place| said(&other.all, &other.ends, place as u32));
        Translation(texts.map(|text| self.add(text)).collect())
    }

    /// Asks something about texts, about each only once: any number of functions may share one that
    /// is long.
    pub(crate) fn once<T: Copy>(&self, mut ask: impl FnMut(&str) -> T) -> impl FnMut(Text) -> T {
        let mut known = FxHashMap::default();
        move |text| *known.entry(text).or_insert_with(|| ask(self.get(text)))
    }

    /// What a text says.
    pub(crate) fn get(&self, text: Text) -> &str {
        said(&self.all, &self.ends, text.0)
    }

    /// Gives back what was reserved and not used.
    pub(super) fn shrink(&mut self) {
        self.all.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

fn said<'a>(all: &'a str, ends: &[usize], place: u32) -> &'a str {
    let place = place as usize;
    let start = place.checked_sub(1).map_or(0, |before| ends[before]);
    &all[start..ends[place]]
}

/// From the texts of one profile to those of another.
pub(crate) struct Translation(Vec<Text>);

impl Translation {
    /// The same text there.
    pub(crate) fn of(&self, text: Text) -> Text {
        self.0[text.0 as usize]
    }
}
