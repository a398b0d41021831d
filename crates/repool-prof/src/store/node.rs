//! What the store keeps of a stack and of the blocks of one size: words of the arena, by name.
//!
//! Every field is an atomic, and one that is set before a node can be found stays as it is.

use std::sync::atomic::{AtomicU64, Ordering};

use super::arena::Place;
use crate::sampler::Weight;
use crate::snapshot::{Histogram, Lives, Record};

/// Sixteen bits each: enough to tell a median, and a stack costs 160 bytes less.
const COUNTS_A_WORD: usize = 4;
const COUNT_BITS: usize = 64 / COUNTS_A_WORD;
/// Beyond this a histogram takes no more, lest a count run into the next: room for 255 threads that
/// count at once.
const FULL: u64 = 0xFF00;
const HISTOGRAM: usize = Histogram::BUCKETS / COUNTS_A_WORD;

/// A stack. Its frames follow, two words of `Code` to a word.
pub(super) struct StackNode<'a>(pub(super) &'a [AtomicU64]);

impl<'a> StackNode<'a> {
    const LINK: usize = 0;
    const HASH: usize = 1;
    const RECORDS: usize = 2;
    const BIRTHS: usize = 3;
    const DEATHS: usize = 4;
    const FREED_ELSEWHERE: usize = 5;
    const MOST_ALIVE: usize = 6;
    const ALIVE_AT_BIRTHS: usize = 7;
    const TIMES: usize = 8;
    const BYTES: usize = Self::TIMES + HISTOGRAM;
    const CODE: usize = Self::BYTES + HISTOGRAM;

    /// Words that a stack of so many words of code takes.
    pub(super) const fn words(code: usize) -> usize {
        Self::CODE + code.div_ceil(2)
    }

    /// Fills in what never changes but for [`link`](Self::link).
    pub(super) fn begin(&self, hash: u64, code: &[u32]) {
        self.0[Self::HASH].store(hash, Ordering::Relaxed);
        self.0[Self::LINK].store((code.len() as u64) << 32, Ordering::Relaxed);
        for (word, pair) in self.0[Self::CODE..].iter().zip(code.chunks(2)) {
            let second = pair.get(1).copied().unwrap_or(0);
            word.store(
                u64::from(second) << 32 | u64::from(pair[0]),
                Ordering::Relaxed,
            );
        }
    }

    /// Sets which stack follows in the chain; before this one can be found.
    pub(super) fn link(&self, next: Place) {
        let length = self.0[Self::LINK].load(Ordering::Relaxed) >> 32 << 32;
        self.0[Self::LINK].store(length | u64::from(next), Ordering::Relaxed);
    }

    pub(super) fn next(&self) -> Place {
        self.0[Self::LINK].load(Ordering::Relaxed) as Place
    }

    pub(super) fn code(&self) -> impl Iterator<Item = u32> + use<'a> {
        let length = (self.0[Self::LINK].load(Ordering::Relaxed) >> 32) as usize;
        let halves = |word: &AtomicU64| {
            let word = word.load(Ordering::Relaxed);
            [word as u32, (word >> 32) as u32]
        };
        self.0[Self::CODE..].iter().flat_map(halves).take(length)
    }

    pub(super) fn is(&self, hash: u64, code: &[u32]) -> bool {
        self.0[Self::HASH].load(Ordering::Relaxed) == hash && self.code().eq(code.iter().copied())
    }

    /// The newest of its records, and how many there are; changed as one.
    pub(super) fn records(&self) -> (Place, u32) {
        let records = self.0[Self::RECORDS].load(Ordering::Acquire);
        (records as Place, (records >> 32) as u32)
    }

    /// Makes `newest` the first of the records, if the first is still `was`.
    pub(super) fn add_record(&self, was: (Place, u32), newest: Place) -> Result<(), (Place, u32)> {
        let bits = |(place, count): (Place, u32)| u64::from(count) << 32 | u64::from(place);
        let new = bits((newest, was.1 + 1));
        self.0[Self::RECORDS]
            .compare_exchange(bits(was), new, Ordering::AcqRel, Ordering::Acquire)
            .map(|_| ())
            .map_err(|_| self.records())
    }

    /// A sampled block was allocated.
    pub(super) fn born(&self) {
        let born = self.0[Self::BIRTHS].fetch_add(1, Ordering::Relaxed);
        let others = born.saturating_sub(self.0[Self::DEATHS].load(Ordering::Relaxed));
        self.0[Self::ALIVE_AT_BIRTHS].fetch_add(others, Ordering::Relaxed);
        self.0[Self::MOST_ALIVE].fetch_max(others + 1, Ordering::Relaxed);
    }

    /// The end of a block that was born will not be seen: as if it had not been.
    pub(super) fn lost(&self) {
        self.0[Self::BIRTHS].fetch_sub(1, Ordering::Relaxed);
    }

    /// A sampled block was freed after so many nanoseconds and bytes.
    pub(super) fn died(&self, elsewhere: bool, time: u64, bytes: u64) {
        self.0[Self::DEATHS].fetch_add(1, Ordering::Relaxed);
        if elsewhere {
            self.0[Self::FREED_ELSEWHERE].fetch_add(1, Ordering::Relaxed);
        }
        count(&self.0[Self::TIMES..], time);
        count(&self.0[Self::BYTES..], bytes);
    }

    pub(super) fn lives(&self) -> Lives {
        let field = |field: usize| self.0[field].load(Ordering::Relaxed);
        // Deaths first, so that they are not more than births.
        let deaths = field(Self::DEATHS);
        Lives {
            deaths,
            births: field(Self::BIRTHS).max(deaths),
            freed_elsewhere: field(Self::FREED_ELSEWHERE).min(deaths),
            most_alive: u32::try_from(field(Self::MOST_ALIVE)).unwrap_or(u32::MAX),
            alive_at_births: field(Self::ALIVE_AT_BIRTHS),
            times: histogram(&self.0[Self::TIMES..]),
            bytes: histogram(&self.0[Self::BYTES..]),
        }
    }
}

fn count(words: &[AtomicU64], value: u64) {
    let bucket = Histogram::bucket(value);
    let (word, shift) = (
        &words[bucket / COUNTS_A_WORD],
        bucket % COUNTS_A_WORD * COUNT_BITS,
    );
    let full = words[..HISTOGRAM].iter().any(|word| {
        let word = word.load(Ordering::Relaxed);
        (0..COUNTS_A_WORD).any(|place| word >> (place * COUNT_BITS) & 0xFFFF >= FULL)
    });
    if !full {
        word.fetch_add(1 << shift, Ordering::Relaxed);
    }
}

fn histogram(words: &[AtomicU64]) -> Histogram {
    let mut histogram = Histogram::default();
    for (bucket, count) in histogram.buckets.iter_mut().enumerate() {
        let word = words[bucket / COUNTS_A_WORD].load(Ordering::Relaxed);
        *count = (word >> (bucket % COUNTS_A_WORD * COUNT_BITS) & 0xFFFF) as u32;
    }
    histogram
}

/// What was added up in units of 1 / `Weight::ONE`.
fn rounded(weights: u128) -> i64 {
    let one = u128::from(Weight::ONE);
    i64::try_from((weights + one / 2) / one).unwrap_or(i64::MAX)
}

/// The blocks of one size that a stack allocated; or, as size 0, those of several.
pub(super) struct RecordNode<'a>(pub(super) &'a [AtomicU64]);

impl RecordNode<'_> {
    const NEXT: usize = 0;
    const SIZE: usize = 1;
    const ALLOC_OBJECTS: usize = 2;
    const ALLOC_BYTES: usize = 3;
    const FREED_OBJECTS: usize = 4;
    const FREED_BYTES: usize = 5;
    pub(super) const WORDS: usize = 6;

    pub(super) fn begin(&self, size: u64) {
        self.0[Self::SIZE].store(size, Ordering::Relaxed);
    }

    /// Sets which record follows; before this one can be found.
    pub(super) fn link(&self, next: Place) {
        self.0[Self::NEXT].store(u64::from(next), Ordering::Relaxed);
    }

    pub(super) fn next(&self) -> Place {
        self.0[Self::NEXT].load(Ordering::Relaxed) as Place
    }

    pub(super) fn size(&self) -> u64 {
        self.0[Self::SIZE].load(Ordering::Relaxed)
    }

    pub(super) fn born(&self, weight: Weight) {
        self.0[Self::ALLOC_OBJECTS].fetch_add(weight.objects, Ordering::Relaxed);
        self.0[Self::ALLOC_BYTES].fetch_add(weight.bytes, Ordering::Relaxed);
    }

    pub(super) fn died(&self, weight: Weight) {
        self.0[Self::FREED_OBJECTS].fetch_add(weight.objects, Ordering::Relaxed);
        self.0[Self::FREED_BYTES].fetch_add(weight.bytes, Ordering::Relaxed);
    }

    pub(super) fn record(&self) -> Record {
        let field = |field: usize| self.0[field].load(Ordering::Relaxed);
        // What was freed first: what was allocated is then at least as much.
        let (freed_objects, freed_bytes) = (field(Self::FREED_OBJECTS), field(Self::FREED_BYTES));
        let (alloc_objects, alloc_bytes) = (field(Self::ALLOC_OBJECTS), field(Self::ALLOC_BYTES));
        let inuse_objects = alloc_objects.saturating_sub(freed_objects);
        let size = self.size();
        let objects = |weights: u64| rounded(weights.into());
        // So many objects of one size are so many bytes, to within the rounding of the objects.
        let bytes = |weights: u64, bytes: u64| match size {
            0 => bytes as i64,
            size => rounded(u128::from(weights) * u128::from(size)),
        };
        Record {
            size,
            alloc_objects: objects(alloc_objects),
            alloc_bytes: bytes(alloc_objects, alloc_bytes),
            inuse_objects: objects(inuse_objects),
            inuse_bytes: bytes(inuse_objects, alloc_bytes.saturating_sub(freed_bytes)),
        }
    }
}
